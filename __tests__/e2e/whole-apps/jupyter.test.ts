/** Jupyter Notebook from Debian, its image unchanged, no uid given: it runs as a user of its own. */
import { join } from "node:path";
import { Browser, chromium, Page } from "playwright-core";
import { cacheDir } from "../support/real/cache";
import { AppHost } from "../support/whole-apps/app-host";
import { hosts, NOTHING_SEEN, testVerdict } from "../support/whole-apps/hosts";
import { notebooks, outputOf, saveNotebook } from "../support/whole-apps/jupyter-visit";

describe.each(hosts)("Jupyter Notebook on %s", (where, start) => {
  let host: AppHost;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    host = await start({
      name: "jupyter",
      images: { app: join(__dirname, "../apps/jupyter") },
      port: 8888,
      props: ({ app }) => ({ image: app, mounts: [{ path: "/home/jovyan/work" }] }),
      firstPage: "/tree",
    });
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    page = await (await browser.newContext()).newPage();
  }, 1_800_000);

  afterAll(async () => {
    process.stdout.write(`${where}: seconds to the first page ${host?.secondsToFirstPage.join(", ")}\n`);
    await browser?.close();
    await host?.close();
  });

  test("the folder is its user's", async () => {
    expect(await host.stateOfMount()).toBe("mounted as 1000:1000");
  });

  test("the first page makes a notebook, and the first save is in the bucket", async () => {
    await saveNotebook(page, host.url, "ships", "print(6 * 7)", "42");
    const saved = (await host.objects()).get("ships.ipynb")!.toString();
    expect(JSON.parse(saved).cells[0]).toMatchObject({ outputs: [{ text: ["42\n"] }], source: ["print(6 * 7)"] });
  });

  test("what the notebook's code writes is in the bucket", async () => {
    const code = "open('tides.csv', 'w').write('high,low'); print('written')";
    await saveNotebook(page, host.url, "tides", code, "written");
    expect((await host.objects()).get("tides.csv")!.toString()).toBe("high,low");
  });

  testVerdict(where, () => host, NOTHING_SEEN);

  test("thrown away and made again, everything is there", async () => {
    await host.recreate();
    page = await (await browser.newContext()).newPage();
    expect(await notebooks(page, host.url)).toEqual(["ships.ipynb", "tides.ipynb", "tides.csv"]);
    expect(await outputOf(page, host.url, "ships")).toBe("42");
    await page.screenshot({ path: join(cacheDir("screenshots"), `jupyter ${where}.png`), fullPage: true });
    await saveNotebook(page, host.url, "moons", "print(7 * 8)", "56");
    expect([...(await host.objects()).keys()]).toContain("moons.ipynb");
  }, 600_000);
});

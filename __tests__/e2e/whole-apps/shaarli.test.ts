/** Shaarli from Debian, its image unchanged, no uid given: nginx and PHP-FPM start as root, their workers are www-data. */
import { join } from "node:path";
import { Browser, chromium, Page } from "playwright-core";
import { cacheDir } from "../support/real/cache";
import { AppHost } from "../support/whole-apps/app-host";
import { hosts, testVerdict } from "../support/whole-apps/hosts";
import { logIn, save, setUp, titles } from "../support/whole-apps/shaarli-visit";

const OWNER = { name: "anna", password: "of the harbour master" };

describe.each(hosts)("Shaarli on %s", (where, start) => {
  let host: AppHost;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    host = await start({
      name: "shaarli",
      images: { app: join(__dirname, "../apps/shaarli") },
      port: 80,
      props: ({ app }) => ({ image: app, mounts: [{ path: "/var/lib/shaarli/data" }] }),
      firstPage: "/",
    });
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    page = await browser.newPage();
  }, 1_800_000);

  afterAll(async () => {
    process.stdout.write(`${where}: seconds to the first page ${host?.secondsToFirstPage.join(", ")}\n`);
    await browser?.close();
    await host?.close();
  });

  test("the folder is its workers', as in the image", async () => {
    expect(await host.stateOfMount()).toBe("mounted as 33:33");
  });

  test("the first page sets it up, and the first save is in the bucket", async () => {
    await setUp(page, host.url, OWNER, "Harbour links");
    await logIn(page, host.url, OWNER);
    await save(page, host.url, "https://example.com/ships", "All the ships");
    expect([...(await host.objects()).keys()]).toEqual(expect.arrayContaining(["config.json.php", "datastore.php"]));
  });

  test("its log has who logged in again, from another browser", async () => {
    const other = await (await browser.newContext()).newPage();
    await logIn(other, host.url, OWNER);
    await other.context().close();
    const log = (await host.objects()).get("log.txt")!.toString();
    expect(log.match(/Login successful/g)).toHaveLength(2);
  });

  testVerdict(where, () => host, /: 1 thing that .*\n\n- Files were appended to: .*\n {4}\S+\/data\/log\.txt\n {2}/);

  test("thrown away and made again, everything is there", async () => {
    const before = await titles(page, host.url);
    await host.recreate();
    page = await (await browser.newContext()).newPage();
    const after = await titles(page, host.url);
    expect(after).toContain("All the ships");
    expect(before).toEqual(expect.arrayContaining(after));
    await logIn(page, host.url, OWNER);
    await save(page, host.url, "https://example.com/tides", "Tides");
    await page.screenshot({ path: join(cacheDir("screenshots"), `shaarli ${where}.png`), fullPage: true });
    expect(await titles(page, host.url)).toEqual(expect.arrayContaining(["All the ships", "Tides"]));
  }, 600_000);
});

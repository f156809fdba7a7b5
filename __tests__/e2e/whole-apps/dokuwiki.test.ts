/** DokuWiki from Debian, its image unchanged, no uid given: its skeleton is where the bucket is mounted, its workers are www-data. */
import { join } from "node:path";
import { Browser, chromium, Page } from "playwright-core";
import { cacheDir } from "../support/real/cache";
import { found, isNew, oldVersions, read, write } from "../support/whole-apps/dokuwiki-visit";
import { AppHost } from "../support/whole-apps/app-host";
import { hosts, testVerdict } from "../support/whole-apps/hosts";

const DATA = "/var/lib/dokuwiki/data";
const FIRST = "The harbour is open.";
const SECOND = "The harbour is closed.";

describe.each(hosts)("DokuWiki on %s", (where, start) => {
  let host: AppHost;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    host = await start({
      name: "dokuwiki",
      images: { app: join(__dirname, "../apps/dokuwiki") },
      port: 80,
      props: ({ app }) => ({ image: app, mounts: [{ path: DATA }] }),
      firstPage: "/dokuwiki/doku.php",
    });
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    page = await browser.newPage();
  }, 1_800_000);

  afterAll(async () => {
    process.stdout.write(`${where}: seconds to the first page ${host?.secondsToFirstPage.join(", ")}\n`);
    await browser?.close();
    await host?.close();
  });

  test("the bucket has got the image's skeleton, and its folders are the workers'", async () => {
    expect([...(await host.objects()).keys()]).toEqual(
      expect.arrayContaining(["deleted.files", "locks/", "pages/playground/playground.txt", "pages/wiki/syntax.txt"]),
    );
    const state = await host.stateOfMount();
    process.stdout.write(`${where}: ${state}\n`);
    expect(state).toMatch(/^mounted as 33:0; it was empty and has got \d+ files and folders of the image$/);
  });

  test("the first page is shown, and the first save is in the bucket", async () => {
    await isNew(page, host.url);
    await write(page, host.url, "start", FIRST);
    expect((await host.objects()).get("pages/start.txt")!.toString()).toBe(FIRST);
  });

  test("a page is changed, its older version kept, and found by the search", async () => {
    await write(page, host.url, "start", SECOND);
    await write(page, host.url, "notes:ships", "A schooner and two ketches.");
    expect((await host.objects()).get("pages/start.txt")!.toString()).toBe(SECOND);
    expect(await oldVersions(page, host.url, "start")).toBe(1);
    expect(await found(page, host.url, "schooner")).toContain("ships");
  });

  // Both are slow, and none is lost: each save appends a line to the list of changes, and locks the page while it is edited.
  testVerdict(
    where,
    () => host,
    /- Files were appended to: [^]*\/meta\/_dokuwiki\.changes\n[^]*- Files were opened that are named as locks are: [^]*\/locks\/\w+\.lock\n/,
  );

  test("thrown away and made again, everything is there", async () => {
    await host.recreate();
    page = await (await browser.newContext()).newPage();
    expect(await read(page, host.url, "start")).toContain(SECOND);
    await page.screenshot({ path: join(cacheDir("screenshots"), `dokuwiki ${where}.png`), fullPage: true });
    expect(await oldVersions(page, host.url, "start")).toBe(1);
    expect(await found(page, host.url, "schooner")).toContain("ships");
    await write(page, host.url, "start", FIRST);
  }, 600_000);
});

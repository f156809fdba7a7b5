/**
 * MediaWiki from Debian with PostgreSQL from Debian beside it, with the props and the images of the example: its files in the
 * bucket, its database on a disk, three secrets.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { Browser, chromium, Page } from "playwright-core";
import { mediaWiki } from "../../../examples/mediawiki/stack";
import { cacheDir } from "../support/real/cache";
import { AppHost } from "../support/whole-apps/app-host";
import { hosts, testVerdict } from "../support/whole-apps/hosts";
import { drawPicture, Picture } from "../support/whole-apps/mediagoblin-pages";
import {
  isLoggedIn,
  logIn,
  pathOfFile,
  read,
  register,
  upload,
  versions,
  write,
} from "../support/whole-apps/mediawiki-visit";

const EXAMPLE = join(__dirname, "../../../examples/mediawiki");
const FIRST = "The harbour is open. [[File:Harbour.png|thumb|200px]]";
const SECOND = "The harbour is closed. [[File:Harbour.png|thumb|200px]]";

describe.each(hosts)("MediaWiki with PostgreSQL on %s", (where, start) => {
  const random = () => randomBytes(9).toString("hex");
  const secretValues = {
    "mediawiki-db-password": `of "the" database $${random()}`,
    "mediawiki-admin-password": `of the admin ${random()}`,
    "mediawiki-secret-key": random(),
  };
  const admin = { name: "Admin", password: secretValues["mediawiki-admin-password"] };
  const member = { name: "Gavroche", password: `of a member ${random()}` };
  let host: AppHost;
  let browser: Browser;
  let page: Page;
  let picture: Picture;

  beforeAll(async () => {
    host = await start({
      name: "mediawiki",
      images: { wiki: join(EXAMPLE, "wiki"), postgresql: join(EXAMPLE, "postgresql") },
      port: 80,
      firstPage: "/index.php",
      props: ({ wiki, postgresql }) => mediaWiki(wiki, postgresql),
      secretValues,
    });
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    page = await (await browser.newContext()).newPage();
    picture = await drawPicture(browser, "harbour", { width: 1000, height: 700, type: "png" });
  }, 1_800_000);

  afterAll(async () => {
    process.stdout.write(`${where}: seconds to the first page ${host?.secondsToFirstPage.join(", ")}\n`);
    await browser?.close();
    await host?.close();
  });

  /** The article, its thumbnail and the file itself: shown, in the bucket, and the same. */
  const allIsThere = async (text: string) => {
    const shown = await read(page, host.url, "Harbour");
    expect(shown.text).toContain(text);
    expect(shown.pictures).toEqual([{ path: expect.stringMatching(/^\/images\/thumb\//), width: 200 }]);
    const objects = await host.objects();
    const served = async (path: string) => Buffer.from(await (await fetch(`${host.url}${path}`)).arrayBuffer());
    const original = await pathOfFile(page, host.url, "Harbour.png");
    for (const path of [shown.pictures[0].path, original]) {
      expect((await served(path)).equals(objects.get(path.replace("/images/", ""))!)).toBe(true);
    }
    expect((await served(original)).equals(picture.file.buffer)).toBe(true);
  };

  test("the first page is shown, and the administrator logs in with the secret", async () => {
    expect((await read(page, host.url, "Main_Page")).text).toContain("MediaWiki has been installed");
    await logIn(page, host.url, admin);
  });

  test("a picture is uploaded, an article written and changed", async () => {
    await upload(page, host.url, picture.file);
    await write(page, host.url, "Harbour", FIRST);
    await write(page, host.url, "Harbour", SECOND);
    expect(await versions(page, host.url, "Harbour")).toBe(2);
    await allIsThere("The harbour is closed.");
  });

  test("somebody else registers", async () => {
    const other = await (await browser.newContext()).newPage();
    await register(other, host.url, member);
    await other.context().close();
  });

  test("the database is on the disk, and no uploaded file is in a container", async () => {
    const files = await host.inContainer("sidecar-db", "cd /var/lib/postgresql && find . -maxdepth 2");
    expect(files.split("\n")).toContain("./data/PG_VERSION");
    expect(await host.inContainer("sidecar-db", "find / -xdev -name '*arbour*.png'")).toBe("");
    expect(await host.inContainer("app", "find / -xdev -name '*arbour*.png'")).toBe("");
  });

  test("no secret is in what is written down, and the app and the database have the same password", async () => {
    const written = await host.everythingWritten();
    expect(written).toContain("mediawiki-db-password");
    for (const value of Object.values(secretValues)) expect(written).not.toContain(value.split(" ").at(-1));
    const sql = "SELECT count(*) FROM mediawiki.page WHERE page_title = 'Harbour' AND page_namespace = 0";
    const tcp = (password: string) =>
      host.inContainer("sidecar-db", `PGPASSWORD='${password}' psql -h db -U mediawiki -Atc "${sql}" mediawiki`);
    expect(await tcp(secretValues["mediawiki-db-password"])).toBe("1");
    await expect(tcp("another")).rejects.toThrow("password authentication failed");
  });

  testVerdict(
    where,
    () => host,
    /: 1 thing that .*\n\n- Files were opened that are named as locks are: .*\n {4}\S+\/images\/lockdir\/\w+\.lock\n/,
  );

  test("thrown away and made again, all of it is there, and who was logged in still is", async () => {
    const cookies = await page.context().cookies();
    await host.recreate();
    page = await (await browser.newContext()).newPage();
    await page.context().addCookies(cookies.map(({ name, value }) => ({ name, value, url: host.url })));
    expect(await isLoggedIn(page, host.url)).toBe(true);
    await allIsThere("The harbour is closed.");
    await page.goto(`${host.url}/index.php?title=Harbour`);
    await page.screenshot({ path: join(cacheDir("screenshots"), `mediawiki ${where}.png`), fullPage: true });
    expect(await versions(page, host.url, "Harbour")).toBe(2);
    const other = await (await browser.newContext()).newPage();
    await logIn(other, host.url, member);
    await write(other, host.url, "Harbour", FIRST);
    expect(await versions(other, host.url, "Harbour")).toBe(3);
    await other.context().close();
  }, 600_000);
});

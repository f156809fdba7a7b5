import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser, BrowserContextOptions, chromium, Page } from "playwright-core";
import { cacheDir } from "./support/real/cache";
import { freePort } from "./support/real/free-port";
import { localWorld } from "./support/local/local-demo";
import { appName, bucketFiles, removeLocalLeftovers } from "./support/local/local-app";
import { LocalProject } from "./support/local/local-project";

const windows: Record<string, BrowserContextOptions> = {
  desk: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
};

let world: Awaited<ReturnType<typeof localWorld>>;
let browser: Browser;
let url: string;
const project = new LocalProject();
const name = appName("pages");
const files = mkdtempSync(join(tmpdir(), "e2e-files-"));
/** To be looked at by people. */
const screenshots = cacheDir("screenshots");

beforeAll(async () => {
  await removeLocalLeftovers();
  world = await localWorld();
  const port = await freePort();
  url = `http://localhost:${port}/`;
  await project.deploy({ [name]: { ...world.demo(port), environment: { MAX_UPLOAD_SIZE: "2m" } } });
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  writeFileSync(join(files, "wrong.exe"), "MZ");
  writeFileSync(join(files, "large.zip"), "");
  truncateSync(join(files, "large.zip"), 3 * 1024 * 1024);
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await project.destroy();
  project.remove();
  rmSync(files, { recursive: true, force: true });
  await removeLocalLeftovers();
});

describe.each(Object.keys(windows))("the demo's page in a %s's window", (window) => {
  let page: Page;
  const file = `notes of the ${window}, é.txt`;
  beforeAll(async () => {
    writeFileSync(join(files, file), `written at the ${window}`);
    page = await (await browser.newContext(windows[window])).newPage();
    await page.goto(url);
  });
  afterEach(async () => {
    const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    expect(overflow).toBe(0);
  });
  afterAll(() => page.context().close());

  const shoot = (what: string) => page.screenshot({ path: join(screenshots, `${window}-${what}.png`), fullPage: true });

  async function submit(chosen: string): Promise<void> {
    await page.getByLabel("Choose files").setInputFiles(join(files, chosen));
    await page.getByRole("button", { name: "Upload" }).click();
  }

  it("takes a file, lists it, and opens it", async () => {
    await submit(file);
    await page.getByRole("status").getByText(`Saved: ${file}`).waitFor();
    await shoot("saved");
    expect(Object.keys(await bucketFiles(name))).toContain(file);
    await page.locator("ul").getByText(file).click();
    await page.waitForURL(/\/uploads\//);
    expect(await page.textContent("body")).toBe(readFileSync(join(files, file), "utf8"));
    await page.goto(url);
  });

  it.each([
    ["a wrong type", "wrong.exe", "Files of this type are not accepted here."],
    ["a file that is too large", "large.zip", "one upload may have at most 2 MiB here."],
  ])("refuses %s in words, before it is sent", async (_, chosen, words) => {
    await submit(chosen);
    await page.getByRole("alert").getByText(words).waitFor();
    await shoot(chosen.split(".")[0]);
  });

  it.each([
    ["a wrong type", "wrong.exe", "Files of this type are not accepted here."],
    ["a file that is too large", "large.zip", "2 MiB"],
  ])("refuses %s in words where the page's script does not run", async (_, chosen, words) => {
    const context = await browser.newContext({ ...windows[window], javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto(url);
    await plain.getByLabel("Choose files").setInputFiles(join(files, chosen));
    await plain.getByRole("button", { name: "Upload" }).click();
    await plain.getByText(words).first().waitFor();
    await plain.screenshot({
      path: join(screenshots, `${window}-${chosen.split(".")[0]}-no-script.png`),
      fullPage: true,
    });
    await context.close();
  });
});

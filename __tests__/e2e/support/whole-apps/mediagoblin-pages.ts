/** MediaGoblin as a person uses it: its pages, in a real browser. */
import { createHash } from "node:crypto";
import { Browser, Page } from "playwright-core";
import { until } from "../boot/status";

/** A picture that the test makes. */
export interface Picture {
  readonly title: string;
  readonly file: { readonly name: string; readonly mimeType: string; readonly buffer: Buffer };
}

export interface Account {
  readonly name: string;
  readonly password: string;
}

/** What a page shows of one of its pictures, as the browser has loaded it. */
export interface ShownPicture {
  readonly src: string;
  readonly width: number;
  readonly height: number;
}

export const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

/** Bytes of a real picture, which the browser draws and encodes. */
export async function drawPicture(
  browser: Browser,
  title: string,
  { width, height, type }: { width: number; height: number; type: "jpeg" | "png" },
): Promise<Picture> {
  const page = await browser.newPage();
  const script = `(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: ${width}, height: ${height} });
    const context = canvas.getContext("2d");
    for (let n = 0; n < 400; n += 1) {
      context.fillStyle = "hsl(" + (n * 47) % 360 + " 70% 50%)";
      context.fillRect((n * 97) % ${width}, (n * 61) % ${height}, 90, 60);
    }
    context.fillStyle = "black";
    context.font = "48px serif";
    context.fillText(${JSON.stringify(title)}, 40, 80);
    return canvas.toDataURL("image/${type}").split(",")[1];
  })()`;
  const buffer = Buffer.from((await page.evaluate(script)) as string, "base64");
  await page.close();
  return { title, file: { name: `${title}.${type === "jpeg" ? "jpg" : type}`, mimeType: `image/${type}`, buffer } };
}

export class MediaGoblinPages {
  private constructor(
    private readonly page: Page,
    private readonly url: string,
    private readonly account: Account,
  ) {}

  /** Opens a browser window of its own for a person who has an account. */
  static async logIn(browser: Browser, url: string, account: Account): Promise<MediaGoblinPages> {
    const page = await newWindow(browser);
    await page.goto(`${url}/auth/login/`);
    await page.getByLabel("Username or Email").fill(account.name);
    await page.getByLabel("Password", { exact: true }).fill(account.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL(`${url}/`);
    return new MediaGoblinPages(page, url, account);
  }

  /**
   * Opens a browser window for a person who has none, and registers.
   *
   * @param log what the server has printed: the mail that says how to confirm the address
   */
  static async register(
    browser: Browser,
    url: string,
    account: Account,
    log: () => Promise<string>,
  ): Promise<MediaGoblinPages> {
    const page = await newWindow(browser);
    await page.goto(`${url}/auth/register/`);
    await page.getByLabel("Username").fill(account.name);
    await page.getByLabel("Password", { exact: true }).fill(account.password);
    await page.getByLabel("Email address").fill(`${account.name}@example.com`);
    await page.getByRole("button", { name: "Create" }).click();
    await page.waitForURL(`${url}/u/${account.name}/`);
    let link: string | undefined;
    await until("the mail is in the log", async () => {
      link = /https?:\/\/\S+\/auth\/verify_email\/\?token=\S+/.exec(await log())?.[0];
      return link !== undefined;
    });
    await page.goto(link!);
    await page.getByText("Your email address has been verified").waitFor();
    return new MediaGoblinPages(page, url, account);
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  screenshot(path: string): Promise<unknown> {
    return this.page.screenshot({ path, fullPage: true });
  }

  /** Whether the pages offer what only an administrator may do. */
  async isAdministrator(): Promise<boolean> {
    await this.page.goto(`${this.url}/mod/users/`);
    return (await this.page.getByRole("heading", { name: "User panel" }).count()) > 0;
  }

  async upload({ title, file }: Picture): Promise<void> {
    await this.page.goto(`${this.url}/submit/`);
    await this.page.getByLabel("File", { exact: true }).setInputFiles(file);
    await this.page.getByLabel("Title", { exact: true }).fill(title);
    await this.page.getByRole("button", { name: "Add", exact: true }).click();
    await this.page.getByText("Woohoo! Submitted!").waitFor({ timeout: 120_000 });
  }

  /** The thumbnails on the person's own page, once each picture of the page has loaded. */
  async thumbnails(person = this.account.name): Promise<Map<string, ShownPicture>> {
    await this.page.goto(`${this.url}/u/${person}/gallery/`);
    const shown = (await this.page.evaluate(`(async () => {
      const entries = [...document.querySelectorAll(".thumb_entry")];
      return Promise.all(entries.map(async (entry) => {
        const image = [...entry.querySelectorAll("img")].at(-1);
        await image.decode().catch(() => undefined);
        const { src, naturalWidth: width, naturalHeight: height } = image;
        return [entry.querySelector(".thumb_entry_title").textContent, { src, width, height }];
      }));
    })()`)) as [string, ShownPicture][];
    return new Map(shown);
  }

  /** What the page of a picture shows, and the address of the file as it was uploaded. */
  async picture(title: string, person = this.account.name): Promise<ShownPicture & { readonly original: string }> {
    await this.open(title, person);
    return (await this.page.evaluate(`(async () => {
      const image = document.querySelector("img.media_image");
      await image.decode().catch(() => undefined);
      const { src, naturalWidth: width, naturalHeight: height } = image;
      return { src, width, height, original: image.closest("a").href };
    })()`)) as ShownPicture & { original: string };
  }

  async comment(title: string, text: string, person = this.account.name): Promise<void> {
    await this.open(title, person);
    const field = this.page.locator("#comment_content");
    // Where the page's script runs, it hides the form until it is asked for.
    if (!(await field.isVisible())) await this.page.locator("#button_addcomment").click();
    await field.fill(text);
    await this.page.getByRole("button", { name: "Add this comment" }).click();
    await this.page.getByText("Your comment has been posted!").waitFor();
  }

  async comments(title: string, person = this.account.name): Promise<string[]> {
    await this.open(title, person);
    const texts = await this.page.locator(".media_comments .comment_content").allInnerTexts();
    return texts.map((text) => text.trim());
  }

  private async open(title: string, person: string): Promise<void> {
    await this.page.goto(`${this.url}/u/${person}/gallery/`);
    await this.page.getByRole("link", { name: title, exact: true }).last().click();
    await this.page.locator("h2.media_title").getByText(title, { exact: true }).waitFor();
  }
}

async function newWindow(browser: Browser): Promise<Page> {
  return (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
}

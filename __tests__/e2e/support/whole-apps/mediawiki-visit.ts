/** What somebody does in a MediaWiki who wants to know whether it works. */
import { Page } from "playwright-core";

export interface Account {
  readonly name: string;
  readonly password: string;
}

export interface File {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export async function logIn(page: Page, url: string, account: Account): Promise<void> {
  await page.goto(`${url}/index.php?title=Special:UserLogin`);
  await page.locator("#wpName1").fill(account.name);
  await page.locator("#wpPassword1").fill(account.password);
  await page.locator("#wpLoginAttempt").click();
  await page.locator("#pt-logout").waitFor({ state: "attached" });
}

export async function isLoggedIn(page: Page, url: string): Promise<boolean> {
  await page.goto(`${url}/index.php?title=Special:Version`);
  return (await page.locator("#pt-logout").count()) === 1;
}

export async function register(page: Page, url: string, account: Account): Promise<void> {
  await page.goto(`${url}/index.php?title=Special:CreateAccount`);
  await page.locator("#wpName2").fill(account.name);
  await page.locator("#wpPassword2").fill(account.password);
  await page.locator("#wpRetype").fill(account.password);
  await page.locator("#wpCreateaccount").click();
  await page.locator("#pt-logout").waitFor({ state: "attached" });
}

export async function upload(page: Page, url: string, file: File): Promise<void> {
  await page.goto(`${url}/index.php?title=Special:Upload`);
  await page.locator("#wpUploadFile").setInputFiles(file);
  await page.locator("#wpUploadDescription").fill(`${file.name}, drawn by the test`);
  await page.locator("input[name=wpUpload]").click();
  await page.waitForURL(/File:/);
}

export async function write(page: Page, url: string, title: string, text: string): Promise<void> {
  await page.goto(`${url}/index.php?title=${title}&action=edit`);
  await page.locator("#wpTextbox1").fill(text);
  await page.locator("#wpSave").click();
  await page.waitForURL(new RegExp(`/${title}$`));
}

export interface ShownArticle {
  readonly text: string;
  /** Of its pictures, once they have loaded. */
  readonly pictures: readonly { readonly path: string; readonly width: number }[];
}

/** What an article shows. */
export async function read(page: Page, url: string, title: string): Promise<ShownArticle> {
  await page.goto(`${url}/index.php?title=${title}`);
  return (await page.evaluate(`(async () => {
    const article = document.querySelector("#mw-content-text");
    const pictures = await Promise.all([...article.querySelectorAll("img.thumbimage")].map(async (image) => {
      await image.decode().catch(() => undefined);
      return { path: new URL(image.src).pathname, width: image.naturalWidth };
    }));
    return { text: article.innerText, pictures };
  })()`)) as ShownArticle;
}

/** The path of an uploaded file, as its own page links to it. */
export async function pathOfFile(page: Page, url: string, name: string): Promise<string> {
  await page.goto(`${url}/index.php?title=File:${name}`);
  return (await page.locator(".fullMedia a").getAttribute("href"))!;
}

/** How many versions of an article there are. */
export async function versions(page: Page, url: string, title: string): Promise<number> {
  await page.goto(`${url}/index.php?title=${title}&action=history`);
  return page.locator("#pagehistory li").count();
}

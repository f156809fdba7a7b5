/** What somebody does with a Shaarli who wants to know whether it works. */
import { Page } from "playwright-core";

export interface Owner {
  readonly name: string;
  readonly password: string;
}

/** Its first page, which sets it up. */
export async function setUp(page: Page, url: string, owner: Owner, title: string): Promise<void> {
  await page.goto(url);
  await page.waitForURL(`${url}/install`);
  const form = page.locator("form[name=installform]");
  await form.locator("input[name=setlogin]").fill(owner.name);
  await form.locator("input[name=setpassword]").fill(owner.password);
  await form.locator("input[name=title]").fill(title);
  await form.locator("input[type=submit]").click();
  await page.getByText("Shaarli is now configured").waitFor();
}

export async function logIn(page: Page, url: string, owner: Owner): Promise<void> {
  await page.goto(`${url}/login`);
  // Another one is in the page's header.
  const form = page.locator("form[name=loginform]").last();
  await form.locator("input[name=login]").fill(owner.name);
  await form.locator("input[name=password]").fill(owner.password);
  await form.locator("input[type=submit]").click();
  await page.getByRole("link", { name: "Logout" }).first().waitFor();
}

export async function save(page: Page, url: string, address: string, title: string): Promise<void> {
  await page.goto(`${url}/admin/shaare?post=${encodeURIComponent(address)}&title=${encodeURIComponent(title)}`);
  await page.locator("input[name=save_edit]").first().click();
  await page.locator(".linklist-item-title").getByText(title, { exact: true }).waitFor();
}

/** The titles that somebody sees who has just come. */
export async function titles(page: Page, url: string): Promise<string[]> {
  await page.goto(url);
  const texts = await page.locator(".linklist-item-title h2").allInnerTexts();
  return texts.map((text) => text.trim());
}

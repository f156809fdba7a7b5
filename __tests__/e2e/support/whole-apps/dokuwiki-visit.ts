/** What somebody does on a DokuWiki who wants to know whether it works. */
import { Page } from "playwright-core";

const WIKI = "/dokuwiki/doku.php";

/** The first page, before anybody has written anything. */
export async function isNew(page: Page, url: string): Promise<void> {
  await page.goto(`${url}${WIKI}?id=start`);
  await page.getByText("This topic does not exist yet").waitFor();
}

export async function write(page: Page, url: string, id: string, text: string): Promise<void> {
  await page.goto(`${url}${WIKI}?id=${id}`);
  await page
    .getByRole("link", { name: /^(Create|Edit) this page/ })
    .first()
    .click();
  await page.locator("#wiki__text").fill(text);
  await page.getByRole("button", { name: "Save" }).click();
  await page.waitForURL((address) => !address.search.includes("do=edit"));
  await page.locator(".page").getByText(text).waitFor();
}

/** What the page says, to somebody who has just come. */
export async function read(page: Page, url: string, id: string): Promise<string> {
  await page.goto(`${url}${WIKI}?id=${id}`);
  return (await page.locator(".dokuwiki .page").innerText()).trim();
}

/** How many older versions of a page there are. */
export async function oldVersions(page: Page, url: string, id: string): Promise<number> {
  await page.goto(`${url}${WIKI}?id=${id}&do=revisions`);
  return (await page.locator("#page__revisions li").count()) - 1;
}

/** The pages that the search finds, and their namespaces. */
export async function found(page: Page, url: string, word: string): Promise<string[]> {
  await page.goto(`${url}${WIKI}?do=search&q=${word}`);
  return page.locator(".search_fullpage_result dt a").allInnerTexts();
}

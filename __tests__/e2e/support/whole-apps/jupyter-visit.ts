/** What somebody does in a Jupyter Notebook who wants to know whether it works. */
import { Page } from "playwright-core";

/** From the first page: a new notebook, which runs a line of Python, is named and saved. */
export async function saveNotebook(tree: Page, url: string, name: string, code: string, output: string): Promise<void> {
  await tree.goto(`${url}/tree`);
  await tree.locator("#new-dropdown-button, #new-buttons button").first().click();
  const [notebook] = await Promise.all([
    tree.context().waitForEvent("page"),
    tree.locator("#kernel-python3 a").click(),
  ]);
  await runCell(notebook, code, output);
  await notebook.locator("#notebook_name").click();
  await notebook.locator(".modal-dialog input").fill(name);
  await notebook.getByRole("button", { name: "Rename" }).click();
  await notebook.waitForURL(new RegExp(`/${name}\\.ipynb`));
  await notebook.locator('button[data-jupyter-action="jupyter-notebook:save-notebook"]').click();
  await notebook.locator(".autosave_status").getByText("(autosaved)").waitFor();
  await notebook.close();
}

async function runCell(notebook: Page, code: string, output: string): Promise<void> {
  await notebook.locator(".kernel_idle_icon").waitFor({ timeout: 120_000 });
  await notebook.locator(".cell .CodeMirror").first().click();
  await notebook.keyboard.type(code);
  await notebook.keyboard.press("Control+Enter");
  await notebook.locator(".output_subarea").getByText(output).waitFor();
}

/** The names that the first page lists. */
export async function notebooks(tree: Page, url: string): Promise<string[]> {
  await tree.goto(`${url}/tree`);
  const names = tree.locator(".list_item:not(.row-template) .item_name");
  await names.first().waitFor();
  return names.allInnerTexts();
}

/** The output that a saved notebook shows. */
export async function outputOf(page: Page, url: string, name: string): Promise<string> {
  await page.goto(`${url}/notebooks/${name}.ipynb`);
  return (await page.locator(".output_subarea").first().innerText()).trim();
}

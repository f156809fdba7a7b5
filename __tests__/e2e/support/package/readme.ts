import { readFileSync } from "node:fs";
import { join } from "node:path";

const README = readFileSync(join(__dirname, "../../../../README.md"), "utf8");

/** The blocks of code in a section of README.md, in one language, as a person would copy them. */
export function codeBlocks(heading: string, language: string): string[] {
  const [, section] = README.split(`\n## ${heading}\n`);
  if (section === undefined) {
    throw new Error(`README.md has no section "${heading}"`);
  }
  const [text] = section.split(/^## /m);
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, of]) => of === language);
  if (blocks.length === 0) {
    throw new Error(`README.md has no ${language} in its section "${heading}"`);
  }
  return blocks.map(([, , code]) => code);
}

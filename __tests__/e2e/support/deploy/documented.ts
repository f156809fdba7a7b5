import { readFileSync } from "node:fs";
import { join } from "node:path";

const FILE = "docs/deploying.md";
/** In the document: lines that are left out. */
const LEFT_OUT = "...";

/**
 * Checks that a step prints the lines that docs/deploying.md shows in its section, in their order. Times, digests and
 * addresses may differ, and the CLI names the stack only where its output comes in a new piece.
 */
export function expectAsDocumented(section: string, printed: string): void {
  const lines = comparable(printed);
  let position = 0;
  for (const line of comparable(blockOf(section))) {
    if (line === LEFT_OUT || line.startsWith("$ ")) continue;
    const found = lines.indexOf(line, position);
    if (found < 0) {
      throw new Error(`${FILE} shows in "${section}" the line "${line}", which is not printed there:\n${printed}`);
    }
    position = found + 1;
  }
}

function blockOf(section: string): string {
  const text = readFileSync(join(__dirname, "..", "..", "..", "..", FILE), "utf8");
  const block = text
    .split(/^## /m)
    .find((part) => part.startsWith(`${section}\n`))
    ?.match(/^```console\n([^]*?)^```/m)?.[1];
  if (!block) throw new Error(`${FILE} has no section "${section}" that shows what is printed`);
  return block;
}

function comparable(text: string): string[] {
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
  return text
    .replace(escapes, "")
    .replace(/\b\d+m?\d*s\b/g, "TIME")
    .replace(/\b\d+(\.\d+){3}\b/g, "ADDRESS")
    .replace(/\b[0-9a-f]{64}\b/g, "DIGEST")
    .split("\n")
    .map((line) =>
      line
        .replace(/^cloud\s/, "")
        .trim()
        .replace(/\s+/g, " "),
    )
    .filter((line) => line !== "");
}

import { Block, Page, Span, Text } from "./document";
import { mermaid } from "./mermaid";
import { visible } from "./visible-text";

/**
 * A page as Markdown for a comment on GitHub.
 *
 * @see https://github.github.com/gfm/
 */
export function markdown(page: Page): string {
  return `${page.map(blockText).join("\n\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(block.level)} ${inLine(block.text)}`;
    case "paragraph":
      return block.alarm ? `> [!CAUTION]\n> ${inLine(block.text)}` : inLine(block.text);
    case "list":
      return block.items.map((item) => `- ${inLine(item)}`).join("\n");
    case "table":
      return table(block.head, block.rows);
    case "diagram":
      return ["```mermaid", mermaid(block.diagram), "```"].join("\n");
    case "details":
      return [
        `<details>\n<summary>${escape(block.summary)}</summary>`,
        ...block.blocks.map(blockText),
        "</details>",
      ].join("\n\n");
  }
}

function table(head: readonly string[], rows: readonly (readonly Text[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head.map(escape)), line(head.map(() => "---")), ...rows.map((row) => line(row.map(inLine)))].join("\n");
}

function inLine(text: Text): string {
  return text.map(spanText).join("");
}

function spanText(span: Span): string {
  if (typeof span === "string") {
    return escape(span);
  }
  return "value" in span ? code(visible(span.value)) : `**${escape(span.strong)}**`;
}

/**
 * A value as code, in which GitHub sees no markup, mention or link. Where backticks, pipes or backslashes could end a
 * code span or the cell of a table, it is HTML in which all but letters and digits are entities.
 */
function code(text: string): string {
  if (/^[^`|\\]*$/.test(text) && text.trim() === text && text !== "") {
    return `\`${text}\``;
  }
  const entities = text.replace(/[^\p{L}\p{N} ]/gu, (character) => `&#${character.codePointAt(0)};`);
  return `<code>${entities.replace(/^ | $|(?<= ) /g, "&#32;")}</code>`;
}

function escape(text: string): string {
  return visible(text).replace(/[\\`*_{}[\]<>|#~&@$]/g, (character) => `&#${character.codePointAt(0)};`);
}

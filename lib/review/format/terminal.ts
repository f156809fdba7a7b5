// It has only an "export =", and jsii compiles without esModuleInterop.
// eslint-disable-next-line @typescript-eslint/no-require-imports
import Table = require("cli-table3");
import { createColors } from "picocolors";
import { Block, Page, Span, Text } from "./document";
import { visible } from "./visible-text";

export interface TerminalOptions {
  readonly color: boolean;
  /** Of the page, in characters. */
  readonly width: number;
}

/** A page as text for a terminal. What is in details is left out: a terminal cannot fold it. */
export function terminal(page: Page, options: TerminalOptions): string {
  const blocks = page.filter(({ kind }) => kind !== "details" && kind !== "diagram");
  return `${blocks.map((block) => blockText(block, options)).join("\n\n")}\n`;
}

function blockText(block: Block, { color, width }: TerminalOptions): string {
  const colors = createColors(color);
  const alarm = (text: string, alarming?: boolean) => (alarming ? colors.red(text) : text);
  const inLine = (text: Text) => text.map((span) => spanText(span, colors.bold)).join("");
  switch (block.kind) {
    case "heading":
      return colors.bold(block.level === 3 ? inLine(block.text) : underlined(block.text, block.level));
    case "paragraph":
      return alarm(wrapped(inLine(block.text), width, ""), block.alarm);
    case "list":
      return block.items.map((item) => alarm(wrapped(inLine(item), width, "- "), block.alarm)).join("\n");
    case "table":
      return table(
        block.head,
        block.rows.map((row) => row.map(inLine)),
        width,
      );
    default:
      return "";
  }
}

function spanText(span: Span, strong: (text: string) => string): string {
  if (typeof span === "string") {
    return visible(span);
  }
  return "value" in span ? visible(span.value) : strong(visible(span.strong));
}

function underlined(text: Text, level: number): string {
  const plain = text.map((span) => spanText(span, (word) => word)).join("");
  return `${plain}\n${(level === 1 ? "=" : "-").repeat(plain.length)}`;
}

function table(head: readonly string[], rows: string[][], width: number): string {
  const columns = columnWidths([[...head], ...rows], width);
  const drawn = new Table({
    head: [...head],
    colWidths: columns,
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: ["bold"], border: [] },
  });
  // Words are broken where there is no space as well: a long value must not be cut off.
  drawn.push(...rows.map((row) => row.map((cell, index) => wrapped(cell, columns[index] - 2, ""))));
  return withoutColor(drawn.toString());
}

/** cli-table3 colours by itself; the page says where there is colour. */
function withoutColor(text: string): string {
  return text.replace(/\u001b\[(1|22|39)m/g, "");
}

/** As wide as what is in them, or a fair share of the page. */
function columnWidths(rows: readonly string[][], width: number): number[] {
  const count = rows[0].length;
  const wanted = rows[0].map((_, index) => Math.max(...rows.map((row) => lengthOf(row[index]))) + 2);
  let room = width - count - 1;
  let open = wanted.map((_, index) => index);
  const widths = wanted.map(() => 0);
  for (;;) {
    const share = Math.floor(room / Math.max(open.length, 1));
    const fitting = open.filter((index) => wanted[index] <= share);
    if (fitting.length === 0) {
      open.forEach((index) => (widths[index] = Math.max(share, 6)));
      return widths;
    }
    fitting.forEach((index) => (widths[index] = wanted[index]));
    room -= fitting.reduce((sum, index) => sum + wanted[index], 0);
    open = open.filter((index) => !fitting.includes(index));
    if (open.length === 0) {
      return widths;
    }
  }
}

function lengthOf(text: string): number {
  return text.replace(/\u001b\[\d+m/g, "").length;
}

/** Lines of at most a width, the first after a mark. */
function wrapped(text: string, width: number, mark: string): string {
  const room = Math.max(width - mark.length, 10);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((long) => pieces(long, room))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (lengthOf(longer) > room && line !== "") {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  lines.push(line);
  return lines.map((text, index) => `${index === 0 ? mark : " ".repeat(mark.length)}${text}`).join("\n");
}

function pieces(word: string, width: number): string[] {
  if (lengthOf(word) <= width) {
    return [word];
  }
  const characters = [...word];
  return Array.from({ length: Math.ceil(characters.length / width) }, (_, index) =>
    characters.slice(index * width, (index + 1) * width).join(""),
  );
}

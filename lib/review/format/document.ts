import { Diagram } from "./diagram";

/**
 * A piece of a line. Words of ours are plain strings. What comes from a stack is always a value, so that no format takes
 * it for markup, a mention or a link.
 */
export type Span = string | { readonly value: string } | { readonly strong: string };

export type Text = readonly Span[];

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: Text }
  | { readonly kind: "paragraph"; readonly text: Text; readonly alarm?: boolean }
  | { readonly kind: "list"; readonly items: readonly Text[]; readonly alarm?: boolean }
  | { readonly kind: "table"; readonly head: readonly string[]; readonly rows: readonly (readonly Text[])[] }
  | { readonly kind: "diagram"; readonly diagram: Diagram }
  | { readonly kind: "details"; readonly summary: string; readonly blocks: readonly Block[] };

/** A page, before it is text or Markdown. */
export type Page = readonly Block[];

export function value(text: string): Span {
  return { value: text };
}

/** Spans with something between each two of them. */
export function joined(items: readonly Text[], separator: string): Text {
  return items.flatMap((item, index) => (index === 0 ? item : [separator, ...item]));
}

export function valuesOf(texts: readonly string[]): Text {
  return joined(
    texts.map((text) => [value(text)]),
    ", ",
  );
}

import {
  Docs,
  isCollectionTypeReference,
  isNamedTypeReference,
  isPrimitiveTypeReference,
  isUnionTypeReference,
  TypeReference,
} from "@jsii/spec";

/**
 * The whole description. jsii ends a summary at the first full stop or semicolon and keeps the rest apart, whether or
 * not a paragraph ends there.
 */
export function description({ summary = "", remarks = "" }: Docs = {}, apart = "\n\n"): string {
  return `${summary}${summary.endsWith(";") ? " " : apart}${remarks}`.trim();
}

/** The `@throws` and `@see` of a member; empty if it has neither. */
export function notes(docs: Docs = {}): string[] {
  const throws = docs.custom?.throws;
  return [
    ...(throws ? [`Throws ${oneLine(throws).replace(/\.$/, "")}.`] : []),
    ...(docs.see ? [`See <${docs.see}>.`] : []),
  ];
}

/** The description and notes of a prop, property or member, for a cell of a table. */
export const descriptionCell = (docs?: Docs) => [description(docs, " "), ...notes(docs)].join("\n\n");

/** jsii's convention: a value, a value with an explanation after " - ", or after "- " only an explanation. */
export function defaultValue(text: string): string {
  if (text.startsWith("- ")) {
    return oneLine(text.slice(2));
  }
  const [value, ...explanation] = oneLine(text).split(" - ");
  return [`\`${value}\``, ...explanation].join(": ");
}

export const anchor = (name: string) => name.toLowerCase();

/** A type as TypeScript writes it. */
export function typeText(type: TypeReference, named = (fqn: string) => fqn.split(".").at(-1)!): string {
  if (isPrimitiveTypeReference(type)) {
    return type.primitive;
  }
  if (isNamedTypeReference(type)) {
    return named(type.fqn);
  }
  if (isCollectionTypeReference(type)) {
    const { kind, elementtype } = type.collection;
    const element = typeText(elementtype, named);
    return kind === "array" ? `${element}[]` : `{ [key: string]: ${element} }`;
  }
  if (isUnionTypeReference(type)) {
    return type.union.types.map((member) => typeText(member, named)).join(" | ");
  }
  throw new Error(`there is no text for the type ${JSON.stringify(type)}: add it to scripts/api-reference/text.ts`);
}

/** A type for a cell of a table. Types of the assembly are links to their descriptions. */
export function typeCell(type: TypeReference, assembly: string): string {
  const linked = typeText(type, (fqn) => {
    const name = fqn.split(".").at(-1)!;
    return fqn.startsWith(`${assembly}.`) ? `<a href="#${anchor(name)}">${name}</a>` : name;
  });
  return `<code>${linked}</code>`;
}

export const oneLine = (text: string) => text.replace(/\s*\n\s*/g, " ").trim();

/** A Markdown table. In a cell, `<br>` separates paragraphs, and "|" is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cell = (text: string) =>
    text
      .trim()
      .replace(/\n{2,}/g, "<br>")
      .replace(/\n/g, " ")
      .replace(/\|/g, "\\|");
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

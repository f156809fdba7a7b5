import { Fn, TerraformLocal, Token } from "cdktf";
import { Construct } from "constructs";
import { asArgument, escapeTemplate, rawString, tokenParts } from "./template-text";

/** What joins the character before it: a mark, or the second or third part of a Hangul syllable. */
const JOINS = String.raw`\p{M}\u1161-\u1175\u11a8-\u11c2`;
/** What Terraform's jsonencode writes as an escape that ends with a letter, such as `\n`, which a mark would join. */
const ESCAPED = String.raw`\x00-\x1f<>&\\`;

/**
 * What Terraform's normalization of Unicode could change, and what nobody can read: controls, formats, and what is not
 * assigned. (After a carriage return alone, Terraform does not see that `${` begins an expression.)
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/types#string
 */
const NOT_PLAIN = new RegExp(String.raw`(^|[${ESCAPED}])[${JOINS}]|\r(?!\n)|(?![\t\n\r])\p{C}|[\u2028\u2029]`, "u");

/**
 * The values of unresolved tokens that arrive byte for byte, in the syntax of Terraform's `regex` (RE2): nothing in them
 * joins what is no text of theirs.
 */
export const JSON_TOKEN = `^([${ESCAPED}]*[^${ESCAPED}${JOINS}][${JOINS}]*)*[${ESCAPED}]*$`.replace(
  /\\u([0-9a-f]{4})/g,
  String.raw`\x{$1}`,
);

/** Begins what stands for a UTF-16 unit in the local value, until it becomes JSON's own escape. */
const ESCAPE = String.raw`\u{`;

/** The JSON text of a value. */
export interface JsonText {
  /** A Terraform expression. */
  readonly expression: string;
  /** Bytes of the text. An unresolved token counts as its expression. */
  readonly sizeBytes: number;
}

/**
 * The JSON text of a value, by Terraform. The value is a local value of the stack, so that its parts can be
 * read, and compared line by line, in the synthesized stack. Literals arrive byte for byte: what Terraform would change
 * is written with JSON's own escapes.
 */
export function jsonText(scope: Construct, id: string, value: object): JsonText {
  const escaped = hasEscapes(value);
  const local = new TerraformLocal(
    scope,
    id,
    mapStrings(value, (text) => encode(text, escaped)),
  );
  const json = Fn.jsonencode(local.expression);
  const pattern = rawString(String.raw`/\\\\u\{([0-9a-f]{4})\}/`);
  return {
    expression: escaped ? Fn.replace(json, pattern, rawString(String.raw`\u$1`)) : json,
    sizeBytes: sizeOf(value),
  };
}

/** Terraform's jsonencode writes some characters as escapes of six bytes, as ours are in the end. */
function sizeOf(value: object): number {
  const json = JSON.stringify(mapStrings(value, (text) => tokenParts(text).map(escape).join("")));
  return Buffer.byteLength(json.replace(/[<>&]|\\\\u\{[0-9a-f]{4}\}/g, "......"));
}

function hasEscapes(value: object): boolean {
  let found = false;
  mapStrings(value, (text) => {
    found ||= tokenParts(text).some((part, index, parts) => escape(part, index, parts) !== part);
    return text;
  });
  return found;
}

/** The value with its strings, keys among them, replaced. */
function mapStrings(value: unknown, map: (text: string) => string): unknown {
  if (typeof value === "string") {
    return map(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => mapStrings(item, map));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return Object.fromEntries(entries.map(([key, item]) => [map(key), mapStrings(item, map)]));
  }
  return value;
}

function encode(text: string, escaped: boolean): string {
  const parts = tokenParts(text).map((part, index, all) => {
    if (!Token.isUnresolved(part)) {
      return escapeTemplate(escape(part, index, all));
    }
    return escaped ? Fn.replace(asArgument(part), rawString("\\"), rawString(unit("\\"))) : part;
  });
  // Alone, an unresolved token whose value is a number or a boolean would be one in the JSON text, too.
  return parts.length === 1 && !escaped && Token.isUnresolved(parts[0])
    ? Fn.join("", parts.map(asArgument))
    : parts.join("");
}

/**
 * A part of a string. Beside tokens, a dollar or a percent sign would be read together with them, and a backslash
 * could begin what looks like an escape.
 */
function escape(part: string, _: number, parts: readonly string[]): string {
  if (Token.isUnresolved(part)) {
    return part;
  }
  const ascii = parts.length > 1 ? part.replace(/[$%\\]/g, unit) : part.split(ESCAPE).join(`${unit("\\")}u{`);
  return NOT_PLAIN.test(part) || part.normalize("NFC") !== part ? ascii.replace(/[^\x20-\x7e]/g, unit) : ascii;
}

function unit(character: string): string {
  return `${ESCAPE}${character.charCodeAt(0).toString(16).padStart(4, "0")}}`;
}

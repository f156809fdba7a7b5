import { isObject, Json } from "./json";

/** What the library puts around an unresolved token in a declaration, so that it is a text and no escape is in it. */
const ALONE = /^\$\{join\("", \[((?:(?!\$\{).)*)\]\)\}$/s;
const BESIDE_ESCAPES = /\$\{replace\(((?:(?!\$\{).)*?), "\\\\", "\\\\u\{005c\}"\)\}/gs;

/**
 * A value of a declaration: characters that Terraform would normalize are written as `\u{0301}` in the stack. A literal
 * `${` stays as Terraform's language has it, `$${`, since it must not look like a reference.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function declaredValue(value: Json): Json {
  if (typeof value === "string") {
    const template = value.replace(ALONE, "$${$1}").replace(BESIDE_ESCAPES, "$${$1}");
    return template.replace(/\\u\{([0-9A-Fa-f]{4})\}([$%]?\{)?/g, (_, unit: string, next = "") =>
      besideNext(String.fromCharCode(parseInt(unit, 16)), next),
    );
  }
  if (Array.isArray(value)) {
    return value.map(declaredValue);
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([key, item]) => [declaredValue(key) as string, declaredValue(item)]),
      )
    : value;
}

/** A literal character, written so that it does not make one of the template's marks together with what comes next. */
function besideNext(character: string, next: string): string {
  if (character !== "$" && character !== "%") {
    return character + next;
  }
  return next === "{" ? `${character}${character}{` : next === "" ? character : `\${"${character}"}${next}`;
}

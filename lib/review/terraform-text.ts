import { isObject, Json } from "./json";

/**
 * A template's text with its literals as they were given; the expressions in it stay.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function literalText(template: string): string {
  return template.replace(/([$%])\1\{/g, "$1{");
}

/** What the library puts around an unresolved token in a declaration, so that it is a text and no escape is in it. */
const ALONE = /^\$\{join\("", \[((?:(?!\$\{).)*)\]\)\}$/s;
const BESIDE_ESCAPES = /\$\{replace\(((?:(?!\$\{).)*?), "\\\\", "\\\\u\{005c\}"\)\}/gs;

/** A value of a declaration: characters that Terraform would normalize are written as `\u{0301}` in the stack. */
export function declaredValue(value: Json): Json {
  if (typeof value === "string") {
    const template = value.replace(ALONE, "$${$1}").replace(BESIDE_ESCAPES, "$${$1}");
    return literalText(template).replace(/\\u\{([0-9A-Fa-f]{4})\}/g, (_, unit: string) =>
      String.fromCharCode(parseInt(unit, 16)),
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

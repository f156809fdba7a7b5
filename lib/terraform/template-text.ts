import { DefaultTokenResolver, Fn, StringConcat, Token, Tokenization } from "cdktf";
import { Construct } from "constructs";

/**
 * The base64 of a value's UTF-8 bytes. Literals are encoded at synthesis, since Terraform would normalize their
 * Unicode. Unresolved tokens are encoded by Terraform.
 *
 * @throws if the value has a NUL or half of a surrogate pair, which no argument of a process can have
 * @see https://developer.hashicorp.com/terraform/language/functions/base64encode
 */
export function encodeBase64(what: string, value: string): string {
  return Token.isUnresolved(value) ? Fn.base64encode(tokenExpression(what, value)) : encodeLiteral(what, value);
}

/** A string with tokens as one Terraform expression. Its literal parts are in base64, so that nothing needs quoting. */
export function tokenExpression(what: string, value: string): string {
  const parts = orderedParts(value).map((part) =>
    Token.isUnresolved(part) ? part : Fn.base64decode(encodeLiteral(what, part)),
  );
  return parts.length === 1 ? parts[0] : Fn.join("", parts);
}

/** The value as Terraform sees it, for example `${var.name}`: the same for two tokens of one variable. */
export function resolveTokens(scope: Construct, value: string): string {
  const resolver = new DefaultTokenResolver(new StringConcat());
  return String(Tokenization.resolve(value, { scope, resolver, preparing: false }));
}

function encodeLiteral(what: string, value: string): string {
  const bytes = Buffer.from(value, "utf8");
  if (value.includes("\0") || bytes.toString("utf8") !== value) {
    throw new Error(
      `${what} ${JSON.stringify(value)} is not valid: use text without NUL and without half surrogate pairs`,
    );
  }
  return bytes.toString("base64");
}

/** The literals and tokens of a string, in order. */
function orderedParts(value: string): string[] {
  const parts: string[] = [];
  const first = Tokenization.reverseString(value).join({
    join: (left, right) => {
      if (parts.length === 0) {
        parts.push(left);
      }
      parts.push(right);
      return left;
    },
  });
  return parts.length > 0 ? parts : [first];
}

/**
 * Renders a spec that may have tokens with a renderer that knows nothing of Terraform. Each string with a token is
 * replaced by a placeholder, the rendered text is escaped for Terraform's template language, and the strings are put
 * back.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences
 */
export function renderWithTokens<T>(spec: T, render: (spec: T) => string): string {
  const tokens: string[] = [];
  const placeholder = placeholderFor(JSON.stringify(spec));
  const text = render(
    mapStrings(spec, (value) => {
      if (!Token.isUnresolved(value)) {
        return value;
      }
      tokens.push(value);
      return placeholder(tokens.length - 1);
    }) as T,
  );
  const prefix = /^\D+/.exec(placeholder(0))![0];
  const template = separateFromTokens(escapeTemplate(text), prefix);
  return template.replace(new RegExp(`${prefix}(\\d{6})`, "g"), (_, index: string) => tokens[Number(index)]);
}

/**
 * Writes dollars as `${"$"}` in two places. In `cost: $TOKEN`, the dollar and the token's `${` would together read as
 * the escape `$${`. In `${ … TOKEN`, cdktf would take the token for a part of an expression that begins at the dollar.
 */
function separateFromTokens(template: string, placeholder: string): string {
  return template.replace(
    new RegExp(`(\\$+)(?=${placeholder})|\\$(\\$+)(?=\\{[^}]*${placeholder})`, "g"),
    (_, before?: string, opening?: string) => `\${"${before ?? opening}"}`,
  );
}

/**
 * Placeholders that do not occur in the text, need no quoting in YAML, JSON or shell, and are not prefixes of each
 * other (hence the six digits).
 */
function placeholderFor(text: string): (index: number) => string {
  let prefix = "gcsBackedContainerAppToken";
  while (text.includes(prefix)) {
    prefix += "X";
  }
  return (index) => `${prefix}${String(index).padStart(6, "0")}`;
}

/** Escapes values that Terraform would take for templates. Strings with tokens are templates and stay as they are. */
export function escapeValues(values: { readonly [key: string]: string }): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Token.isUnresolved(value) ? value : escapeTemplate(value)]),
  );
}

/** Escapes a text for Terraform's template language: `${` becomes `$${`. */
export function escapeTemplate(text: string): string {
  return text.replace(/([$%])\{/g, "$1$1{");
}

/** The reverse of `escapeTemplate` and of the dollars that `renderWithTokens` separates from tokens. */
export function unescapeTemplate(text: string): string {
  return text.replace(/([$%])\1\{|\$\{"(\$+)"\}/g, (_, sign?: string, dollars?: string) => dollars ?? `${sign}{`);
}

function mapStrings(value: unknown, map: (value: string) => string): unknown {
  if (typeof value === "string") {
    return map(value);
  }
  if (Array.isArray(value)) {
    return value.map((item) => mapStrings(item, map));
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, map)]));
  }
  return value;
}

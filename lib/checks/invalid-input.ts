import { Token } from "cdktf";
import { inspect } from "util";

/** An error that says what was given, what is allowed, and what to do. */
export function invalidInput(what: string, given: unknown, allowed: string): Error {
  return new Error(`${what} ${quote(given)} is not valid: ${allowed}`);
}

/** The characters of a value that a message shows: enough to recognize it. */
const MOST_CHARACTERS = 200;

/** The value as error messages show it: its text, and of a long one the beginning. */
export function quote(value: unknown): string {
  if (typeof value === "string" && Token.isUnresolved(value)) {
    return "(an unresolved token)";
  }
  const text = textOf(value);
  if (text.length <= MOST_CHARACTERS) {
    return text;
  }
  // Without the first half of a surrogate pair at the cut.
  const beginning = text.slice(0, MOST_CHARACTERS).replace(/[\ud800-\udbff]$/, "");
  return `${beginning}… (${text.length} characters)`;
}

/** As JSON, except numbers, since JSON turns NaN into null. */
function textOf(value: unknown): string {
  if (typeof value === "number") {
    return String(value);
  }
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A BigInt, an object that contains itself, a getter that throws.
    return inspect(value, { breakLength: Infinity, customInspect: false });
  }
}

/** Checks a string against a pattern; an unresolved token passes. */
export function requireMatch(what: string, value: string, pattern: RegExp, allowed: string): void {
  if (typeof value !== "string" || (!Token.isUnresolved(value) && !pattern.test(value))) {
    throw invalidInput(what, value, allowed);
  }
}

/** Checks that a value is one of a closed set; an unresolved token passes. */
export function requireOneOf(what: string, value: string, allowed: readonly string[]): void {
  if (typeof value !== "string" || (!Token.isUnresolved(value) && !allowed.includes(value))) {
    throw invalidInput(what, value, `use ${allowed.map(quote).join(" or ")}`);
  }
}

/** Checks that the length of a list is known at synthesis; its elements may be unresolved tokens. */
export function requireKnownList(what: string, list: readonly unknown[]): void {
  if (Token.isUnresolved(list)) {
    throw new Error(
      `${what} is an unresolved token: use a list whose length is known at synthesis (its elements may be tokens)`,
    );
  }
}

/** Checks a whole number against its bounds. It must be known at synthesis. */
export function requireInteger(what: string, value: number, min: number, max: number): void {
  if (Token.isUnresolved(value)) {
    throw new Error(`${what} is an unresolved token: use a number from ${min} to ${max} that is known at synthesis`);
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidInput(what, value, `use a whole number from ${min} to ${max}`);
  }
}

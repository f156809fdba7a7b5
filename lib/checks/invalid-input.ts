import { Token } from "cdktf";

/** An error that says what was given, what is allowed, and what to do. */
export function invalidInput(what: string, given: unknown, allowed: string): Error {
  return new Error(`${what} ${quote(given)} is not valid: ${allowed}`);
}

/** The value as it stands in error messages. */
export function quote(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

/** Checks a value against a pattern; a token passes, since its value is known only to Terraform. */
export function requireMatch(what: string, value: string, pattern: RegExp, allowed: string): void {
  if (!Token.isUnresolved(value) && !pattern.test(value)) {
    throw invalidInput(what, value, allowed);
  }
}

/** Checks that a value is one of a few, for callers without types; a token passes. */
export function requireOneOf(what: string, value: string, allowed: readonly string[]): void {
  if (!Token.isUnresolved(value) && !allowed.includes(value)) {
    throw invalidInput(what, value, `use ${allowed.map(quote).join(" or ")}`);
  }
}

/** Checks that it is known how long a list is; its elements may be tokens. */
export function requireKnownList(what: string, list: readonly unknown[]): void {
  if (Token.isUnresolved(list)) {
    throw new Error(
      `${what} is a list that is known to Terraform only: use one whose length is known before it runs (its elements need not be)`,
    );
  }
}

/** Checks a whole number against its bounds. Calculated with, and written into files: it cannot be a token. */
export function requireInteger(what: string, value: number, min: number, max: number): void {
  if (Token.isUnresolved(value)) {
    throw new Error(
      `${what} is known to Terraform only: use a number from ${min} to ${max} that is known before it runs`,
    );
  }
  if (!Number.isInteger(value) || value < min || value > max) {
    throw invalidInput(what, value, `use a whole number from ${min} to ${max}`);
  }
}

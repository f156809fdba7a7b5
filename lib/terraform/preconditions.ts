import { Fn, IResolvable, Token } from "cdktf";
import { tokenExpression } from "./template-text";

/** A condition that Terraform checks once it knows the values, before it changes the resource. */
export interface Precondition {
  readonly condition: IResolvable;
  readonly errorMessage: string;
}

/** What an unresolved token must be like. */
export interface TokenCheck {
  /** What the value is called in the message. */
  readonly what: string;
  /** The value; only an unresolved one is checked. */
  readonly value: string;
  /** What it must match, in the syntax of Terraform's `regex` (RE2). */
  readonly pattern: string;
  /** What is allowed, for the message. */
  readonly allowed: string;
}

/** The checks that synthesis cannot make: one precondition for each value that is an unresolved token. */
export function tokenPreconditions(checks: readonly TokenCheck[]): Precondition[] {
  return checks
    .filter(({ value }) => Token.isUnresolved(value))
    .map(({ what, value, pattern, allowed }) => ({
      // rawString escapes quotes, and leaves backslashes as they are.
      condition: Fn.can(Fn.regex(Fn.rawString(pattern.replace(/\\/g, "\\\\")), tokenExpression(what, value))),
      errorMessage: `${what} is not valid: ${allowed}`,
    }));
}

import { Fn, IResolvable, Op, ref, Token } from "cdktf";
import { rawString, tokenExpression } from "./template-text";

/** A condition that Terraform checks before it changes the resource. */
export interface Precondition {
  readonly condition: IResolvable;
  readonly errorMessage: string;
}

/** A check of a value that may be an unresolved token. */
export interface TokenCheck {
  /** The name of the value in the message. */
  readonly what: string;
  /** The value; only an unresolved one is checked. */
  readonly value: string;
  /** The pattern that it must match, in the syntax of Terraform's `regex` (RE2). */
  readonly pattern: string;
  /** The allowed values, for the message. */
  readonly allowed: string;
}

/**
 * Always true. Terraform wants a condition to refer to something, which a value such as `Fn.jsonencode({ a: 1 })` does not.
 *
 * @see https://developer.hashicorp.com/terraform/language/expressions/custom-conditions
 */
const A_REFERENCE = Op.eq(ref("terraform.workspace"), ref("terraform.workspace"));

/** One precondition for each value that is an unresolved token, and so cannot be checked at synthesis. */
export function tokenPreconditions(checks: readonly TokenCheck[]): Precondition[] {
  return checks
    .filter(({ value }) => Token.isUnresolved(value))
    .map(({ what, value, pattern, allowed }) => ({
      condition: Op.and(Fn.can(Fn.regex(rawString(pattern), tokenExpression(value))), A_REFERENCE),
      errorMessage: `${what} is not valid: ${allowed}`,
    }));
}

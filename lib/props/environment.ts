import { Token } from "cdktf";
import { invalidInput, requireMatch } from "../checks/invalid-input";
import { processArgument } from "../checks/process-argument";
import { looksLikeSecret } from "../checks/secret-names";

/**
 * The environment in a stable order.
 *
 * @param prefix the text before the prop's name in a message, for example `sidecars[0].`
 * @throws if a name or a value is not valid in an environment
 */
export function environmentVariables(variables: { [name: string]: string }, prefix = ""): { [name: string]: string } {
  const what = `${of(prefix)}value of environment variable`;
  const checked = Object.entries(variables)
    .sort(([a], [b]) => compareNames(a, b))
    .map(([name, value]) => {
      checkVariableName(name, prefix);
      return [name, processArgument(`${what} "${name}"`, value, `--env=${name}=`)];
    });
  return Object.fromEntries(checked);
}

function of(prefix: string): string {
  return prefix === "" ? "" : `${prefix}environment: `;
}

/**
 * @param prefix the text before a prop's name in a message, for example `sidecars[0].`
 * @param prop the prop that has the name
 * @throws if it is not a name of an environment variable
 */
export function checkVariableName(name: string, prefix = "", prop = "environment"): void {
  const what = prop === "environment" ? `${of(prefix)}environment variable` : `variable of ${prefix}${prop}`;
  requireMatch(
    what,
    name,
    /^[A-Za-z_][A-Za-z0-9_.-]*$/,
    'use letters, digits, "_", "." and "-", not beginning with a digit',
  );
  // It would be lost: it sets the prototype of the object that it is copied to.
  if (name === "__proto__") {
    throw invalidInput(what, name, "it cannot be kept in an object: use another name");
  }
}

/** The names that look like those of secrets. */
export function secretNames(variables: { [name: string]: string }): string[] {
  return Object.keys(variables).filter((name) => !Token.isUnresolved(name) && looksLikeSecret(name));
}

/** By name. Unresolved tokens, whose text depends on the rest of the stack, come last, in the order that was given. */
export function compareNames(a: string, b: string): number {
  const tokens = Number(Token.isUnresolved(a)) - Number(Token.isUnresolved(b));
  return tokens !== 0 || Token.isUnresolved(a) ? tokens : a < b ? -1 : 1;
}

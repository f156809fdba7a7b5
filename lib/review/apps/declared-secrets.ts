import { ContainerDeclaration, SecretVersion } from "../../boot/declaration";
import { isObject } from "../read/json";

/** Secrets by the names of variables or paths of files. */
export type Secrets = { readonly [name: string]: SecretVersion };

/** The two ways in which a container is given a secret. */
export const FORMS = [
  ["secrets", "secret in environment variable"],
  ["secretFiles", "secret in file"],
] as const;

/** Of a declaration that may have been written by hand in another shape. */
export function secretsIn(declaration: ContainerDeclaration, key: "secrets" | "secretFiles"): Secrets {
  const found = declaration[key];
  const entries = isObject(found) ? Object.entries<SecretVersion>(declaration[key] ?? {}) : [];
  return Object.fromEntries(entries.filter(([, secret]) => isObject(secret)));
}

/** A secret as Secret Manager names its version. */
export function nameOf({ secret, version }: SecretVersion): string {
  return `${secret}/versions/${version}`;
}

/** The variable that has a secret's value on the local stack, as lib/local/give-secrets.cjs names it. */
export function variableOf({ secret }: SecretVersion): string {
  const name = secret.slice(secret.lastIndexOf("/") + 1);
  return name.replace(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

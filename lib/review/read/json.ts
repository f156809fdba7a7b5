export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * What an object has for a key that comes from a stack, and not what all objects have: nothing for `constructor`, and
 * `__proto__` only where JSON has that key.
 */
export function own<T>(object: { readonly [key: string]: T }, key: string): T | undefined {
  return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : undefined;
}

/**
 * What is at a path of attributes. A block that may be there once is an object in a synthesized stack and a list in a
 * plan: the first item of a list stands for it.
 */
export function at(value: Json | undefined, ...path: string[]): Json | undefined {
  let found = value;
  for (const key of path) {
    const block = Array.isArray(found) ? found[0] : found;
    found = isObject(block) ? own(block, key) : undefined;
  }
  return found === null ? undefined : found;
}

export function textAt(value: Json | undefined, ...path: string[]): string | undefined {
  const found = at(value, ...path);
  return found === undefined || typeof found === "object" ? undefined : String(found);
}

/** Whether a value is true: Terraform takes the text "true" as well. */
export function isTrue(value: Json | undefined): boolean {
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
}

/** The blocks of a kind: a list, one object, or none. */
export function blocksAt(value: Json | undefined, ...path: string[]): readonly JsonObject[] {
  const found = at(value, ...path);
  return (Array.isArray(found) ? found : [found]).filter(isObject);
}

/** The texts of a list; a single one, such as an unresolved token that stands for the list, counts as a list of one. */
export function textsAt(value: Json | undefined, ...path: string[]): readonly string[] {
  const found = at(value, ...path);
  const items = Array.isArray(found) ? found : [found];
  return items.filter((item) => item !== undefined && item !== null && typeof item !== "object").map(String);
}

/** Every text in a value. */
export function textsIn(value: Json | undefined): readonly string[] {
  if (typeof value === "string") {
    return [value];
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** JSON with its keys in order: equal values have equal texts. */
export function stableText(value: Json | undefined): string {
  return JSON.stringify(value, (_, item) =>
    isObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

/** An object without some of its keys. */
export function without(value: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

import { isObject, Json, JsonObject, own, stableText } from "./json";

/** A value that differs, with its path of attributes. */
export interface Difference {
  readonly path: readonly string[];
  readonly before?: Json;
  readonly after?: Json;
}

/** Where two values differ. What is null or empty counts as not there, since a plan lists all that is not set. */
export function differences(before: Json | undefined, after: Json | undefined): Difference[] {
  return exactDifferences(compact(before), compact(after));
}

/** Where two values differ, in what is empty as well. */
export function exactDifferences(
  before: Json | undefined,
  after: Json | undefined,
  path: readonly string[] = [],
): Difference[] {
  if (stableText(before) === stableText(after)) {
    return [];
  }
  if (isObject(before) && isObject(after)) {
    return keysOf(before, after).flatMap((key) => exactDifferences(own(before, key), own(after, key), [...path, key]));
  }
  const lists = Array.isArray(before) && Array.isArray(after) && before.length === after.length;
  if (lists && [...before, ...after].every(isObject)) {
    return before.flatMap((item: Json, index: number) =>
      exactDifferences(item, after[index], [...path, String(index)]),
    );
  }
  return [{ path, before, after }];
}

/** A path without the indexes of blocks, such as `boot_disk.initialize_params.image`. */
export function attributeOf({ path }: Difference): string {
  return path.filter((key) => !/^\d+$/.test(key)).join(".");
}

function keysOf(...objects: JsonObject[]): string[] {
  return [...new Set(objects.flatMap(Object.keys))].sort();
}

function compact(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) {
    const items = value.map(compact).filter((item): item is Json => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (!isObject(value)) {
    return value === null || value === "" ? undefined : value;
  }
  const entries = Object.entries(value).map(([key, item]) => [key, compact(item)] as const);
  const there = entries.filter(([, item]) => item !== undefined);
  return there.length > 0 ? (Object.fromEntries(there) as JsonObject) : undefined;
}

import { isObject, Json, JsonObject, stableText } from "./json";

/** The arguments, such as `network_interface.stack_type`, whose values differ. What is off or empty is as good as not set. */
export function differingArguments(before: JsonObject | undefined, after: JsonObject | undefined): readonly string[] {
  const [old, wanted] = [leaves(before), leaves(after)];
  const names = new Set([...old.keys(), ...wanted.keys()]);
  return [...names].filter((name) => stableText(old.get(name)) !== stableText(wanted.get(name))).sort();
}

/** The values of each argument; blocks of one kind are not told apart. */
function leaves(value: Json | undefined, name = "", found = new Map<string, Json[]>()): ReadonlyMap<string, Json[]> {
  if (Array.isArray(value)) {
    value.forEach((item: Json) => leaves(item, name, found));
  } else if (isObject(value)) {
    Object.entries(value).forEach(([key, item]) => leaves(item, name === "" ? key : `${name}.${key}`, found));
  } else if (value !== undefined && value !== null && value !== "" && value !== false && value !== 0) {
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

import { at, isObject, Json, JsonObject, own, stableText, textsAt } from "./json";
import { Configured } from "./plan-configuration";

const SENSITIVE = "(sensitive value)";

/** The values of a resource before and after a change. */
export interface Values {
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

/** Both sides without sensitive values. */
export function masked({ before, after }: Values, change: Json | undefined): Values {
  const marks = [at(change, "before_sensitive"), at(change, "after_sensitive")];
  const hidden = (side: JsonObject | undefined) => {
    const values = side && marks.reduce((value: Json | undefined, marked) => mask(value, marked, before), side);
    return isObject(values) ? values : side && {};
  };
  return { before: hidden(before), after: hidden(after) };
}

/** Both sides of a change without what the provider computes. */
export function comparable(change: Json | undefined, { expressions, prefix }: Configured): Values {
  const before = at(change, "before");
  const after = at(change, "after");
  const unknown = at(change, "after_unknown");
  const filled = isObject(after) ? (fill(after, unknown, expressions, prefix) as JsonObject) : undefined;
  const known = isObject(before)
    ? isObject(after)
      ? (withoutComputed(before, filled, unknown) as JsonObject)
      : before
    : undefined;
  const unset = (side: JsonObject | undefined, other: JsonObject | undefined) =>
    side && other ? (withoutUnset(side, other) as JsonObject) : side;
  return { before: unset(known, filled), after: unset(filled, known) };
}

/** Puts the references of the configuration where the plan has unknown values. */
function fill(
  after: Json | undefined,
  unknown: Json | undefined,
  expressions: Json | undefined,
  prefix: string,
): Json | undefined {
  if (unknown === true) {
    return referenceIn(expressions, prefix);
  }
  if (Array.isArray(unknown)) {
    const items = Array.isArray(after) ? after : [];
    return Array.from({ length: Math.max(items.length, unknown.length) }, (_, index) =>
      fill(items[index], unknown[index], Array.isArray(expressions) ? expressions[index] : expressions, prefix),
    ).filter((item): item is Json => item !== undefined);
  }
  if (!isObject(unknown)) {
    return after;
  }
  const known = isObject(after) ? after : {};
  const keys = [...new Set([...Object.keys(known), ...Object.keys(unknown)])];
  const inner = isObject(expressions) && expressions.references === undefined ? expressions : undefined;
  const filled = keys.map((key) => {
    const expression = (inner && own(inner, key)) ?? expressions;
    return [key, fill(own(known, key), own(unknown, key), expression, prefix)] as const;
  });
  return Object.fromEntries(filled.filter(([, item]) => item !== undefined)) as JsonObject;
}

/** A template that has more than the one reference cannot be told from its parts: all of them are named. */
function referenceIn(expressions: Json | undefined, prefix: string): Json | undefined {
  const references = textsAt(expressions, "references");
  // Terraform lists each attribute that is referred to, and then the resource that it belongs to.
  const attributes = references.filter((name) => !references.some((other) => other.startsWith(`${name}.`)));
  return attributes.length > 0 ? attributes.map((name) => `\${${prefix}${name}}`).join(" ") : undefined;
}

/** What is before, without what is unknown after and not configured: an `id`, for example. */
function withoutComputed(before: Json, after: Json | undefined, unknown: Json | undefined): Json {
  if (!isObject(before) || !isObject(unknown)) {
    return before;
  }
  const kept = Object.entries(before).filter(([key]) => own(unknown, key) !== true || at(after, key) !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutComputed(item, at(after, key), own(unknown, key))]));
}

/** Without zeros where the other side has nothing: the google provider cannot tell them from what is not set. */
function withoutUnset(value: Json, other: Json | undefined): Json {
  if (Array.isArray(value)) {
    return value.map((item, index) => withoutUnset(item, Array.isArray(other) ? other[index] : undefined));
  }
  if (!isObject(value)) {
    return value;
  }
  const isUnset = (key: string, item: Json) => (item === false || item === 0) && at(other, key) === undefined;
  const entries = Object.entries(value).filter(([key, item]) => !isUnset(key, item));
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutUnset(item, at(other, key))]));
}

/** Hides sensitive values, but not that one changes. */
function mask(value: Json | undefined, sensitive: Json | undefined, before: Json | undefined): Json | undefined {
  if (value === undefined || value === null || value === "") {
    return value;
  }
  if (sensitive === true) {
    if (typeof value === "string" && value.startsWith(SENSITIVE)) {
      return value;
    }
    return before === undefined || stableText(before) === stableText(value) ? SENSITIVE : `${SENSITIVE}, changed`;
  }
  if (Array.isArray(value) && Array.isArray(sensitive)) {
    return value.map((item, index) => mask(item, sensitive[index], Array.isArray(before) ? before[index] : undefined)!);
  }
  if (!isObject(value) || !isObject(sensitive)) {
    return value;
  }
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    mask(item, own(sensitive, key), isObject(before) ? own(before, key) : undefined),
  ]);
  return Object.fromEntries(entries);
}

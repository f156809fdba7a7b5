import { at, blocksAt, isObject, Json, JsonObject, own, stableText, textAt, textsAt } from "./json";
import { declarationOfPlan, DECLARATION_KEY } from "./read-declaration";
import { Configured, configurationOf } from "./plan-configuration";
import { remarksOf } from "./plan-remarks";
import { parseObject } from "./read-stack";
import { Plan, PlannedAction, Resource, ReviewInputError, Stack } from "./stack";

export const SENSITIVE = "(sensitive value)";

/**
 * Reads a plan. What Terraform will know only later is the reference that the configuration has for it.
 *
 * @param text what `terraform show -json PLAN` prints
 * @param name how messages call it
 * @throws ReviewInputError if it is something else, or the plan of a failed run
 * @see https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
 */
export function readPlan(text: string, name: string): Plan {
  const content = parseObject(text, name);
  if (textAt(content, "format_version") === undefined || !isObject(content.configuration)) {
    throw new ReviewInputError(`"${name}" is not a plan: give what "terraform show -json PLAN" prints`);
  }
  if (content.errored === true) {
    throw new ReviewInputError(`"${name}" is the plan of a run that failed, and says not all that would change`);
  }
  const shown: Sides = { before: [], after: [] };
  const plain: Sides = { before: [], after: [] };
  const actions = new Map<string, PlannedAction>();
  for (const item of blocksAt(content, "resource_changes")) {
    const address = textAt(item, "address");
    if (textAt(item, "mode") !== "managed" || address === undefined || item.deposed !== undefined) {
      continue;
    }
    const planned = {
      actions: textsAt(item, "change", "actions"),
      replacePaths: replacePathsOf(at(item, "change", "replace_paths")),
    };
    const configured = configurationOf(content.configuration, address);
    const sides = comparable(item.change, configured);
    const of = { address, type: textAt(item, "type") ?? "", runs: planned.actions.some(isRun), configured };
    add(shown, item.change, of, masked(sides, item.change));
    add(plain, item.change, of, sides);
    actions.set(address, planned);
  }
  const [before, after] = [stackOf(shown.before), stackOf(shown.after)];
  const unmasked = { before: stackOf(plain.before), after: stackOf(plain.after) };
  const isMasked =
    stableText([before, after] as unknown as Json) !== stableText(Object.values(unmasked) as unknown as Json);
  return { before, after, actions, ...(isMasked && { unmasked }), ...remarksOf(content) };
}

interface Sides {
  readonly before: Resource[];
  readonly after: Resource[];
}

/** Provisioners run when a resource is created or destroyed. */
function isRun(action: string): boolean {
  return action === "create" || action === "delete";
}

function stackOf(resources: readonly Resource[]): Stack {
  return { resources: [...resources].sort((a, b) => (a.address < b.address ? -1 : 1)) };
}

interface Declared {
  readonly address: string;
  readonly type: string;
  /** Whether its provisioners run in this change. */
  readonly runs: boolean;
  readonly configured: Configured;
}

/** Adds a resource to both sides. What runs in this change has not run before it. */
function add(to: Sides, change: Json | undefined, declared: Declared, sides: Values): void {
  for (const side of ["before", "after"] as const) {
    const values = sides[side];
    if (values === undefined) {
      continue;
    }
    const { provisioners } = declared.configured;
    const has = provisioners.length > 0 && (side === "after" || !declared.runs);
    const given = at(change, side);
    to[side].push(
      resource(
        declared,
        has ? { ...values, provisioner: provisioners } : values,
        given,
        at(change, `${side}_sensitive`),
      ),
    );
  }
}

function resource(
  { address, type }: Declared,
  values: JsonObject,
  given: Json | undefined,
  sensitive: Json | undefined,
): Resource {
  const uploads = at(sensitive, "upload") ?? false;
  const declaration = declarationOfPlan(isObject(given) ? given : {});
  return {
    address,
    type,
    values,
    declaration,
    sensitiveDeclaration:
      declaration !== undefined &&
      (hides(at(sensitive, "metadata"), DECLARATION_KEY) || stableText(uploads).includes("true")),
  };
}

/** Whether Terraform marks a value, or all that it is in, as sensitive. */
function hides(sensitive: Json | undefined, key: string): boolean {
  return sensitive === true || (isObject(sensitive) && sensitive[key] === true);
}

interface Values {
  readonly before?: JsonObject;
  readonly after?: JsonObject;
}

/** Both sides without sensitive values. */
function masked({ before, after }: Values, change: Json | undefined): Values {
  const marks = [at(change, "before_sensitive"), at(change, "after_sensitive")];
  const hidden = (side: JsonObject | undefined) => {
    const values = side && marks.reduce((value: Json | undefined, marked) => mask(value, marked, before), side);
    return isObject(values) ? values : side && {};
  };
  return { before: hidden(before), after: hidden(after) };
}

/** Both sides of a change without what the provider computes. */
function comparable(change: Json | undefined, { expressions, prefix }: Configured): Values {
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

function replacePathsOf(paths: Json | undefined): string[] {
  return (Array.isArray(paths) ? paths : []).map((path) =>
    textsAt({ path }, "path")
      .filter((key) => !/^\d+$/.test(key))
      .join("."),
  );
}

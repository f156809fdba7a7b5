import { declarationOfStack } from "./read-declaration";
import { Resource, Stack } from "./stack";
import { at, blocksAt, isObject, Json, JsonObject, own, stableText, without } from "./json";
import { withKnownNames } from "./references";

/** How deep values refer to each other: a cycle ends there. */
const DEEPEST = 16;

const ALONE = /^\$\{(var\.[\w-]+|local\.[\w-]+|data\.google_iam_policy\.[\w-]+\.policy_data)\}$/;
const WITHIN = /\$\{(var\.[\w-]+|local\.[\w-]+)\}/g;

/**
 * A stack with what it says of values instead of references to them: the defaults of variables, local values, and whole
 * policies of IAM. A deployment may give a variable another value, so that this is one view of a stack, beside the
 * references themselves.
 */
export function withKnownValues(stack: Stack): Stack {
  const { document } = stack;
  if (document === undefined) {
    return stack;
  }
  const resolve = (value: Json, depth = 0): Json => {
    if (typeof value === "string") {
      return depth > DEEPEST ? value : resolveText(value, (name) => known(document, name), depth, resolve);
    }
    if (Array.isArray(value)) {
      return value.map((item: Json) => resolve(item, depth));
    }
    return isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, depth)]))
      : value;
  };
  const resources = stack.resources.map((resource): Resource => {
    const values = resolve(resource.values) as JsonObject;
    const declaration = declarationOfStack(values, document.locals, resolve);
    return { ...resource, values, declaration };
  });
  const rest = without(document, "variable", "resource");
  const existing = resources.filter(exists);
  return {
    resources: existing.map((resource) => withKnownNames(resource, resources)),
    document: { ...document, ...(resolve(rest) as JsonObject) },
  };
}

function resolveText(
  text: string,
  valueOf: (name: string) => Json | undefined,
  depth: number,
  resolve: (value: Json, depth: number) => Json,
): Json {
  const [, alone] = ALONE.exec(text) ?? [];
  const whole = alone === undefined ? undefined : valueOf(alone);
  if (whole !== undefined) {
    return resolve(whole, depth + 1);
  }
  return text.replace(WITHIN, (reference, name: string) => {
    const part = valueOf(name);
    const resolved = part === undefined ? undefined : resolve(part, depth + 1);
    return resolved === undefined || typeof resolved === "object" ? reference : String(resolved);
  });
}

/** What the stack says of a value; undefined for what it does not say, or marks as sensitive. */
function known({ variable, locals, data }: JsonObject, reference: string): Json | undefined {
  const [kind, name, policy] = reference.split(".");
  if (kind === "local") {
    return part(locals, name);
  }
  if (kind === "var") {
    const [block] = blocksAt(part(variable, name));
    return at(block, "sensitive") === undefined || at(block, "sensitive") === false
      ? part(block, "default")
      : undefined;
  }
  const [block] = blocksAt(part(part(data, name), policy));
  return block === undefined ? undefined : policyData(block);
}

function part(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) ? (own(value, key) ?? undefined) : undefined;
}

/** The policy that a data source writes; undefined where it has more than plain bindings. */
function policyData(block: JsonObject): string | undefined {
  const bindings = without(block, "binding", "//");
  return Object.keys(bindings).length > 0 ? undefined : stableText({ bindings: blocksAt(block, "binding") });
}

/** Whether there is any of a resource: its count may be none. */
export function exists({ values }: Resource): boolean {
  const { count, for_each: each } = values;
  const none = /^(\$\{)?\s*(0|toset\(\[\s*\]\)|tomap\(\{\s*\}\)|\[\s*\]|\{\s*\})\s*\}?$/;
  const isNone = (value: Json | undefined) =>
    (typeof value === "string" && none.test(value)) || value === 0 || (typeof value === "object" && isEmpty(value));
  return !isNone(count) && !isNone(each);
}

function isEmpty(value: Json): boolean {
  return value !== null && typeof value === "object" && Object.keys(value).length === 0;
}

import { at, blocksAt, isObject, Json, JsonObject, stableText, textAt, textsAt } from "../read/json";
import { declarationOfPlan, DECLARATION_KEY } from "../read/read-declaration";
import { Configured, configurationOf } from "../read/plan-configuration";
import { remarksOf } from "./plan-remarks";
import { comparable, masked, Values } from "../read/plan-values";
import { parseObject } from "../read/read-stack";
import { Plan } from "./plan";
import { PlannedAction, Resource, ReviewInputError, Stack } from "../read/stack";

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

function replacePathsOf(paths: Json | undefined): string[] {
  return (Array.isArray(paths) ? paths : []).map((path) =>
    textsAt({ path }, "path")
      .filter((key) => !/^\d+$/.test(key))
      .join("."),
  );
}

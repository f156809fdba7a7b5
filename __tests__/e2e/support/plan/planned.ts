import { Plan } from "../real/terraform";

/** What tests look at in a plan, without what is empty: small enough to be recorded. */
export interface Planned {
  readonly resources: Record<string, PlannedResource>;
  readonly outputs: Record<string, unknown>;
}

export interface PlannedResource {
  readonly type: string;
  /** "create", "update", "delete,create", "no-op", … */
  readonly actions: string;
  /** The values that are known. */
  readonly values: Values;
  /** For an update or replacement: what differs, each as a path such as `metadata.user-data`. */
  readonly changed?: string[];
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Values = Record<string, any>;

export const unknown = "(known after apply)";

export function planned(plan: Plan): Planned {
  const resources = (plan.resource_changes ?? [])
    .filter(({ change }) => change.actions.join() !== "read")
    .map(({ address, type, change }) => {
      const actions = change.actions.join();
      const before = (compact(change.before) ?? {}) as Values;
      const after = (compact(change.after) ?? {}) as Values;
      const differs = actions !== "create" && actions !== "no-op" && actions !== "delete";
      const changed = differs ? differences(before, merge(after, change.after_unknown)) : undefined;
      return [address, { type, actions, values: after, ...(changed && { changed }) }] as const;
    });
  const outputs = Object.entries(plan.output_changes ?? {}).map(([name, { after }]) => [name, after ?? unknown]);
  return { resources: Object.fromEntries(resources), outputs: Object.fromEntries(outputs) };
}

/** What a plan touches, each with what happens to it. */
export function actionsOf({ resources }: Planned): Record<string, string> {
  const touched = Object.entries(resources).filter(([, { actions }]) => actions !== "no-op");
  return Object.fromEntries(touched.map(([address, { actions }]) => [address, actions]));
}

export function ofType({ resources }: Planned, type: string): Values[] {
  return Object.values(resources)
    .filter((resource) => resource.type === type)
    .map(({ values }) => values);
}

/** The only one of its type. */
export function theOnly(plan: Planned, type: string): Values {
  const all = ofType(plan, type);
  if (all.length !== 1) throw new Error(`${all.length} of ${type}`);
  return all[0];
}

function compact(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(compact).filter((item) => item !== undefined);
    return items.length > 0 ? items : undefined;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .map(([key, item]) => [key, compact(item)] as const)
      .filter(([, item]) => item !== undefined);
    return entries.length > 0 ? Object.fromEntries(entries) : undefined;
  }
  return value ?? undefined;
}

function merge(after: unknown, unknowns: unknown): unknown {
  if (unknowns === true) return unknown;
  if (typeof unknowns !== "object" || unknowns === null) return after;
  const known = (after ?? {}) as Values;
  const merged = Object.entries(unknowns).map(([key, item]) => [key, merge(known[key], item)] as const);
  return { ...known, ...Object.fromEntries(merged.filter(([, item]) => item !== undefined && item !== false)) };
}

function differences(before: unknown, after: unknown, path = ""): string[] {
  const isNode = (value: unknown) => typeof value === "object" && value !== null;
  if (!isNode(before) || !isNode(after)) {
    return JSON.stringify(before) === JSON.stringify(after) || isEmpty(before, after) ? [] : [path];
  }
  const keys = new Set([...Object.keys(before as object), ...Object.keys(after as object)]);
  return [...keys].flatMap((key) =>
    differences((before as Values)[key], (after as Values)[key], path ? `${path}.${key}` : key),
  );
}

/** Nothing here, and there an object in which nothing is. */
function isEmpty(before: unknown, after: unknown): boolean {
  return before === undefined && compact(after) === undefined;
}

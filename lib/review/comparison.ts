import { App, appsOf } from "./apps";
import { Change, effectsOf } from "./change";
import { differences } from "./differences";
import { Effect, worst } from "./effects";
import { Exposure } from "./exposure";
import { newExposures } from "./exposures";
import { at, Json } from "./json";
import { isEffectKnown } from "./known-effects";
import { machineChanges } from "./machine-changes";
import { closedChanges } from "./opening-changes";
import { withNamesOf } from "./references";
import { pairsOf, ResourcePair } from "./pairs";
import { keepsData, resourceChanges } from "./resource-changes";
import { withoutWording } from "./wording";
import { Plan, PlannedAction, Resource, Stack } from "./stack";

export interface AppComparison {
  readonly name: string;
  readonly kind: App["kind"];
  readonly state: "created" | "removed" | "kept";
  readonly changes: readonly Change[];
}

/** A change of a resource that belongs to no app. Its values are not shown: it may be anything. */
export interface OtherChange {
  readonly address: string;
  readonly action: "created" | "changed" | "replaced" | "destroyed" | "forgotten" | "no longer managed";
  /** The arguments that differ. */
  readonly attributes: readonly string[];
  readonly effect: Effect;
  /** It may do more than the effect says: this page does not know the type. */
  readonly effectUnknown?: true;
}

export interface Comparison {
  readonly apps: readonly AppComparison[];
  readonly others: readonly OtherChange[];
  /** What is exposed that was not, the most serious first. */
  readonly exposures: readonly Exposure[];
  readonly effects: ReadonlySet<Effect>;
}

type Pairs = ReadonlyMap<string, ResourcePair>;

/** What a change from one stack to another does. */
export function compareStacks(before: Stack, after: Stack): Comparison {
  return compare(before, after, new Map());
}

/** What a plan does. */
export function comparePlan({ before, after, actions }: Plan): Comparison {
  return compare(before, after, actions);
}

function compare(before: Stack, after: Stack, actions: ReadonlyMap<string, PlannedAction>): Comparison {
  const pairs: Pairs = new Map(
    pairsOf(before, after, actions).map((pair) => [(pair.after ?? pair.before)!.address, pair]),
  );
  const claimed = new Set<string>();
  const known = [...after.resources, ...before.resources];
  const apps = pairsOfApps(before, after).map(([old, wanted]) => compareApp(old, wanted, pairs, claimed, known));
  const others = [...pairs]
    .filter(([address]) => !claimed.has(address))
    .flatMap(([, pair]) => {
      const { type } = (pair.after ?? pair.before)!;
      return otherChange(pair).map((change) => ({
        ...change,
        ...(!isEffectKnown(type) && { effectUnknown: true as const }),
      }));
    });
  const effects = [...apps.flatMap(({ changes }) => effectsOf(changes)), ...others.map(({ effect }) => effect)];
  return { apps, others, exposures: newExposures(before, after), effects: new Set(effects) };
}

function pairsOfApps(before: Stack, after: Stack): readonly (readonly [App | undefined, App | undefined])[] {
  const [old, wanted] = [appsOf(before), appsOf(after)];
  const same = (app: App) => (other: App) => other.machine.address === app.machine.address;
  return [
    ...wanted.map((app) => [old.find(same(app)), app] as const),
    ...old.filter((app) => !wanted.some(same(app))).map((app) => [app, undefined] as const),
  ];
}

function compareApp(
  before: App | undefined,
  after: App | undefined,
  pairs: Pairs,
  claimed: Set<string>,
  known: readonly Resource[],
): AppComparison {
  const app = (after ?? before)!;
  const own = [...new Set([...(before?.resources ?? []), ...(after?.resources ?? [])])].filter(
    (address) => address !== app.machine.address && !claimed.has(address),
  );
  [...own, app.machine.address].forEach((address) => claimed.add(address));
  const changes = [
    ...machinePairChanges(pairs.get(app.machine.address)!),
    ...(before && after ? closedChanges(before, after) : []),
    ...own.sort().flatMap((address) => ofPair(pairs.get(address))),
  ];
  const state = before === undefined ? "created" : after === undefined ? "removed" : "kept";
  // An account that goes with its VM stops nothing.
  const stays = (change: Change): Change =>
    after === undefined && change.effect === "VM stops and starts" ? { ...change, effect: "nothing" } : change;
  const readable = withoutWording(changes).map((change) => withNames(stays(change), known));
  return { name: app.name, kind: app.kind, state, changes: readable };
}

/** A change with names instead of references. */
function withNames(change: Change, resources: readonly Resource[]): Change {
  const readable = (side: Json | undefined) => (typeof side === "string" ? withNamesOf(side, resources) : side);
  const sides = Object.entries({ before: readable(change.before), after: readable(change.after) });
  return { ...change, ...Object.fromEntries(sides.filter(([, side]) => side !== undefined)) };
}

function machinePairChanges({ before, after, planned }: ResourcePair): Change[] {
  if (before !== undefined && after !== undefined) {
    return machineChanges(before, after, planned);
  }
  const what = "app";
  const name = ((after ?? before) as Resource).address;
  if (before === undefined) {
    return [{ what, name, note: "created: nothing of it runs yet", effect: "nothing" }];
  }
  return planned?.actions.includes("forget")
    ? [{ what, name, note: "Terraform no longer knows its machine, and leaves it as it is", effect: "nothing" }]
    : [{ what, name, note: removedNote(before), effect: "app removed" }];
}

function removedNote(machine: Resource | undefined): string {
  return machine?.type === "google_compute_instance" ? "removed: the VM is deleted" : "removed";
}

function ofPair(pair: ResourcePair | undefined): Change[] {
  return pair === undefined ? [] : resourceChanges(pair);
}

function otherChange(pair: ResourcePair): Omit<OtherChange, "effectUnknown">[] {
  const { before, after, planned } = pair;
  const { address } = (after ?? before)!;
  const changes = resourceChanges(pair);
  // Whose account or rule it is that changes is not known: only what is lost with the resource itself counts.
  const effect = worst(
    changes.map((change) => change.effect).filter((item) => ["address changes", "data could be lost"].includes(item)),
  );
  if (before === undefined) {
    return [{ address, action: "created", attributes: [], effect: "nothing" }];
  }
  if (after === undefined) {
    const forgotten = planned?.actions.includes("forget") === true;
    if (before.type === "google_project_service" && at(before.values, "disable_on_destroy") === false) {
      return [{ address, action: "no longer managed", attributes: [], effect: "nothing" }];
    }
    const lost = !forgotten && keepsData(before);
    return [
      {
        address,
        action: forgotten ? "forgotten" : "destroyed",
        attributes: [],
        effect: lost ? "data could be lost" : "nothing",
      },
    ];
  }
  const replaced = planned?.actions.includes("delete") === true;
  if (changes.length === 0 && !replaced) {
    return [];
  }
  const attributes = differences(before.values, after.values).map(({ path }) =>
    path.filter((key) => !/^\d+$/.test(key)).join("."),
  );
  return [
    {
      address,
      action: replaced ? "replaced" : "changed",
      attributes: [...new Set(attributes)],
      effect: replaced && keepsData(before) ? "data could be lost" : effect,
    },
  ];
}

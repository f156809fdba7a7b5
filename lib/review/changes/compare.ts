import { App, appsOf } from "../apps/apps";
import { proxyOf } from "../apps/containers";
import { Change, effectsOf } from "./change";
import { AppComparison, Comparison } from "./comparison";
import { attachedDiskChanges } from "./disk-changes";
import { DocumentChanges, documentChanges } from "./document-changes";
import { newExposures } from "../exposures/exposures";
import { Json } from "../read/json";
import { isEffectKnown } from "./known-effects";
import { withKnownValues } from "../read/known-values";
import { machineChanges } from "./machine-changes";
import { closedChanges } from "./opening-changes";
import { merged } from "./merged-comparison";
import { withReaddressed } from "./readdressed-apps";
import { referenceChanges } from "./reference-changes";
import { withNamesOf } from "../read/references";
import { pairsOf, ResourcePair } from "../read/pairs";
import { otherChange, OtherChange, unlistedChange } from "./other-changes";
import { resourceChanges } from "./resource-changes";
import { withoutValues } from "./sensitive-comparison";
import { withoutWording } from "./wording";
import { Plan } from "./plan";
import { PlannedAction, Resource, Stack } from "../read/stack";

type Pairs = ReadonlyMap<string, ResourcePair>;

/** What a change from one stack to another does: as it is written, and with the values that the stacks know. */
export function compareStacks(before: Stack, after: Stack): Comparison {
  const shown = withChanges(compare(before, after), documentChanges(before, after));
  const [old, wanted] = [before, after].map(withKnownValues);
  const known = withChanges(compare(old, wanted), documentChanges(old, wanted));
  return merged(shown, withChanges(known, referenceChanges(old, wanted)));
}

/** What a plan does. Its sensitive values are judged, and what they do is said without them. */
export function comparePlan({ before, after, actions, unmasked, others = [], exposures = [] }: Plan): Comparison {
  const shown = withChanges(compare(before, after, actions), { others, exposures });
  return unmasked === undefined
    ? shown
    : merged(shown, withoutValues(compare(unmasked.before, unmasked.after, actions), shown));
}

function withChanges(comparison: Comparison, { others, exposures }: DocumentChanges): Comparison {
  const effects = new Set(others.flatMap(({ effect, also = [] }) => [effect, ...also]));
  return others.length + exposures.length === 0
    ? comparison
    : merged(comparison, { apps: comparison.apps, others, exposures, effects });
}

function compare(before: Stack, after: Stack, actions: ReadonlyMap<string, PlannedAction> = new Map()): Comparison {
  const pairs: Pairs = new Map(
    pairsOf(before, after, actions).map((pair) => [(pair.after ?? pair.before)!.address, pair]),
  );
  const claimed = new Set<string>();
  const known = [...after.resources, ...before.resources];
  const apps = withReaddressed(
    pairsOfApps(before, after).map(([old, wanted]) => ({
      before: old,
      after: wanted,
      comparison: compareApp(old, wanted, pairs, claimed, known),
    })),
  );
  const others = [...pairs].flatMap(([address, pair]) =>
    claimed.has(address) ? unlistedChange(pair) : otherChange(pair).map((change) => withKnowledge(change, pair)),
  );
  const effects = [
    ...apps.flatMap(({ changes }) => effectsOf(changes)),
    ...others.flatMap(({ effect, also = [] }) => [effect, ...also]),
  ];
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
    ...(before && after ? [...attachedDiskChanges(before.disks, after.disks), ...closedChanges(before, after)] : []),
    ...own.sort().flatMap((address) => ofPair(pairs.get(address))),
  ];
  const state = before === undefined ? "created" : after === undefined ? "removed" : "kept";
  // An account that goes with its VM stops nothing.
  const stays = (change: Change): Change =>
    after === undefined && change.effect === "VM stops and starts" ? { ...change, effect: "nothing" } : change;
  const readable = withoutWording(changes).map((change) => withNames(stays(change), known));
  return { name: app.name, kind: app.kind, state, changes: readable, behindProxy: behindProxy(before, after) };
}

function behindProxy(before: App | undefined, after: App | undefined): AppComparison["behindProxy"] {
  return [before, after].every((app) => proxyOf(app?.declaration))
    ? (after?.declaration?.updates ?? "replace")
    : undefined;
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

function withKnowledge(change: OtherChange, { before, after }: ResourcePair): OtherChange {
  return isEffectKnown((after ?? before)!.type) ? change : { ...change, effectUnknown: true };
}

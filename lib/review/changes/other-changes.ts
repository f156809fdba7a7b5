import { differences } from "../read/differences";
import { Effect, worst } from "./effects";
import { instancesMayGo } from "../apps/instances";
import { isLeft, isOtherVm, keepsData, mayKeepData } from "./kept-data";
import { NOT_COMPARED } from "./machine-changes";
import { ResourcePair } from "../read/pairs";
import { isReplaced, replaces, stopsVm } from "./replacement";
import { resourceChanges } from "./resource-changes";
import { Resource } from "../read/stack";

/** A change of what belongs to no app. Its values are not shown: it may be anything. */
export interface OtherChange {
  /** The address of a resource, or the name of another part of the stack. */
  readonly address: string;
  readonly action:
    | "created"
    | "changed"
    | "replaced"
    | "destroyed"
    | "removed"
    | "forgotten"
    | "no longer managed"
    | "imported"
    | "moved"
    | "deferred";
  /** The arguments that differ. */
  readonly attributes: readonly string[];
  /** The gravest. */
  readonly effect: Effect;
  /** What it does besides. */
  readonly also?: readonly Effect[];
  /** It may do more than the effect says: this page does not know the type. */
  readonly effectUnknown?: true;
  /** What a reader should know of it. */
  readonly note?: string;
}

/** What a change of a resource does that belongs to no app. */
export function otherChange(pair: ResourcePair): OtherChange[] {
  const { before, after, planned } = pair;
  const { address } = (after ?? before)!;
  if (before === undefined) {
    return [{ address, action: "created", attributes: [], effect: "nothing" }];
  }
  if (after === undefined) {
    return [goneChange(before, planned?.actions.includes("forget") === true)];
  }
  const attributes = argumentsThatDiffer(before, after);
  const replaced = isReplaced(planned);
  if (attributes.length === 0 && !replaced && !isUpdated(pair)) {
    return [];
  }
  // Whose account or rule it is that changes is not known: only what is lost with the resource itself counts.
  const changes = resourceChanges(pair);
  const lost = changes.filter(({ effect }) => effect === "address changes" || effect === "data could be lost");
  const effects = [...lost.map(({ effect }) => effect), ...(isOtherVm(before) ? vmEffects(pair, attributes) : [])];
  const [note] = lost.flatMap(({ note }) => (note === undefined || note === "replaced" ? [] : [note]));
  return [{ address, action: replaced ? "replaced" : "changed", attributes, ...gravest(effects), ...said(note) }];
}

/** What changes of a resource of an app that the page of the app does not list. */
export function unlistedChange(pair: ResourcePair): OtherChange[] {
  const { before, after } = pair;
  const attributes = before && after ? argumentsThatDiffer(before, after) : [];
  if (attributes.length === 0 && isUpdated(pair) && before!.declaration === undefined) {
    return [{ address: after!.address, action: "changed", attributes: [], effect: "nothing" }];
  }
  const unlisted = attributes.filter((name) => NOT_COMPARED.some((part) => isPart(name, part)) && !isComputed(name));
  const { address } = (after ?? before)!;
  return unlisted.length === 0 ? [] : [{ address, action: "changed", attributes: unlisted, effect: "nothing" }];
}

/** Whether Terraform changes a resource, in what the page shows or not. */
function isUpdated({ before, after, planned }: ResourcePair): boolean {
  return before !== undefined && after !== undefined && planned?.actions.includes("update") === true;
}

function isPart(name: string, argument: string): boolean {
  return name === argument || name.startsWith(`${argument}.`);
}

function isComputed(name: string): boolean {
  return /^(effective|terraform)_labels(\.|$)/.test(name);
}

function argumentsThatDiffer(before: Resource, after: Resource): readonly string[] {
  const names = differences(before.values, after.values).map(({ path }) =>
    path.filter((key) => !/^\d+$/.test(key)).join("."),
  );
  return [...new Set(names)];
}

/** What the end of a resource does. */
export function goneChange(before: Resource, forgotten: boolean): OtherChange {
  const { address } = before;
  if (isLeft(before)) {
    return { address, action: "no longer managed", attributes: [], effect: "nothing" };
  }
  if (forgotten) {
    return { address, action: "forgotten", attributes: [], effect: "nothing" };
  }
  const effects: Effect[] = [
    ...(mayKeepData(before) ? ["data could be lost" as const] : []),
    ...(before.type === "google_compute_address" ? ["address changes" as const] : []),
    ...(isOtherVm(before) ? ["VM removed" as const] : []),
  ];
  const note = keepsData(before) === "maybe" ? UNKNOWN_TYPE : undefined;
  return { address, action: "destroyed", attributes: [], ...gravest(effects), ...said(note) };
}

const UNKNOWN_TYPE = "whether it keeps data is not known";

function said(note: string | undefined): { note?: string } {
  return note === undefined ? {} : { note };
}

/** A VM that is no app's; one that something else creates may be created anew by any change. */
function vmEffects({ before, after, planned }: ResourcePair, attributes: readonly string[]): Effect[] {
  const { type } = before!;
  const isPlain = type === "google_compute_instance";
  const unknown = !isPlain && planned === undefined;
  const replaced = attributes.some((name) => replaces(type, name, planned)) || isReplaced(planned);
  return [
    ...(replaced || unknown ? ["VM replaced" as const] : []),
    ...(isPlain && attributes.some(stopsVm) ? ["VM stops and starts" as const] : []),
    ...(instancesMayGo(before!, after!) ? ["VM removed" as const] : []),
  ];
}

function gravest(effects: readonly Effect[]): { effect: Effect; also?: readonly Effect[] } {
  const effect = worst(effects);
  const also = [...new Set(effects)].filter((other) => other !== effect);
  return also.length === 0 ? { effect } : { effect, also };
}

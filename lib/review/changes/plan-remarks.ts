import { DocumentChanges } from "./document-changes";
import { Exposure } from "../exposures/exposure";
import { blocksAt, isObject, JsonObject, textAt, textsAt } from "../read/json";
import { mayKeepData } from "./kept-data";
import { goneChange, OtherChange } from "./other-changes";
import { Resource } from "../read/stack";

/** What a plan does, or leaves open, beside the changes of resources. */
export function remarksOf(plan: JsonObject): DocumentChanges {
  const deferred = blocksAt(plan, "deferred_changes");
  const unread = blocksAt(plan, "resource_changes").filter(isUnread);
  const partial = plan.complete === false || deferred.length > 0;
  const actions = ["action_invocations", "deferred_action_invocations"].flatMap((key) => blocksAt(plan, key));
  return {
    others: [
      ...blocksAt(plan, "resource_changes").flatMap((item) => [...deposedChange(item), ...stateChange(item)]),
      ...deferred.map(deferredChange),
      ...outputChanges(plan),
      ...(partial && deferred.length === 0 ? [INCOMPLETE] : []),
    ],
    exposures: [
      ...(partial ? [unjudged("the plan does not say all that will change", ...deferred.map(addressOf))] : []),
      ...actions.map((action) => unjudged("a deployment invokes an action", addressOf(action))),
      ...unread.map((item) => unjudged("a deployment runs a program that Terraform reads", addressOf(item))),
    ],
  };
}

const INCOMPLETE: OtherChange = {
  address: "the rest of the stack",
  action: "deferred",
  attributes: [],
  effect: "data could be lost",
  note: "the plan is not complete: what changes later is not judged",
};

function unjudged(text: string, ...values: string[]): Exposure {
  return { severity: 2, text, values };
}

function addressOf(item: JsonObject): string {
  return textAt(item, "address") ?? textAt(item, "resource_change", "address") ?? "?";
}

/** Programs run when the plan was made, but for those that wait for what it changes. */
function isUnread(item: JsonObject): boolean {
  return (
    textAt(item, "mode") === "data" &&
    textAt(item, "type") === "external" &&
    textsAt(item, "change", "actions").includes("read")
  );
}

/** What an earlier deployment has replaced, and could not destroy yet. */
function deposedChange(item: JsonObject): OtherChange[] {
  if (item.deposed === undefined || !textsAt(item, "change", "actions").includes("delete")) {
    return [];
  }
  const change = goneChange(resourceOf(item), false);
  return [{ ...change, address: `${change.address} (deposed ${textAt(item, "deposed")})` }];
}

/** What Terraform takes into its state, or calls by another name. */
function stateChange(item: JsonObject): OtherChange[] {
  const address = addressOf(item);
  const imported = isObject(item.change) && item.change.importing !== undefined && item.change.importing !== null;
  const moved = textAt(item, "previous_address");
  return [
    ...(imported ? [{ address, action: "imported", attributes: [], effect: "nothing" } as const] : []),
    ...(moved === undefined ? [] : [{ address, action: "moved", attributes: [moved], effect: "nothing" } as const]),
  ];
}

function deferredChange(item: JsonObject): OtherChange {
  const change = isObject(item.resource_change) ? item.resource_change : {};
  const isNew = textsAt(change, "change", "actions").every((action) => ["create", "read", "no-op"].includes(action));
  return {
    address: addressOf(item),
    action: "deferred",
    attributes: [],
    effect: !isNew && mayKeepData(resourceOf(change)) ? "data could be lost" : "nothing",
    note: "what changes of it later is not judged",
  };
}

function resourceOf(item: JsonObject): Resource {
  const { before } = isObject(item.change) ? item.change : {};
  return { address: addressOf(item), type: textAt(item, "type") ?? "", values: isObject(before) ? before : {} };
}

function outputChanges({ output_changes: outputs }: JsonObject): OtherChange[] {
  return Object.entries(isObject(outputs) ? outputs : {})
    .filter(([, change]) => textsAt(change, "actions").some((action) => action !== "no-op"))
    .map(([name]) => ({ address: `output.${name}`, action: "changed", attributes: [], effect: "nothing" }));
}

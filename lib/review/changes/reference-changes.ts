import { changedReferences } from "./changed-references";
import { DocumentChanges } from "./document-changes";
import { declarationsOf, documentBlocks } from "../read/document-blocks";
import { Effect } from "./effects";
import { Json, JsonObject, stableText, textsAt } from "../read/json";
import { isOtherVm, mayKeepData } from "./kept-data";
import { pairsOf } from "../read/pairs";
import { Resource, Stack } from "../read/stack";

/** What changes of resources by what they refer to, and cannot be followed: it may do the worst that it could. */
export function referenceChanges(before: Stack, after: Stack): DocumentChanges {
  const [old, wanted] = [documentBlocks(before), documentBlocks(after)];
  const readable = new Set([...declarationsOf(before), ...declarationsOf(after)]);
  const changed = (value: Json) => changedReferences(value, old, wanted, readable);
  const pairs = pairsOf(before, after);
  const different = pairs.filter((pair) => stableText(pair.before?.values) !== stableText(pair.after?.values));
  const triggers = (values: JsonObject) =>
    textsAt(values, "lifecycle", "replace_triggered_by").filter((text) =>
      different.some(({ before: old, after: wanted }) => isOf(text, (wanted ?? old)!.address)),
    );
  const referring = pairs.flatMap(({ before: resource, after: same }) => {
    if (resource === undefined || same === undefined) {
      return [];
    }
    const own = [...changed(same.values), ...triggers(same.values)];
    const declared = changed((same.declaration ?? {}) as Json).filter((name) => !own.includes(name));
    const effects = [
      ...(own.length > 0 ? worstOf(resource) : []),
      ...(declared.length > 0 ? ["app restarts" as const] : []),
    ];
    const references = [...own, ...declared];
    return references.length === 0 ? [] : [{ address: same.address, references, effects }];
  });
  return {
    others: referring.map(({ address, references, effects: [effect = "nothing", ...also] }) => ({
      address,
      action: "changed",
      attributes: references,
      effect,
      ...(also.length > 0 && { also }),
      note: "what it refers to changes, and what that does is not judged",
    })),
    exposures: referring.map(({ address, references }) => ({
      severity: 1,
      text: "refers to what changes, and what that opens is not judged",
      values: [address, ...references],
    })),
  };
}

/** Whether a trigger is a resource, or an attribute of it. */
function isOf(trigger: string, address: string): boolean {
  const name = trigger.replace(/^\$\{(.*)\}$/, "$1");
  return name === address || (name.startsWith(address) && /[.[]/.test(name[address.length]));
}

function worstOf(resource: Resource): Effect[] {
  const isApp = resource.declaration !== undefined;
  return [
    ...(mayKeepData(resource) && !isApp ? ["data could be lost" as const] : []),
    ...(resource.type === "google_compute_address" ? ["address changes" as const] : []),
    ...(isOtherVm(resource) ? ["VM replaced" as const] : []),
    ...(isApp && !isOtherVm(resource) ? ["app restarts" as const] : []),
  ];
}

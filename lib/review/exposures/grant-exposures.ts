import { App } from "../apps/apps";
import { Exposure, Severity } from "./exposure";
import { Grant, grantsOf, isPublic } from "../apps/grants";
import { JsonObject, stableText, textAt } from "../read/json";
import { namedIn } from "../read/references";
import { isWideRole, partsOfRole, roleInWords } from "../apps/roles";
import { Stack } from "../read/stack";

/** What a stack grants, to the accounts of its apps and to others. */
export function grantExposures(apps: readonly App[], stack: Stack): Exposure[] {
  return grantsOf(stack.resources).map((grant) => grantExposure(grant, ownerOf(grant, apps), stack));
}

/** What a stack grants as a part of wider roles: given by a role of its own instead, it is nothing new. */
export function impliedExposures(apps: readonly App[], stack: Stack): Exposure[] {
  return grantsOf(stack.resources).flatMap((grant) =>
    partsOfRole(grant.role).map((role) => grantExposure({ ...grant, role }, ownerOf(grant, apps), stack)),
  );
}

function ownerOf({ address, member }: Grant, apps: readonly App[]): App | undefined {
  return apps.find(({ grants }) => grants.some((own) => own.address === address && own.member === member));
}

function grantExposure(grant: Grant, owner: App | undefined, stack: Stack): Exposure {
  const { member, role, kind, on = "", condition = "" } = grant;
  const who = isPublic(grant) ? "everybody" : owner === undefined ? "somebody" : "the VM's service account";
  const what = namedIn(on, stack.resources);
  return {
    severity: severityOf(grant),
    app: owner?.name,
    text: `${who} may ${roleInWords(role) ?? "act by a role"}, on ${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`,
    values: [owner === undefined ? member : "", role, what, condition].filter((value) => value !== ""),
    key: stableText([owner?.machine.address ?? member, role, identityOf(grant.identity, stack), condition]),
  };
}

/** What a grant is on, whatever the names of the stack's own buckets and repositories. */
function identityOf(identity: JsonObject, stack: Stack): JsonObject {
  const entries = Object.entries(identity).map(([key, item]) => [
    key,
    typeof item === "string" ? targetOf(namedIn(item.replace(/^b\//, ""), stack.resources), stack) : item,
  ]);
  return Object.fromEntries(entries);
}

/** A bucket or a repository of the stack is the same one under another name. */
function targetOf(name: string, { resources }: Stack): string {
  const target = resources.find(
    ({ type, values }) =>
      (type === "google_storage_bucket" && textAt(values, "name") === name) ||
      (type === "google_artifact_registry_repository" && textAt(values, "repository_id") === name),
  );
  return target?.address ?? name;
}

function severityOf(grant: Grant): Severity {
  if (isPublic(grant)) {
    return 3;
  }
  if (!isWideRole(grant.role)) {
    return 1;
  }
  return ["project", "folder", "organization"].includes(grant.kind) ? 3 : 2;
}

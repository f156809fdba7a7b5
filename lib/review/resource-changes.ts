import { Change } from "./change";
import { attributeOf, differences } from "./differences";
import { fateOfDisk, shrinks, weakenedDisk } from "./disks";
import { Effect } from "./effects";
import { at, isTrue, JsonObject, without } from "./json";
import { NOT_COMPARED } from "./machine-changes";
import { ruleInWords } from "./opening-changes";
import { isReplaced, replaces } from "./replacement";
import { retentionOf, weakened } from "./retention";
import { PlannedAction, Resource } from "./stack";

/** One side of a change of a resource, or both. */
export interface ResourcePair {
  readonly before?: Resource;
  readonly after?: Resource;
  readonly planned?: PlannedAction;
}

const NAMES: { readonly [type: string]: string } = {
  google_storage_bucket: "bucket",
  google_compute_address: "static address",
  google_compute_disk: "disk",
  google_compute_disk_resource_policy_attachment: "snapshot schedule's disk",
  google_compute_resource_policy: "snapshot schedule",
  google_compute_firewall: "firewall rule",
  google_service_account: "service account",
  google_artifact_registry_repository: "image repository",
  google_compute_instance: "VM",
};

/** Resources that hold data which goes with them. */
const KEEPS_DATA =
  /^(google_(storage_bucket|compute_disk|compute_region_disk|sql_database(_instance)?|bigquery_(dataset|table)|firestore_database|filestore_instance|redis_instance|spanner_(instance|database)|bigtable_(instance|table)|secret_manager_secret(_version)?|kms_(key_ring|crypto_key)|alloydb_cluster|alloydb_instance)|docker_volume)$/;

/** Nothing restarts for a firewall rule, which does not mean that it does nothing. */
const RULE_NOTE = "who can reach the VM changes at once";

export function nameOf(type: string): string {
  return NAMES[type] ?? type;
}

/** Whether what a resource holds is lost with it. */
export function keepsData({ type, values }: Resource): boolean {
  const driver = values.driver_opts;
  const inMemory = typeof driver === "object" && driver !== null && (driver as JsonObject).type === "tmpfs";
  return KEEPS_DATA.test(type) && !inMemory;
}

/** What changes of a resource that belongs to an app, its machine aside. */
export function resourceChanges({ before, after, planned }: ResourcePair): Change[] {
  const resource = (after ?? before)!;
  const what = nameOf(resource.type);
  const name = resource.address;
  if (before === undefined) {
    return isRule(resource)
      ? [{ what, name, after: ruleInWords(resource), note: `created: ${RULE_NOTE}`, effect: "nothing" }]
      : [{ what, name, note: "created", effect: "nothing" }];
  }
  if (after === undefined) {
    if (planned?.actions.includes("forget")) {
      return [{ what, name, note: "Terraform no longer knows it, and leaves it as it is", effect: "nothing" }];
    }
    const content = isRule(before) ? { before: ruleInWords(before) } : {};
    return [{ what, name, ...content, note: goneNote(before), effect: goneEffect(before) }];
  }
  const changes = differences(plain(before.values), plain(after.values)).map((difference): Change => {
    const attribute = attributeOf(difference);
    const replaced =
      (replaces(after.type, attribute, planned) ||
        (isDisk(after) && shrinks(attribute, before.values.size, after.values.size))) &&
      !isIgnored(after, attribute);
    return {
      what,
      name: attribute,
      before: difference.before,
      after: difference.after,
      effect: replaced ? goneEffect(before) : "nothing",
      note: replaced
        ? replacedNote(before)
        : isRule(after) && attribute !== "description"
          ? `but ${RULE_NOTE}`
          : undefined,
    };
  });
  if (isReplaced(planned) && !changes.some(({ note }) => note === replacedNote(before))) {
    changes.push({ what, name, note: replacedNote(before), effect: goneEffect(before) });
  }
  if (isDisk(after)) {
    const weaker = weakenedDisk(before, after);
    return [...weaker, ...changes.filter(({ name: attribute }) => !weaker.some((change) => change.name === attribute))];
  }
  return after.type === "google_storage_bucket" ? withRetention(before, after, changes) : changes;
}

/** The changes of a bucket, with what weakens its protection in words. */
function withRetention(before: Resource, after: Resource, changes: readonly Change[]): Change[] {
  const lost = weakened(retentionOf(before), retentionOf(after)).map(({ attribute, text }) => {
    const values = changes.find(({ name, effect }) => effect === "nothing" && isPart(name, attribute));
    return { ...values, what: "bucket", name: attribute, note: text, effect: "data could be lost" as const };
  });
  const named = lost.map(({ name }) => name);
  return [
    ...lost,
    ...changes.filter(({ name, effect }) => effect !== "nothing" || !named.some((part) => isPart(name, part))),
  ];
}

function isPart(name: string | undefined, attribute: string): boolean {
  return name === attribute || name?.startsWith(`${attribute}.`) === true;
}

function goneEffect(resource: Resource): Effect {
  if (resource.type === "google_compute_address") {
    return "address changes";
  }
  // The VM is given the new account while it is stopped.
  const account = resource.type === "google_service_account";
  return account ? "VM stops and starts" : keepsData(resource) ? "data could be lost" : "nothing";
}

function goneNote(resource: Resource): string {
  if (isRule(resource)) {
    return `destroyed: ${RULE_NOTE}`;
  }
  return resource.type === "google_storage_bucket"
    ? `destroyed: ${fateOfFiles(resource)}`
    : isDisk(resource)
      ? `destroyed: ${fateOfDisk(resource)}`
      : "destroyed";
}

function isDisk({ type }: Resource): boolean {
  return type === "google_compute_disk";
}

function isRule({ type }: Resource): boolean {
  return type === "google_compute_firewall";
}

function replacedNote(resource: Resource): string {
  if (isDisk(resource)) {
    return isTrue(at(resource.values, "lifecycle", "prevent_destroy"))
      ? "the deployment refuses it: the disk would be replaced by a blank one"
      : `destroyed and created anew, blank: ${fateOfDisk(resource)}`;
  }
  return resource.type === "google_storage_bucket"
    ? `destroyed and created anew: ${fateOfFiles(resource)}`
    : "replaced";
}

function fateOfFiles(bucket: Resource): string {
  return retentionOf(bucket).forceDestroy
    ? "all files in it are deleted"
    : "the deployment fails if it has files, and ends their protection if it is empty";
}

function plain(values: JsonObject): JsonObject {
  return without(values, ...NOT_COMPARED);
}

function isIgnored({ values }: Resource, attribute: string): boolean {
  const ignored = (values.lifecycle as JsonObject | undefined)?.ignore_changes;
  return Array.isArray(ignored) && ignored.includes(attribute);
}

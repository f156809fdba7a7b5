import { Change } from "./change";
import { attributeOf, differences } from "../read/differences";
import { fateOfDisk, shrinks, staysAsCreated, weakenedDisk } from "./disk-changes";
import { Effect } from "./effects";
import { fewerSnapshots } from "./snapshot-changes";
import { instancesMayGo } from "../apps/instances";
import { at, isTrue, JsonObject, own, textAt, without } from "../read/json";
import { keepsData, mayKeepData } from "./kept-data";
import { NOT_COMPARED } from "./machine-changes";
import { ruleInWords } from "./opening-changes";
import { isReference } from "../read/references";
import { isReplaced, knowsReplacement, replaces } from "./replacement";
import { retentionOf, weakened } from "./retention";
import { ResourcePair } from "../read/pairs";
import { PlannedAction, Resource } from "../read/stack";

const NAMES: { readonly [type: string]: string } = {
  google_storage_bucket: "bucket",
  google_compute_address: "static address",
  google_compute_disk: "disk",
  google_compute_disk_resource_policy_attachment: "snapshot schedule's disk",
  google_compute_resource_policy: "snapshot schedule",
  google_compute_firewall: "firewall rule",
  google_dns_record_set: "DNS record",
  google_service_account: "service account",
  google_artifact_registry_repository: "image repository",
  google_compute_instance: "VM",
};

/** A disk of which snapshots are taken. */
const SCHEDULED_DISK = "google_compute_disk_resource_policy_attachment";

/** Nothing restarts for a firewall rule, which does not mean that it does nothing. */
const RULE_NOTE = "who can reach the VM changes at once";

export function nameOf(type: string): string {
  return own(NAMES, type) ?? type;
}

/** What changes of a resource that belongs to an app, its machine aside. */
export function resourceChanges({ before, after, planned }: ResourcePair): Change[] {
  const resource = (after ?? before)!;
  const what = nameOf(resource.type);
  const name = resource.address;
  if (before === undefined) {
    return isRule(resource)
      ? [{ what, name, after: ruleInWords(resource), note: `created: ${RULE_NOTE}`, effect: "nothing" }]
      : [{ what, name, note: isRecord(resource) ? createdRecordNote(resource) : "created", effect: "nothing" }];
  }
  if (after === undefined) {
    if (planned?.actions.includes("forget")) {
      return [{ what, name, note: "Terraform no longer knows it, and leaves it as it is", effect: "nothing" }];
    }
    const content = isRule(before) ? { before: ruleInWords(before) } : {};
    return [{ what, name, ...content, note: goneNote(before), effect: goneEffect(before) }];
  }
  const changes = differences(plain(before.values), plain(after.values)).map((difference): Change => ({
    what,
    of: labelOf(after),
    name: attributeOf(difference),
    before: difference.before,
    after: difference.after,
    ...doneBy(attributeOf(difference), before, after, planned),
  }));
  if (losesGuard(before, after)) {
    const note = "Terraform no longer refuses to destroy it";
    changes.push({ what, of: labelOf(after), name: "lifecycle", note, effect: "data could be lost" });
  }
  const replaced = replacedNote(before, after);
  if (isReplaced(planned) && !changes.some(({ note }) => note === replaced)) {
    changes.push({ what, name, note: replaced, effect: goneEffect(before) });
  }
  if (isDisk(after)) {
    const weaker = weakenedDisk(before, after);
    return [...weaker, ...changes.filter(({ name: attribute }) => !weaker.some((change) => change.name === attribute))];
  }
  return after.type === "google_storage_bucket" ? withRetention(before, after, changes) : changes;
}

/** What the change of an argument does. */
function doneBy(
  attribute: string,
  before: Resource,
  after: Resource,
  planned: PlannedAction | undefined,
): { effect: Effect; note?: string } {
  const shrunk = isDisk(after) && shrinks(attribute, before.values.size, after.values.size);
  if ((shrunk || replaces(after.type, attribute, planned)) && !isIgnored(after, attribute)) {
    return { effect: goneEffect(before), note: replacedNote(before, after, attribute) };
  }
  if (isIgnored(after, attribute)) {
    return { effect: "nothing", note: leftNote(after, attribute) };
  }
  const fewer = fewerSnapshots(attribute, before, after);
  if (fewer !== undefined) {
    return { effect: "data could be lost", note: fewer };
  }
  if (attribute === "provider") {
    return { effect: goneEffect(before), note: "another provider may create it elsewhere" };
  }
  if (INSTANCES.test(attribute) && instancesMayGo(before, after)) {
    return { effect: goneEffect(before), note: "how many there are changes: some may be destroyed" };
  }
  if (mayKeepData(before) && before.type !== "google_storage_bucket" && !WORDS.test(attribute)) {
    if (planned === undefined && !knowsReplacement(before.type)) {
      return { effect: "data could be lost", note: "whether it is replaced is not known without a plan" };
    }
    // Of a disk, `weakenedDisk` tells what is worse.
    if (PROTECTION.test(attribute) && !(isDisk(after) && SNAPSHOT_BEFORE.test(attribute))) {
      return { effect: "data could be lost", note: "what keeps or deletes its data changes" };
    }
  }
  if (leadsSomewhere(before) && /^(rrdatas|routing_policy|type)(\.|$)/.test(attribute)) {
    return { effect: "address changes", note: `who asks for ${domainOf(before)} gets another answer` };
  }
  const note = isRule(after) && attribute !== "description" ? `but ${RULE_NOTE}` : undefined;
  return { effect: "nothing", note };
}

const SNAPSHOT_BEFORE = /^create_snapshot_before_destroy/;
const INSTANCES = /^(count|for_each)(\.|$)/;
const WORDS = /^((effective_|terraform_|user_)?labels|annotations|description|display_name)(\.|$)/;
/** Names of arguments by which resources keep or delete what they hold. */
const PROTECTION = /force|delet|destroy|retention|protect|expir|ttl|backup|lifecycle|cleanup|version/i;

/** A bucket's own guard is judged with all that keeps its files. */
function losesGuard(before: Resource, after: Resource): boolean {
  const guards = ({ values }: Resource) => isTrue(at(values, "lifecycle", "prevent_destroy"));
  return before.type !== "google_storage_bucket" && mayKeepData(before) && guards(before) && !guards(after);
}

/** The changes of a bucket, with what weakens its protection in words. */
function withRetention(before: Resource, after: Resource, changes: readonly Change[]): Change[] {
  const lost = weakened(retentionOf(before), retentionOf(after)).map(({ attribute, text }) => {
    const values = changes.find(({ name, effect }) => effect === "nothing" && isPart(name, attribute));
    return {
      ...values,
      what: "bucket",
      of: labelOf(after),
      name: attribute,
      note: text,
      effect: "data could be lost" as const,
    };
  });
  const named = lost.map(({ name }) => name);
  return [
    ...lost,
    ...changes.filter(({ name, effect }) => effect !== "nothing" || !named.some((part) => isPart(name, part))),
  ];
}

/** The name that a reader knows, or the address. */
function labelOf({ values, address }: Resource): string {
  const name = textAt(values, "name");
  return name === undefined || isReference(name) ? address : name;
}

function isPart(name: string | undefined, attribute: string): boolean {
  return name === attribute || name?.startsWith(`${attribute}.`) === true;
}

function goneEffect(resource: Resource): Effect {
  if (resource.type === SCHEDULED_DISK) {
    return "data could be lost";
  }
  if (resource.type === "google_compute_address" || leadsSomewhere(resource)) {
    return "address changes";
  }
  // The VM is given the new account while it is stopped.
  const account = resource.type === "google_service_account";
  return account ? "VM stops and starts" : mayKeepData(resource) ? "data could be lost" : "nothing";
}

function goneNote(resource: Resource): string {
  if (isRule(resource)) {
    return `destroyed: ${RULE_NOTE}`;
  }
  if (resource.type === "google_storage_bucket") {
    return `destroyed: ${fateOfFiles(resource)}`;
  }
  if (isDisk(resource)) {
    return `destroyed: ${fateOfDisk(resource)}`;
  }
  if (resource.type === SCHEDULED_DISK) {
    return "destroyed: no more snapshots of the disk are taken by it";
  }
  if (isRecord(resource)) {
    return `destroyed: who asks for ${domainOf(resource)} no longer gets this answer`;
  }
  return keepsData(resource) === "maybe" ? "destroyed: whether it keeps data is not known" : "destroyed";
}

function isDisk({ type }: Resource): boolean {
  return type === "google_compute_disk";
}

function isRecord({ type }: Resource): boolean {
  return type === "google_dns_record_set";
}

/** A record of another type has no address. */
function leadsSomewhere(resource: Resource): boolean {
  return isRecord(resource) && ["A", "AAAA", "CNAME"].includes(textAt(resource.values, "type") ?? "A");
}

function createdRecordNote(record: Resource): string {
  return `created: ${domainOf(record)} leads to the VM`;
}

/** Without the dot that ends it. */
function domainOf({ values, address }: Resource): string {
  const name = textAt(values, "name");
  return name === undefined || isReference(name) ? address : name.replace(/\.$/, "");
}

function isRule({ type }: Resource): boolean {
  return type === "google_compute_firewall";
}

function replacedNote(resource: Resource, after: Resource, attribute?: string): string {
  if (isDisk(resource)) {
    return isTrue(at(resource.values, "lifecycle", "prevent_destroy")) || staysAsCreated(after, attribute)
      ? "the deployment refuses it: the disk would be replaced by a blank one"
      : `destroyed and created anew, blank: ${fateOfDisk(resource)}`;
  }
  if (isRecord(resource)) {
    return `replaced: who asks for ${domainOf(resource)} gets this answer no longer, or not for a while`;
  }
  return resource.type === "google_storage_bucket"
    ? `destroyed and created anew: ${fateOfFiles(resource)}`
    : "replaced";
}

/** What is not changed, though the stack says so. */
function leftNote({ type }: Resource, attribute: string): string {
  return type === "google_storage_bucket" && attribute === "location"
    ? "the bucket and its files stay where they are (ignore_changes); a VM in another region reaches them from afar, which is slower, and the traffic is charged"
    : "it stays as it is (ignore_changes)";
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

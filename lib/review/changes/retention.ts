import { differences } from "../read/differences";
import { at, blocksAt, isTrue, JsonObject, stableText, textAt, textsAt, without } from "../read/json";
import { Resource } from "../read/stack";

const DAY_SECONDS = 24 * 60 * 60;
/** What Cloud Storage keeps by itself: https://cloud.google.com/storage/docs/soft-delete */
const DEFAULT_SOFT_DELETE_SECONDS = 7 * DAY_SECONDS;

/** What keeps the files of a bucket, and what deletes them. */
export interface Retention {
  /** Whether Terraform deletes the files with the bucket. */
  readonly forceDestroy: boolean;
  /** Whether Terraform refuses to destroy the bucket. */
  readonly preventDestroy: boolean;
  /** Whether overwritten and deleted files are kept as noncurrent versions. */
  readonly versioning: boolean;
  /** For how long deleted objects can be restored; undefined if only Terraform knows. */
  readonly softDeleteSeconds?: number;
  /** For how long no object can be deleted at all; undefined if there is no such policy. */
  readonly lockedSeconds?: number;
  /** The rules that delete objects. */
  readonly deleteRules: readonly JsonObject[];
  /** Whether new objects cannot be deleted until somebody releases them. */
  readonly hold: boolean;
  /** Blocks that Terraform writes by a loop. */
  readonly dynamic: readonly JsonObject[];
}

export function retentionOf({ values }: Resource): Retention {
  const seconds = textAt(values, "soft_delete_policy", "retention_duration_seconds");
  const locked = textAt(values, "retention_policy", "retention_period");
  return {
    // An unresolved token may be true.
    forceDestroy: isTrue(at(values, "force_destroy")) || textAt(values, "force_destroy")?.includes("${") === true,
    preventDestroy: isTrue(at(values, "lifecycle", "prevent_destroy")),
    versioning: isTrue(at(values, "versioning", "enabled")),
    softDeleteSeconds:
      seconds === undefined && textAt(values, "soft_delete_policy") === undefined
        ? DEFAULT_SOFT_DELETE_SECONDS
        : numberOf(seconds ?? ""),
    lockedSeconds: locked === undefined ? undefined : numberOf(locked),
    deleteRules: rulesOf(values).filter((rule) => !KEEPING.test(textAt(rule, "action", "type") ?? "")),
    hold: isTrue(at(values, "default_event_based_hold")),
    dynamic: blocksAt(values, "dynamic").map((blocks) => without(blocks, "lifecycle_rule", "cors", "labels")),
  };
}

/** Actions that delete no object. What only Terraform knows may delete. */
const KEEPING = /^(SetStorageClass|AbortIncompleteMultipartUpload)$/;

/** The rules, those of dynamic blocks and what is no block, such as an unresolved token, among them. */
function rulesOf(values: JsonObject): readonly JsonObject[] {
  const dynamic = blocksAt(values, "dynamic").flatMap((blocks) => blocksAt(blocks, "lifecycle_rule"));
  return [
    ...blocksAt(values, "lifecycle_rule"),
    ...textsAt(values, "lifecycle_rule").map((text) => ({ condition: { "known to Terraform alone": text } })),
    ...dynamic.map((block) => {
      const [content = {}] = blocksAt(block, "content");
      return { ...content, condition: { ...conditionOf(content), "for each of": block.for_each ?? "" } };
    }),
  ];
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** A rule that deletes noncurrent versions only: its days, or undefined for any other rule. */
export function noncurrentDays(rule: JsonObject): number | undefined {
  const set = Object.entries(conditionOf(rule)).filter(([name]) => name !== "with_state");
  const archived = textAt(rule, "condition", "with_state") === "ARCHIVED";
  const [[name, days] = []] = set;
  return set.length === 1 && name === "days_since_noncurrent_time" && archived ? Number(days) : undefined;
}

/** A rule's condition without what is not set, which a plan lists as well. */
export function conditionOf(rule: JsonObject): JsonObject {
  const condition = blocksAt(rule, "condition")[0] ?? {};
  const isSet = (name: string, text: string) =>
    !["null", "0", '""', "[]", "false"].includes(text) && !name.startsWith("send_");
  return Object.fromEntries(Object.entries(condition).filter(([name, value]) => isSet(name, stableText(value))));
}

export function inDays(seconds: number): string {
  const days = seconds / DAY_SECONDS;
  return days === 1 ? "1 day" : Number.isInteger(days) ? `${days} days` : `${seconds} seconds`;
}

/** A way in which files are kept for a shorter time than before. */
export interface Weakening {
  /** The argument of the bucket that says so. */
  readonly attribute: string;
  readonly text: string;
}

/** In which ways files are kept for a shorter time than before, the gravest first. */
export function weakened(before: Retention, after: Retention): readonly Weakening[] {
  const of = (attribute: string, texts: readonly string[]) => texts.map((text) => ({ attribute, text }));
  return [
    ...of("force_destroy", forced(before, after)),
    ...of(
      "lifecycle",
      before.preventDestroy && !after.preventDestroy ? ["Terraform no longer refuses to destroy the bucket"] : [],
    ),
    ...of(
      "versioning",
      before.versioning && !after.versioning
        ? ["overwritten and deleted files are no longer kept as noncurrent versions"]
        : [],
    ),
    ...of(
      "soft_delete_policy",
      shorter("deleted objects can be restored for", before.softDeleteSeconds, after.softDeleteSeconds),
    ),
    ...of("retention_policy", unlocked(before, after)),
    ...of("lifecycle_rule", newDeletions(before, after)),
    ...of(
      "default_event_based_hold",
      before.hold && !after.hold ? ["new objects are no longer held: they can be deleted at once"] : [],
    ),
    ...of(
      "dynamic",
      differences(before.dynamic, after.dynamic).length > 0
        ? ["what blocks that Terraform writes keep is not judged"]
        : [],
    ),
  ];
}

function forced(before: Retention, after: Retention): string[] {
  return after.forceDestroy && !before.forceDestroy
    ? ["destroying the bucket now deletes all files in it (force_destroy, deleteDataOnDestroy)"]
    : [];
}

function unlocked(before: Retention, after: Retention): string[] {
  return before.lockedSeconds !== undefined && after.lockedSeconds === undefined
    ? ["objects can be deleted at once: the retention policy is gone, or is known only to Terraform"]
    : shorter("no object can be deleted for", before.lockedSeconds, after.lockedSeconds);
}

function shorter(what: string, before: number | undefined, after: number | undefined): string[] {
  if (before === undefined || (after !== undefined && after >= before)) {
    return [];
  }
  return [`${what} ${after === undefined ? "an unknown time" : inDays(after)} instead of ${inDays(before)}`];
}

function newDeletions(before: Retention, after: Retention): string[] {
  const known = new Set(before.deleteRules.map((rule) => stableText(conditionOf(rule))));
  const longest = Math.min(...before.deleteRules.flatMap((rule) => noncurrentDays(rule) ?? []));
  return after.deleteRules
    .filter((rule) => !known.has(stableText(conditionOf(rule))))
    .flatMap((rule) => {
      const days = noncurrentDays(rule);
      if (days === undefined) {
        return [`a new rule deletes objects: ${stableText(conditionOf(rule))}`];
      }
      // Rules that delete noncurrent versions concern nobody who had none.
      return before.versioning && !(days >= longest)
        ? [`noncurrent versions are kept for ${days} days${Number.isFinite(longest) ? ` instead of ${longest}` : ""}`]
        : [];
    });
}

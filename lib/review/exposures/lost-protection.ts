import { App } from "../apps/apps";
import { Exposure } from "./exposure";
import { projectMetadataOf, SETTINGS_OF_LOGIN } from "../apps/instance-metadata";
import { at, blocksAt, isTrue, stableText, textAt, textsAt, without } from "../read/json";
import { ResourcePair } from "../read/pairs";
import { Resource } from "../read/stack";

/** Arguments of a rule that change nothing of what it does. */
const WORDS = ["name", "description", "log_config", "enable_logging", "depends_on", "lifecycle", "timeouts"];

const METADATA_OF_PROJECT = /^google_compute_project_metadata(_item)?$/;

/**
 * What no longer keeps somebody out, or does so in another way. An app's own rule that denies everything else is judged
 * with all that it keeps out.
 *
 * @param apps those before the change
 */
export function lostProtection({ before, after }: ResourcePair, apps: readonly App[]): Exposure[] {
  if (before === undefined || (after !== undefined && isSame(before, after))) {
    return [];
  }
  const isOwnDenial = apps.some(({ deny }) => deny?.address === before.address) && isTargeted(before);
  if (denies(before) && !isOwnDenial) {
    const text = "a rule that denies traffic is changed or gone: what it kept out is not judged";
    return [{ severity: 2, text, values: [before.address] }];
  }
  const gone = METADATA_OF_PROJECT.test(before.type) ? goneSettings(before, after) : [];
  const text = "metadata of the project that says who can log in to its VMs is gone";
  return gone.length === 0 ? [] : [{ severity: 2, text, values: [...gone, before.address] }];
}

function goneSettings(before: Resource, after: Resource | undefined): readonly string[] {
  const [old, wanted] = [before, after].map((side) => (side === undefined ? [] : projectMetadataOf(side)));
  const left = wanted.map(([key]) => key);
  return old.map(([key]) => key).filter((key) => SETTINGS_OF_LOGIN.test(key) && !left.includes(key));
}

function isSame(before: Resource, after: Resource): boolean {
  const [old, wanted] = [before, after].map(({ values }) => stableText(without(values, ...WORDS)));
  return old === wanted;
}

function denies({ type, values }: Resource): boolean {
  if (isTrue(at(values, "disabled"))) {
    return false;
  }
  if (type === "google_compute_firewall") {
    const dynamic = blocksAt(values, "dynamic").flatMap((block) => blocksAt(block, "deny"));
    return blocksAt(values, "deny").length + dynamic.length + textsAt(values, "deny").length > 0;
  }
  // Of an action that only Terraform knows nobody can say that it denies nothing.
  return (
    /^google_compute_((region_)?network_)?firewall_policy_rule$/.test(type) &&
    !["allow", "goto_next"].includes(textAt(values, "action") ?? "")
  );
}

function isTargeted({ values }: Resource): boolean {
  return [...textsAt(values, "target_service_accounts"), ...textsAt(values, "target_tags")].length > 0;
}

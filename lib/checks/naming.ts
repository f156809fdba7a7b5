import { Token } from "cdktf";
import { invalidInput, requireMatch } from "./invalid-input";

/** Limits for one resource: https://cloud.google.com/compute/docs/labeling-resources#requirements */
const MOST_LABELS = 64;
const MOST_LABEL_BYTES = 128;

/** The limit for one VM: https://cloud.google.com/vpc/docs/add-remove-network-tags#restrictions */
const MOST_TAGS = 64;

/** The end of a service account's id, which must have at least 6 characters where an app's name may have 3. */
const SERVICE_ACCOUNT_SUFFIX = "-vm";

const APP_NAME =
  '3 to 27 lower-case letters, digits and "-", beginning with a letter and not ending with "-": it is part of the service account\'s id';

/**
 * Checks an app's name, which is part of the names of everything that is created for it.
 *
 * @param id the construct's id, which is the name where none is given
 * @param given the name that was given
 * @returns the name
 * @see https://cloud.google.com/iam/docs/service-accounts-create#creating
 */
export function checkAppName(id: string, given?: string): string {
  const name = given ?? id;
  const advice = given === undefined ? "it is the construct's id, since no name is given: set name to" : "use";
  requireMatch("name", name, /^[a-z]([a-z0-9-]{1,25})[a-z0-9]$/, `${advice} ${APP_NAME}`);
  return name;
}

/**
 * Checks a project's id, also a domain-scoped one.
 *
 * @see https://cloud.google.com/resource-manager/docs/creating-managing-projects#before_you_begin
 */
export function checkProject(project: string, what = "project"): void {
  requireMatch(
    what,
    project,
    /^([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    "use the project's id (not its number or display name): 6 to 30 lower-case letters, digits and hyphens (gcloud projects list)",
  );
}

/**
 * Checks labels.
 *
 * @see https://cloud.google.com/compute/docs/labeling-resources#requirements
 */
export function checkLabels(labels: { [key: string]: string }): void {
  const count = Object.keys(labels).length;
  if (count > MOST_LABELS) {
    throw invalidInput("number of labels", count, `use at most ${MOST_LABELS}, the label "app" among them`);
  }
  for (const [key, value] of Object.entries(labels)) {
    requireMatch(
      "label",
      key,
      /^(?!goog)[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u,
      'use at most 63 lower-case letters, digits, "_" and "-", beginning with a letter and not with "goog"',
    );
    requireMatch(
      `value of label "${key}"`,
      value,
      /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u,
      'use at most 63 lower-case letters, digits, "_" and "-"',
    );
    for (const [what, text] of [
      ["label", key],
      [`value of label "${key}"`, value],
    ]) {
      if (!Token.isUnresolved(text) && Buffer.byteLength(text) > MOST_LABEL_BYTES) {
        throw invalidInput(what, text, `use at most ${MOST_LABEL_BYTES} bytes of UTF-8`);
      }
    }
  }
}

/**
 * Checks network tags.
 *
 * @see https://cloud.google.com/vpc/docs/add-remove-network-tags#restrictions
 */
export function checkNetworkTags(what: string, tags: readonly string[]): void {
  tags.forEach((tag, index) => {
    requireMatch(
      `${what}[${index}]`,
      tag,
      /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
      'use at most 63 lower-case letters, digits and "-", beginning with a letter and not ending with "-"',
    );
    if (tags.indexOf(tag) < index) {
      throw invalidInput(`${what}[${index}]`, tag, "the VM has it already: give each tag once");
    }
  });
  if (tags.length > MOST_TAGS) {
    throw invalidInput(`number of ${what}`, tags.length, `use at most ${MOST_TAGS}`);
  }
}

/**
 * Checks a network or subnetwork.
 *
 * @see https://cloud.google.com/compute/docs/naming-resources
 */
export function checkNetworkName(what: string, name: string): void {
  requireMatch(
    what,
    name,
    /^([\w.:/-]+\/)?[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'use a name of at most 63 lower-case letters, digits and "-" such as "default", or a self link that ends with one',
  );
}

/** The id of an app's service account. */
export function serviceAccountId(name: string): string {
  return `${name}${SERVICE_ACCOUNT_SUFFIX}`;
}

/** @see https://cloud.google.com/storage/docs/buckets#naming */
export function checkBucketName(what: string, name: string): void {
  requireMatch(
    what,
    name,
    /^(?=.{3,222}$)(?!goog)(?!.*g(oo|00)gle)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*$/,
    'use 3 to 63 lower-case letters, digits, "-" and "_", beginning and ending with a letter or digit, without the word "google"',
  );
}

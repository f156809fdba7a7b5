import { own } from "../read/json";

const ROLES: { readonly [role: string]: string } = {
  "roles/storage.objectUser": "read, write and delete the objects",
  "roles/storage.objectViewer": "read the objects",
  "roles/storage.objectCreator": "add objects",
  "roles/storage.objectAdmin": "read, write and delete the objects, and change who may",
  "roles/storage.admin": "do everything with the bucket, deleting it included",
  "roles/storage.legacyBucketReader": "list the objects",
  "roles/storage.legacyBucketWriter": "list, add and delete objects",
  "roles/storage.legacyBucketOwner": "list, add and delete objects, and change who may",
  "roles/storage.legacyObjectReader": "read the objects",
  "roles/logging.logWriter": "write logs",
  "roles/logging.viewer": "read logs",
  "roles/monitoring.metricWriter": "write metrics",
  "roles/artifactregistry.reader": "pull images",
  "roles/artifactregistry.writer": "pull and push images",
  "roles/secretmanager.secretAccessor": "read secrets",
  "roles/iam.serviceAccountUser": "act as service accounts",
  "roles/iam.serviceAccountTokenCreator": "act as service accounts, by tokens of theirs",
  "roles/compute.osLogin": "log in to VMs",
  "roles/compute.osAdminLogin": "log in to VMs as root",
  "roles/compute.instanceAdmin.v1": "create, change and delete VMs",
  "roles/iap.tunnelResourceAccessor": "reach VMs through Identity-Aware Proxy",
  "roles/viewer": "read nearly everything",
  "roles/editor": "change nearly everything",
  "roles/owner": "do everything, granting rights included",
};

/** What a role lets one do, in plain words; undefined for one that is not known here. */
export function roleInWords(role: string): string | undefined {
  return own(ROLES, role);
}

/** Other roles that give a part of what a role does. */
const PARTS: { readonly [role: string]: readonly string[] } = {
  "roles/storage.objectUser": ["roles/storage.objectViewer", "roles/storage.objectCreator"],
  "roles/artifactregistry.writer": ["roles/artifactregistry.reader"],
};

export function partsOfRole(role: string): readonly string[] {
  return own(PARTS, role) ?? [];
}

/** Whether a role lets one change who may do what, or nearly everything. */
export function isWideRole(role: string): boolean {
  return /^roles\/(owner|editor)$|admin|owner|serviceAccount(User|TokenCreator|KeyAdmin)/i.test(role);
}

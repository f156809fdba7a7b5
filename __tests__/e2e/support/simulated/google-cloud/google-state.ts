import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";

/** A resource in the form in which its API answers it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Resource = Record<string, any>;

export interface MetadataItem {
  key: string;
  value: string;
}

/** A VM as the Compute API answers it, as far as tests look at it. */
export interface Instance extends Resource {
  id: string;
  name: string;
  /** URL, ends with /zones/ZONE. */
  zone: string;
  selfLink: string;
  status: "PROVISIONING" | "STAGING" | "RUNNING" | "STOPPING" | "TERMINATED";
  metadata: { fingerprint: string; items: MetadataItem[] };
}

export interface Binding {
  role: string;
  members: string[];
  condition?: object;
}

export interface Policy {
  etag: string;
  version?: number;
  bindings: Binding[];
}

export interface Project {
  projectId: string;
  number: string;
  networks: string[];
  /** API → when it was enabled, in ms; 0 when it always was. */
  apis: Record<string, number>;
}

/** All that the simulated cloud remembers; plain JSON. Keys are the resources' full names. */
export interface State {
  projects: Record<string, Project>;
  serviceAccounts: Record<string, Resource>;
  policies: Record<string, Policy>;
  /** "resource member role" → when it was granted, in ms. */
  grants: Record<string, number>;
  buckets: Record<string, Resource>;
  repositories: Record<string, Resource>;
  addresses: Record<string, Resource>;
  firewalls: Record<string, Resource>;
  instances: Record<string, Instance>;
  disks: Record<string, Resource>;
  snapshots: Record<string, Resource>;
  resourcePolicies: Record<string, Resource>;
  images: Record<string, Resource>;
  /** Instance → "namespace/key" → value. */
  guestAttributes: Record<string, Record<string, string>>;
  lastId: number;
}

export function emptyState(): State {
  return {
    projects: {},
    serviceAccounts: {},
    policies: {},
    grants: {},
    buckets: {},
    repositories: {},
    addresses: {},
    firewalls: {},
    instances: {},
    disks: {},
    snapshots: {},
    resourcePolicies: {},
    images: {},
    guestAttributes: {},
    lastId: 0,
  };
}

export function loadState(file: string | undefined): State | undefined {
  return file && existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as State) : undefined;
}

export function saveState(file: string | undefined, state: State): void {
  if (!file) return;
  writeFileSync(`${file}.new`, JSON.stringify(state, null, 2));
  renameSync(`${file}.new`, file);
}

/** The metadata as the VM reads it. */
export function metadataOf(instance: Instance): Record<string, string> {
  return Object.fromEntries(instance.metadata.items.map(({ key, value }) => [key, value]));
}

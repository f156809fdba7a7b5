import { Instance, Resource } from "./google-state";
import { Objects } from "./bucket-objects";
import { Call } from "./api-call";

export interface ProjectOptions {
  readonly projectId: string;
  /** Default: derived from the id. */
  readonly number?: string;
  /** Projects have a network "default" unless an organisation forbids it. Default: true. */
  readonly defaultNetwork?: boolean;
}

/** What a test does when something happens in the cloud. Those that return a promise hold up the operation. */
export interface Hooks {
  /** A new VM runs. */
  onInstanceInserted?(instance: Instance): void | Promise<void>;
  /** A stopped VM runs again. */
  onInstanceStarted?(instance: Instance): void | Promise<void>;
  onInstanceStopped?(instance: Instance): void | Promise<void>;
  onInstanceDeleted?(instance: Instance): void | Promise<void>;
  onMetadataChanged?(instance: Instance): void | Promise<void>;
  onDiskAttached?(instance: Instance, attached: Resource): void | Promise<void>;
  onDiskDetached?(instance: Instance, attached: Resource): void | Promise<void>;
  onDiskResized?(disk: Resource): void | Promise<void>;
  onSnapshotTaken?(snapshot: Resource, disk: Resource): void | Promise<void>;
  /** Every request, before it is answered: the place to interrupt a deploy. */
  onCall?(call: Call): void | Promise<void>;
}

export interface GoogleOptions {
  readonly projects: readonly ProjectOptions[];
  /** The APIs that are on in every project. Default: what a new project has. */
  readonly enabledApis?: readonly string[];
  /** How long an API answers 403 after it was enabled. */
  readonly apiPropagationMs?: number;
  /** How long a new grant has no effect. */
  readonly grantPropagationMs?: number;
  /** How long policies do not know a new service account. */
  readonly accountPropagationMs?: number;
  /** How long an operation takes. */
  readonly operationMs?: number;
  /** Where the buckets' objects live. Default: in memory. */
  readonly objects?: Objects;
  readonly hooks?: Hooks;
  /** The external addresses to hand out. Default: 203.0.113.1 and on, which nobody has. */
  readonly nextAddress?: (name: string) => string;
  /** Keeps the state in this file, so that a later start goes on with it. */
  readonly stateFile?: string;
  /** Seed of the faults that happen by chance. */
  readonly seed?: number;
  readonly port?: number;
}

/** On in a project that the console created; compute, iam, cloudresourcemanager and artifactregistry are not. */
export const newProjectApis = ["serviceusage", "servicemanagement", "storage", "logging", "monitoring"].map(
  (name) => `${name}.googleapis.com`,
);

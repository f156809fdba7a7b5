/** An environment variable of the app's container. */
export interface EnvironmentVariable {
  readonly name: string;
  /** The value's bytes as base64, so that no language on the way can change them. */
  readonly base64: string;
}

/** A port of the container, published on the machine. */
export interface PublishedPort {
  readonly containerPort: number;
  readonly hostPort: number;
  /** The machine's address that it is published on; all of them where none is given. */
  readonly hostAddress?: string;
  readonly protocol: "tcp" | "udp";
}

/** When the app's container is started again after it has ended. */
export type RestartPolicyName = "always" | "on-failure" | "no";

/** The app: an image, and how `docker run` is told to run it. */
export interface AppSpec {
  readonly image: string;
  readonly ports: readonly PublishedPort[];
  readonly environment: readonly EnvironmentVariable[];
  /** Each element's bytes as base64. */
  readonly entrypoint?: readonly string[];
  /** Each element's bytes as base64. */
  readonly args?: readonly string[];
  /** Overrides the user of the image. */
  readonly user?: string;
  readonly restartPolicy: RestartPolicyName;
  /** Seconds between the signal to stop and the kill. */
  readonly stopTimeout: number;
  readonly metadataServerAccess: boolean;
}

/** The content of a gcsfuse config file. */
export type GcsfuseConfig = { readonly [key: string]: unknown };

/** A bucket, or a folder of it, where the app writes. */
export interface MountSpec {
  readonly path: string;
  readonly bucket: string;
  readonly readOnly: boolean;
  /** The files' owner. Not given: the user that the app's image runs as, found on the machine. */
  readonly uid?: number;
  readonly gid?: number;
  readonly config: GcsfuseConfig;
}

/** The container that runs gcsfuse, one for each mount. */
export interface GcsfuseSpec {
  readonly image: string;
  readonly privileged: boolean;
}

/** Where a machine that runs the app has its files and containers. */
export interface MachineLayout {
  /** Where docker finds the files of the configuration. */
  readonly configFolder: string;
  /** In memory, and shared with docker. */
  readonly runFolder: string;
  /** Before each container's name. */
  readonly containerPrefix: string;
  /** The value of each container's label: containers that have another one, or none, are left alone. */
  readonly containerLabel: string;
  /** Docker's network of the gcsfuse containers. */
  readonly sidecarNetwork: string;
}

/** All that a machine must know to run the app: plain values, no tokens of any framework. */
export interface BootSpec {
  readonly app: AppSpec;
  readonly mounts: readonly MountSpec[];
  readonly gcsfuse: GcsfuseSpec;
  /** Artifact Registry hosts that want the machine's identity. */
  readonly registries: readonly string[];
  readonly layout: MachineLayout;
}

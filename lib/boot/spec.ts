/** An environment variable of the app's container. */
export interface EnvironmentVariable {
  readonly name: string;
  /** The value's bytes as base64, so that neither YAML nor bash can change them. */
  readonly base64: string;
}

/** A port of the container, published on the host. */
export interface PublishedPort {
  readonly containerPort: number;
  readonly hostPort: number;
  /** The address of the host that it is published on. Default: all of them. */
  readonly hostAddress?: string;
  readonly protocol: "tcp" | "udp";
}

/** When the app's container is started again after it has ended. */
export type RestartPolicyName = "always" | "on-failure" | "no";

/** The app: its image, and the settings that `docker create` gets for it. */
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
  /** The files' owner. Default: the user that the app's image runs as, looked up in the image on the host. */
  readonly uid?: number;
  readonly gid?: number;
  readonly config: GcsfuseConfig;
}

/** The container that runs gcsfuse, one for each mount. */
export interface GcsfuseSpec {
  readonly image: string;
  readonly privileged: boolean;
}

/** Where a host has the files and containers of an app. */
export interface MachineLayout {
  /** The config folder, as a path that Docker can mount. */
  readonly configFolder: string;
  /** A folder in memory that Docker can mount. */
  readonly runFolder: string;
  /** The prefix of each container's name. */
  readonly containerPrefix: string;
  /** The value of each container's label. Containers with another one, or none, are never touched. */
  readonly containerLabel: string;
  /** The Docker network of the sidecars. */
  readonly sidecarNetwork: string;
}

/** All that a host must know to run the app: plain values, without tokens. */
export interface BootSpec {
  readonly app: AppSpec;
  readonly mounts: readonly MountSpec[];
  readonly gcsfuse: GcsfuseSpec;
  /** The Artifact Registry hosts that the VM logs in to with its service account. */
  readonly registries: readonly string[];
  readonly layout: MachineLayout;
}

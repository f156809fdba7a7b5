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

/** The content of a gcsfuse config file. */
export type GcsfuseConfig = { readonly [key: string]: unknown };

/** A bucket, or a folder of it, where the app writes. */
export interface MountDeclaration {
  readonly path: string;
  readonly bucket: string;
  readonly readOnly: boolean;
  /** Whether an empty folder of the bucket stays empty. Default: what the image has at the path is copied into it. */
  readonly noCopy?: boolean;
  /** The files' owner. Default: the user that the app runs as, or the owner of the image's folder if that is root. */
  readonly uid?: number;
  readonly gid?: number;
  readonly gcsfuseConfig: GcsfuseConfig;
}

/** A persistent disk, where the app has a folder that needs a real file system. */
export interface DiskDeclaration {
  /** The device's name in the VM: /dev/disk/by-id/google-NAME. */
  readonly name: string;
  readonly path: string;
  /** The disk's name in Compute Engine, which its file system is marked with. Default: a mark is neither asked nor set. */
  readonly disk?: string;
  /** Whether an ext4 file system with another mark is taken, and marked anew. Default: it is refused. */
  readonly anyFileSystem?: boolean;
}

/** A version of a secret: where its value is, and never the value. */
export interface SecretVersion {
  /** `projects/PROJECT/secrets/SECRET` */
  readonly secret: string;
  /** Its number, or `latest`. */
  readonly version: string;
}

/**
 * What a machine runs: the contract between the constructs, the machine's scripts and the verdict. Its JSON Schema is
 * declaration.schema.json.
 */
export interface Declaration {
  /** Of the schema. */
  readonly schemaVersion: 1;
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly args?: readonly string[];
  readonly environment: { readonly [name: string]: string };
  /** Environment variables whose values the machine reads. */
  readonly secrets?: { readonly [name: string]: SecretVersion };
  /** Files whose contents the machine reads, by their paths in the container. */
  readonly secretFiles?: { readonly [path: string]: SecretVersion };
  /** Overrides the user of the image. */
  readonly user?: string;
  readonly restartPolicy: RestartPolicyName;
  /** Seconds between the signal to stop and the kill. */
  readonly stopTimeoutSeconds: number;
  /** Seconds for which a changed declaration may take to come to life. */
  readonly startTimeoutSeconds: number;
  readonly ports: readonly PublishedPort[];
  readonly mounts: readonly MountDeclaration[];
  /** Default: none. */
  readonly disks?: readonly DiskDeclaration[];
  /** The container that runs gcsfuse, one for each mount. */
  readonly gcsfuse: { readonly image: string; readonly privileged: boolean };
  readonly metadataServerAccess: boolean;
  /** The Artifact Registry hosts that the machine logs in to with its service account. */
  readonly registries: readonly string[];
}

import { isDeepStrictEqual } from "util";

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

/** A bucket, or a folder of it, where a container writes. */
export interface MountDeclaration {
  readonly path: string;
  readonly bucket: string;
  readonly readOnly: boolean;
  /** Whether an empty folder of the bucket stays empty. Default: what the image has at the path is copied into it. */
  readonly noCopy?: boolean;
  /** The files' owner. Default: the user that the container runs as, or the owner of the image's folder if that is root. */
  readonly uid?: number;
  readonly gid?: number;
  readonly gcsfuseConfig: GcsfuseConfig;
}

/** A persistent disk, where a container has a folder that needs a real file system. */
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

/** What a container runs, and how: the app's, or a sidecar's. */
export interface ContainerDeclaration {
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
  readonly ports: readonly PublishedPort[];
  readonly mounts: readonly MountDeclaration[];
  /** Default: none. */
  readonly disks?: readonly DiskDeclaration[];
  /** Docker's --memory. */
  readonly memoryMib?: number;
}

/** What a container must answer for it to be live. */
export interface HttpCheckDeclaration {
  readonly containerPort: number;
  /** The Host that is asked for. */
  readonly host: string;
  readonly path: string;
  readonly intervalSeconds: number;
  /** Default: any will do. */
  readonly expectedStatus?: number;
}

/** Docker's health check. */
export interface HealthCheckDeclaration {
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retries: number;
  readonly startPeriodSeconds: number;
}

/** A container beside the app's. */
export interface SidecarDeclaration extends ContainerDeclaration {
  /** Its host name for the app and the other sidecars. */
  readonly name: string;
  /** The app waits until it has passed. */
  readonly healthCheck?: HealthCheckDeclaration;
  /** The host names for which it gets certificates by itself: what its log says of those that it has not is told with its state. */
  readonly certificatesFor?: readonly string[];
}

/**
 * What a machine runs: the contract between the constructs, the machine's scripts and the verdict. Its JSON Schema is
 * declaration.schema.json.
 */
export interface Declaration extends ContainerDeclaration {
  /** Of the schema. */
  readonly schemaVersion: 1;
  /** Seconds for which a changed declaration may take to come to life. */
  readonly startTimeoutSeconds: number;
  /** Of the app's port behind the proxy, which is not published. */
  readonly httpCheck?: HttpCheckDeclaration;
  /** Whether the app's next version starts beside the one that runs. Default: it replaces it. */
  readonly updates?: "replace" | "overlap";
  /** The containers beside the app's. Left out where there are none: the app has a network of its own with its sidecars. */
  readonly sidecars?: readonly SidecarDeclaration[];
  /** The container that runs gcsfuse, one for each mount. */
  readonly gcsfuse: { readonly image: string; readonly privileged: boolean };
  readonly metadataServerAccess: boolean;
  /** The Artifact Registry hosts that the machine logs in to with its service account. */
  readonly registries: readonly string[];
}

/** The containers of a declaration, the app's first, and what a message calls each. */
export function containersOf(
  declaration: Declaration,
): readonly { readonly prefix: string; readonly container: ContainerDeclaration }[] {
  return [
    { prefix: "", container: declaration },
    ...(declaration.sidecars ?? []).map((container, index) => ({ prefix: `sidecars[${index}].`, container })),
  ];
}

/** Whether two mounts differ in nothing but the path. */
export function isSameMount<T extends Pick<MountDeclaration, "path">>(one: T, other: T): boolean {
  return isDeepStrictEqual({ ...one, path: "" }, { ...other, path: "" });
}

/**
 * The mounts of containers, those once that one gcsfuse serves for several.
 *
 * @param containers the mounts of each
 */
export function servedMounts<T extends Pick<MountDeclaration, "path">>(containers: readonly (readonly T[])[]): T[] {
  const served: T[] = [];
  for (const mounts of containers) {
    const others = [...served];
    for (const mount of mounts) {
      const same = others.findIndex((other) => isSameMount(other, mount));
      if (same === -1) served.push(mount);
      else others.splice(same, 1);
    }
  }
  return served;
}

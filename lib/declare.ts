import { Declaration, DiskDeclaration } from "./boot/declaration";
import { ResolvedApp } from "./props/container-app-props";
import { declareSecrets } from "./props/container-secrets";
import { ResolvedDisk } from "./props/disk";

/** The part of a declaration that depends on the host. */
export interface HostedApp {
  /** The reference of the app's image. */
  readonly appImage: string;
  /** The reference of the image that runs gcsfuse. */
  readonly gcsfuseImage: string;
  /** The project of the secrets whose names have none. */
  readonly project: string;
  /** The app's own bucket. */
  readonly bucket: string;
  /** The Artifact Registry hosts that the VM logs in to with its service account. */
  readonly registries: readonly string[];
  readonly metadataServerAccess: boolean;
  /** Compute Engine's name of a disk that is created. Default: the disks are no disks of Compute Engine. */
  readonly diskName?: (disk: ResolvedDisk) => string;
  /** The address of the host that the ports are published on. Default: all of them. */
  readonly hostAddress?: string;
}

/** What a host, the VM or its local stand-in, is to run. */
export function declare(app: ResolvedApp, hosted: HostedApp): Declaration {
  const { hostAddress } = hosted;
  return {
    schemaVersion: 1,
    image: hosted.appImage,
    ...app.process,
    ...declareSecrets(app.secrets, hosted.project),
    ports: app.ports.map((port) => (hostAddress === undefined ? port : { ...port, hostAddress })),
    mounts: app.mounts.map((mount) => ({ ...mount, bucket: mount.bucket ?? hosted.bucket })),
    ...(app.disks.length > 0 && { disks: app.disks.map((disk) => declareDisk(disk, hosted)) }),
    gcsfuse: { image: hosted.gcsfuseImage, privileged: app.gcsfusePrivileged },
    metadataServerAccess: hosted.metadataServerAccess,
    registries: hosted.registries,
  };
}

/** A disk of a container. */
export function declareDisk(resolved: ResolvedDisk, { diskName }: Pick<HostedApp, "diskName">): DiskDeclaration {
  const { name, path, disk } = resolved;
  if (diskName === undefined || typeof disk === "string") {
    return { name, path };
  }
  // A snapshot has the mark of the disk that it was taken of, or none.
  const marked = { name, path, disk: diskName(resolved) };
  return disk.sourceSnapshot === undefined ? marked : { ...marked, anyFileSystem: true };
}

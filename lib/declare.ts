import { HostedImages } from "./bind-images";
import { ContainerDeclaration, Declaration, DiskDeclaration, SidecarDeclaration } from "./boot/declaration";
import { ResolvedApp } from "./props/container-app-props";
import { declareSecrets } from "./props/container-secrets";
import { ResolvedDisk } from "./props/disk";
import { ResolvedMount } from "./props/gcs-mount";
import { ResolvedSidecar } from "./props/sidecar";

/** The part of a declaration that depends on the host. */
export interface HostedApp {
  readonly images: HostedImages;
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
  return {
    schemaVersion: 1,
    image: hosted.images.app,
    ...app.process,
    ...declareSecrets(app.secrets, hosted.project),
    ...portsAndFolders(app, hosted),
    ...(app.sidecars.length > 0 && { sidecars: app.sidecars.map((sidecar) => declareSidecar(sidecar, hosted)) }),
    gcsfuse: { image: hosted.images.gcsfuse, privileged: app.gcsfusePrivileged },
    metadataServerAccess: hosted.metadataServerAccess,
    registries: hosted.registries,
  };
}

function declareSidecar(sidecar: ResolvedSidecar, hosted: HostedApp): SidecarDeclaration {
  const { name, healthCheck, certificatesFor } = sidecar;
  return {
    name,
    image: hosted.images.sidecars[name],
    ...sidecar.process,
    ...declareSecrets(sidecar.secrets, hosted.project),
    healthCheck,
    ...(certificatesFor && { certificatesFor }),
    ...portsAndFolders(sidecar, hosted),
  };
}

function portsAndFolders(
  { ports, mounts, disks }: Pick<ResolvedApp, "ports" | "mounts" | "disks">,
  hosted: HostedApp,
): Pick<ContainerDeclaration, "ports" | "mounts" | "disks"> {
  const { bucket, hostAddress } = hosted;
  return {
    ports: ports.map((port) => (hostAddress === undefined ? port : { ...port, hostAddress })),
    mounts: mounts.map((mount) => declareMount(mount, bucket)),
    ...(disks.length > 0 && { disks: disks.map((disk) => declareDisk(disk, hosted)) }),
  };
}

/** Of who changes its files, what gcsfuse is told is declared. */
function declareMount({ path, readOnly, noCopy, uid, gid, gcsfuseConfig, ...mount }: ResolvedMount, ownBucket: string) {
  return { path, bucket: mount.bucket ?? ownBucket, readOnly, noCopy, uid, gid, gcsfuseConfig };
}

function declareDisk(resolved: ResolvedDisk, { diskName }: HostedApp): DiskDeclaration {
  const { name, path, disk } = resolved;
  if (diskName === undefined || typeof disk === "string") {
    return { name, path };
  }
  // A snapshot has the mark of the disk that it was taken of, or none.
  const marked = { name, path, disk: diskName(resolved) };
  return disk.sourceSnapshot === undefined ? marked : { ...marked, anyFileSystem: true };
}

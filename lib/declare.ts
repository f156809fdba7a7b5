import { HostedImages } from "./bind-images";
import { ContainerDeclaration, Declaration, SidecarDeclaration } from "./boot/declaration";
import { ResolvedApp } from "./props/container-app-props";
import { ResolvedSidecar } from "./props/sidecar";

/** The part of a declaration that depends on the host. */
export interface HostedApp {
  readonly images: HostedImages;
  /** The app's own bucket. */
  readonly bucket: string;
  /** The Artifact Registry hosts that the VM logs in to with its service account. */
  readonly registries: readonly string[];
  readonly metadataServerAccess: boolean;
  /** The address of the host that the ports are published on. Default: all of them. */
  readonly hostAddress?: string;
}

/** What a host, the VM or its local stand-in, is to run. */
export function declare(app: ResolvedApp, hosted: HostedApp): Declaration {
  return {
    schemaVersion: 1,
    image: hosted.images.app,
    ...app.process,
    ...portsAndMounts(app, hosted),
    ...(app.sidecars.length > 0 && { sidecars: app.sidecars.map((sidecar) => declareSidecar(sidecar, hosted)) }),
    gcsfuse: { image: hosted.images.gcsfuse, privileged: app.gcsfusePrivileged },
    metadataServerAccess: hosted.metadataServerAccess,
    registries: hosted.registries,
  };
}

function declareSidecar(sidecar: ResolvedSidecar, hosted: HostedApp): SidecarDeclaration {
  const { name, healthCheck, memoryMib } = sidecar;
  return {
    name,
    image: hosted.images.sidecars[name],
    ...sidecar.process,
    healthCheck,
    memoryMib,
    ...portsAndMounts(sidecar, hosted),
  };
}

function portsAndMounts(
  { ports, mounts }: Pick<ResolvedApp, "ports" | "mounts">,
  { bucket, hostAddress }: HostedApp,
): Pick<ContainerDeclaration, "ports" | "mounts"> {
  return {
    ports: ports.map((port) => (hostAddress === undefined ? port : { ...port, hostAddress })),
    mounts: mounts.map((mount) => ({ ...mount, bucket: mount.bucket ?? bucket })),
  };
}

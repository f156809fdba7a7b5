import { BootSpec, MachineLayout } from "./boot/spec";
import { ResolvedApp } from "./props/container-app-props";

/** The part of a boot spec that depends on the host. */
export interface HostedApp {
  /** The reference of the app's image. */
  readonly appImage: string;
  /** The reference of the image that runs gcsfuse. */
  readonly gcsfuseImage: string;
  /** The app's own bucket. */
  readonly bucket: string;
  /** The Artifact Registry hosts that the VM logs in to with its service account. */
  readonly registries: readonly string[];
  readonly metadataServerAccess: boolean;
  /** The address of the host that the ports are published on. Default: all of them. */
  readonly hostAddress?: string;
  readonly layout: MachineLayout;
}

/** The description of the app for a host, the VM or its local stand-in. */
export function bootSpec(app: ResolvedApp, hosted: HostedApp): BootSpec {
  const { hostAddress } = hosted;
  return {
    app: {
      image: hosted.appImage,
      ports: app.ports.map((port) => (hostAddress === undefined ? port : { ...port, hostAddress })),
      ...app.process,
      metadataServerAccess: hosted.metadataServerAccess,
    },
    mounts: app.mounts.map((mount) => ({ ...mount, bucket: mount.bucket ?? hosted.bucket })),
    gcsfuse: { image: hosted.gcsfuseImage, privileged: app.gcsfusePrivileged },
    registries: hosted.registries,
    layout: hosted.layout,
  };
}

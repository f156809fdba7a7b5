import { BootSpec, MachineLayout } from "./boot/spec";
import { ResolvedApp } from "./props/container-app-props";

/** What the host of an app decides about it. */
export interface HostedApp {
  /** The reference of the app's image. */
  readonly appImage: string;
  /** The reference of the image that runs gcsfuse. */
  readonly gcsfuseImage: string;
  /** The app's own bucket. */
  readonly bucket: string;
  /** Artifact Registry hosts that want the VM's identity. */
  readonly registries: readonly string[];
  readonly metadataServerAccess: boolean;
  /** The address that the ports are published on; all of the host's where none is given. */
  readonly hostAddress?: string;
  readonly layout: MachineLayout;
}

/** The one plain description of the app that the VM and the local stack are both given. */
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

import { Declaration } from "./boot/declaration";
import { ResolvedApp } from "./props/container-app-props";
import { declareSecrets } from "./props/container-secrets";

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
    gcsfuse: { image: hosted.gcsfuseImage, privileged: app.gcsfusePrivileged },
    metadataServerAccess: hosted.metadataServerAccess,
    registries: hosted.registries,
  };
}

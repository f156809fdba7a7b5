import { ContainerImage } from "./container-image";

/** The gcsfuse sidecars: one container for each mount. */
export interface GcsfuseSidecarOptions {
  /**
   * The image that runs gcsfuse: its entrypoint takes gcsfuse's arguments and stays in the foreground.
   *
   * @default - built from this package's own `container/gcsfuse` and pushed beside the app's image
   */
  readonly image?: ContainerImage;

  /**
   * The apt source, one line as in sources.list, that gcsfuse is installed from when the sidecar's image is built, for
   * example a mirror. Not with `image`.
   *
   * @default - Google's: https://packages.cloud.google.com/apt
   */
  readonly aptSource?: string;

  /**
   * Runs the sidecars with `--privileged`, for a machine whose security modules refuse FUSE otherwise.
   *
   * @default false - SYS_ADMIN and `/dev/fuse` only, without Docker's AppArmor profile, which denies `mount`
   */
  readonly privileged?: boolean;
}

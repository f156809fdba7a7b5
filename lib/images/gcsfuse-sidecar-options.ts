import { ContainerImage } from "./container-image";

/** The gcsfuse sidecars: one container for each mount. */
export interface GcsfuseSidecarOptions {
  /**
   * The image that runs gcsfuse. Its entrypoint takes gcsfuse's arguments and stays in the foreground. Where a container has
   * `secrets`, it also has this package's `/usr/local/bin/with-secrets`, which `container/gcsfuse` builds.
   *
   * @default - built from this package's own `container/gcsfuse` and pushed beside the app's image
   */
  readonly image?: ContainerImage;

  /**
   * The apt source, one line as in sources.list, that gcsfuse is installed from when the sidecar's image is built, for
   * example a mirror. Not with `image`.
   *
   * With `signed-by=/usr/share/keyrings/gcsfuse.asc,FINGERPRINT` Google's keys are fetched while it is built, and only
   * a signature of the key with that fingerprint is accepted; for a mirror that is signed by another key, name a
   * keyring that the base image has.
   *
   * @default - Google's, https://packages.cloud.google.com/apt, with the fingerprint of Artifact Registry's signing key
   * @throws if it is not one line that begins with "deb", or is given with `image`
   * @see https://manpages.debian.org/bookworm/apt/sources.list.5.en.html
   */
  readonly aptSource?: string;

  /**
   * The image that the sidecar's image is built on, for example the same one in a mirror of your own. It must be a
   * Debian with apt. Not with `image`.
   *
   * @default - debian:bookworm-slim from Docker Hub, by its digest
   * @throws if it is not an image reference, is an unresolved token, or is given with `image`
   */
  readonly baseImage?: string;

  /**
   * Runs the sidecars with `--privileged`, for a host whose security modules refuse FUSE otherwise.
   *
   * @default false - SYS_ADMIN and `/dev/fuse` only, without Docker's AppArmor profile, which denies `mount`
   */
  readonly privileged?: boolean;
}

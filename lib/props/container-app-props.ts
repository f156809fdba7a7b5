import { ContainerImage } from "../images/container-image";
import { GcsfuseSidecarOptions } from "../images/gcsfuse-sidecar-options";
import { GcsMount } from "./gcs-mount";
import { PortMapping } from "./port-mapping";

/** When the container is started again after it has ended by itself. */
export enum RestartPolicy {
  /** Whenever it ends. */
  ALWAYS = "always",
  /** When it ends with an exit code other than 0. */
  ON_FAILURE = "on-failure",
  /** Never. It starts again when the VM boots, and when a mount had to be restored while it ran. */
  NO = "no",
}

/** What is run, and where it writes: the same for every place where it runs. */
export interface ContainerAppProps {
  /** The app's image. It is run as it is. */
  readonly image: ContainerImage;

  /**
   * Where the app writes files that are to live in Cloud Storage. A mount hides what the image itself has at its path.
   */
  readonly mounts: GcsMount[];

  /**
   * The ports that are published.
   *
   * @default - port 80 of the container on port 80
   */
  readonly ports?: PortMapping[];

  /**
   * Environment variables of the container, byte for byte. They can be read in the Terraform state and in the VM's
   * metadata: no secrets here.
   *
   * @default - none
   */
  readonly environment?: { [name: string]: string };

  /**
   * Overrides the image's entrypoint (Docker's `--entrypoint`, which also drops the image's default arguments).
   *
   * @default - the image's
   */
  readonly entrypoint?: string[];

  /**
   * Overrides the arguments that the entrypoint is given (Docker's CMD).
   *
   * @default - the image's
   */
  readonly args?: string[];

  /**
   * The user that the container runs as, `user[:group]`, by name or number, as in Docker's `--user`.
   *
   * @default - the image's
   */
  readonly user?: string;

  /**
   * When the container is started again after it has ended.
   *
   * @default RestartPolicy.ON_FAILURE
   */
  readonly restartPolicy?: RestartPolicy;

  /**
   * Seconds that the app gets to end after it was told to (Docker's `--stop-timeout`), 1 to 80: Compute Engine gives a
   * VM that is stopped about 90 seconds.
   *
   * @default 30
   */
  readonly stopTimeout?: number;

  /**
   * How gcsfuse is run.
   *
   * @default - a sidecar from this package's own image, not privileged
   */
  readonly gcsfuse?: GcsfuseSidecarOptions;
}

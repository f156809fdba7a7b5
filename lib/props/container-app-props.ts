import { Declaration, PublishedPort } from "../boot/declaration";
import { invalidInput, requireInteger } from "../checks/invalid-input";
import { Shape } from "../checks/shape";
import { ContainerImage } from "../images/container-image";
import { gcsfuseImage } from "../images/gcsfuse-image";
import { GcsfuseSidecarOptions } from "../images/gcsfuse-sidecar-options";
import { resolveProcess, ResolvedProcess, RestartPolicy } from "./container-process";
import { secretNames } from "./environment";
import { GcsMount, ResolvedMount, resolveMounts } from "./gcs-mount";
import { PortMapping, publishedPorts, requireDistinctPorts } from "./port-mapping";
import { ResolvedSidecar, resolveSidecars, Sidecar } from "./sidecar";

/** The app: its image, mounts, ports and process settings. Shared by both constructs. */
export interface ContainerAppProps {
  /** The app's image. It is run as it is. */
  readonly image: ContainerImage;

  /**
   * The folders whose files are in Cloud Storage. A mount hides what the image itself has at its path. With several
   * mounts of one bucket, each that writes needs a `prefix` of its own.
   *
   * @throws if there is none, if the path of one is inside that of another, or if two that write share a folder of a
   * bucket
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
   * metadata: no secrets here. A value may be a Terraform token, but not a `Lazy` that produces plain text.
   *
   * @default - none
   * @throws if a name is not valid, or if a value has a NUL, half a surrogate pair, or is over Linux's limit of 128 KiB
   */
  readonly environment?: { [name: string]: string };

  /**
   * Overrides the image's entrypoint (Docker's `--entrypoint`, which also drops the image's default arguments).
   *
   * @default - the image's
   * @throws as for `environment`
   */
  readonly entrypoint?: string[];

  /**
   * Overrides the arguments that the entrypoint is given (Docker's CMD).
   *
   * @default - the image's
   * @throws as for `environment`
   */
  readonly args?: string[];

  /**
   * The user that the container runs as, `user[:group]`, by name or number (Docker's `--user`).
   *
   * @default - the image's
   * @throws if it does not have that form, or if a number is over 2147483647
   */
  readonly user?: string;

  /**
   * When the container is restarted after it exits.
   *
   * @default RestartPolicy.ON_FAILURE
   */
  readonly restartPolicy?: RestartPolicy;

  /**
   * Seconds that the app has to exit after SIGTERM, or the image's stop signal, before it is killed (Docker's
   * `--stop-timeout`), 1 to 80. Compute Engine gives a VM that is stopped about 90 seconds.
   *
   * @default 30
   * @throws if it is out of range
   * @see https://cloud.google.com/compute/docs/instances/stop-start-instance
   */
  readonly stopTimeoutSeconds?: number;

  /**
   * Seconds that a changed app has to take connections on its published TCP ports, 1 to 86400, and its sidecars to be
   * healthy. On the VM, the version that ran before is taken back if they do not, or if a container ends. The local stack's
   * `deploy` fails then.
   *
   * @default 300
   * @throws if it is out of range
   */
  readonly startTimeoutSeconds?: number;

  /**
   * The containers beside the app's. With one, the app and its sidecars are in a Docker network of their own rather than
   * in Docker's default one: its range of addresses is Docker's choice (172.18.0.0/16 as a rule), and what the VM's network
   * has in that range cannot be reached by them. Adding the first sidecar or removing the last one restarts the app; any
   * other change of a sidecar restarts that one alone.
   *
   * @default - none
   * @throws if one is not valid, or if two have one name
   */
  readonly sidecars?: Sidecar[];

  /**
   * How gcsfuse is run.
   *
   * @default - a sidecar from this package's own image, not privileged
   */
  readonly gcsfuse?: GcsfuseSidecarOptions;
}

/** The shape of the props of both constructs. */
export const CONTAINER_APP_SHAPE: Shape<ContainerAppProps> = {
  image: "image",
  mounts: 'list such as [{ path: "/srv/app/uploads" }]',
  ports: "list? such as [{ containerPort: 80 }]",
  environment: 'map? such as { LOG_LEVEL: "info" }',
  entrypoint: 'strings? such as ["python", "-m", "app"]',
  args: 'strings? such as ["--port", "80"]',
  user: "string?",
  restartPolicy: "string?",
  stopTimeoutSeconds: "number?",
  startTimeoutSeconds: "number?",
  sidecars: 'list? such as [{ name: "cache", image: ContainerImage.fromRegistry("redis:7.4.1") }]',
  gcsfuse: "object? such as { privileged: true }",
};

/** The props that must be given. */
export const CONTAINER_APP_EXAMPLE =
  '{ image: ContainerImage.fromDirectory("app"), mounts: [{ path: "/srv/app/uploads" }] }';

/** The app, checked and complete, except for what depends on its host: image references and the bucket's name. */
export interface ResolvedApp {
  readonly image: ContainerImage;
  readonly gcsfuseImage: ContainerImage;
  readonly gcsfusePrivileged: boolean;
  readonly mounts: readonly ResolvedMount[];
  readonly ports: readonly PublishedPort[];
  readonly process: ResolvedProcess & Pick<Declaration, "startTimeoutSeconds">;
  readonly sidecars: readonly ResolvedSidecar[];
  /** The names of environment variables that look like secrets. */
  readonly secretNames: readonly string[];
}

/** @throws if a prop is not valid */
export function resolveApp(props: ContainerAppProps): ResolvedApp {
  const { gcsfuse = {}, startTimeoutSeconds = 300 } = props;
  requireInteger("startTimeoutSeconds", startTimeoutSeconds, 1, 86400);
  if (props.mounts.length === 0) {
    throw invalidInput("mounts", props.mounts, "give at least one folder that the app writes to");
  }
  const sidecars = resolveSidecars(props.sidecars ?? []);
  const ports = publishedPorts(props.ports);
  requireDistinctPorts([
    { what: "ports", ports },
    ...sidecars.map((sidecar, index) => ({ what: `sidecars[${index}].ports`, ports: sidecar.ports })),
  ]);
  return {
    image: props.image,
    gcsfuseImage: gcsfuseImage(gcsfuse),
    gcsfusePrivileged: gcsfuse.privileged ?? false,
    mounts: resolveMounts(props.mounts),
    ports,
    process: { ...resolveProcess(props, "", { restartPolicy: RestartPolicy.ON_FAILURE }), startTimeoutSeconds },
    sidecars,
    secretNames: secretNames(props.environment ?? {}),
  };
}

/** The app's own part and each sidecar, by what a message calls the list of its mounts. */
export function mountLists({ mounts, sidecars }: Pick<ResolvedApp, "mounts" | "sidecars">) {
  return [
    { what: "mounts", mounts },
    ...sidecars.map((sidecar, index) => ({ what: `sidecars[${index}].mounts`, mounts: sidecar.mounts })),
  ];
}

/** The images that a machine runs, gcsfuse's included. */
export function imagesOf({ image, gcsfuseImage, sidecars }: ResolvedApp): readonly ContainerImage[] {
  return [image, gcsfuseImage, ...sidecars.map((sidecar) => sidecar.image)];
}

/** What is published, the app's ports first. */
export function allPorts({ ports, sidecars }: ResolvedApp): readonly PublishedPort[] {
  return [...ports, ...sidecars.flatMap((sidecar) => sidecar.ports)];
}

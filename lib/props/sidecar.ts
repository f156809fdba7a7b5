import { Token } from "cdktf";
import { HealthCheckDeclaration, PublishedPort } from "../boot/declaration";
import { invalidInput, requireMatch } from "../checks/invalid-input";
import { checkShape, Shape } from "../checks/shape";
import { ContainerImage } from "../images/container-image";
import { resolveProcess, ResolvedProcess, RestartPolicy } from "./container-process";
import { ContainerSecrets, resolveSecrets } from "./container-secrets";
import { Disk, ResolvedDisk, resolveDisks } from "./disk";
import { secretNames } from "./environment";
import { GcsMount, ResolvedMount, resolveMounts } from "./gcs-mount";
import { CacheHost } from "./mount-caching";
import { HealthCheck, resolveHealthCheck } from "./health-check";
import { foldersOf } from "./folders";
import { PortMapping, publishedPorts } from "./port-mapping";
import { Secret } from "./secret";

/**
 * A container beside the app's, such as a database, a cache, a worker from the same image or a backup job.
 *
 * The app and its sidecars are in a Docker network of their own, where each is found by its name, the app as `app`. A
 * sidecar starts before the app, stops after it, and restarts without it, see the app's `sidecars`. It is cut off from the metadata server as the
 * app is. Its state is in the app's by its name; in Cloud Logging its container's name is `sidecar-NAME`
 * (`jsonPayload."cos.googleapis.com/container_name"`).
 */
export interface Sidecar {
  /**
   * The host name by which the app and the other sidecars find it: `db` for `db:5432`. Renaming it restarts it.
   *
   * @throws if it is not a DNS label of lower-case letters, digits and hyphens that begins with a letter, if another
   * sidecar has it, if it is `app`, which is the app's, or `localhost`, or if it is an unresolved token
   */
  readonly name: string;

  /** Its image. It is run as it is. The object that is the app's `image` is built once. */
  readonly image: ContainerImage;

  /**
   * Environment variables, byte for byte. They can be read in the Terraform state and in the VM's metadata: give secrets
   * with `secrets`.
   *
   * @default - none
   * @throws as for the app's
   */
  readonly environment?: { [name: string]: string };

  /**
   * Environment variables whose values are secrets, by their names, as the app's. The health check has them, too.
   *
   * @default - none
   * @throws as for the app's
   */
  readonly secrets?: { [name: string]: Secret };

  /**
   * Files whose contents are secrets, by their paths in the container, as the app's.
   *
   * @default - none
   * @throws as for the app's
   */
  readonly secretFiles?: { [path: string]: Secret };

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
   * The folders whose files are in Cloud Storage. A mount that differs from one of the app, or of another sidecar, in
   * nothing but the path is shared with it: both see the same files at once, and they belong to the user of the container
   * that comes first, the app or the earlier sidecar.
   *
   * @default - none
   * @throws as for the app's
   */
  readonly mounts?: GcsMount[];

  /**
   * The folders that need a real file system, such as a database's, each on a persistent disk of its own.
   *
   * @default - none
   * @throws as for the app's, or if the app or another sidecar has a disk of the same name
   */
  readonly disks?: Disk[];

  /**
   * The ports that are published on the VM, where the app's `network` says who may reach them. The app and the other
   * sidecars reach every port without this.
   *
   * @default - none
   * @throws as for the app's, or if the app or another sidecar publishes the same one
   */
  readonly ports?: PortMapping[];

  /**
   * When the container is restarted after it exits. A job that is to run once has `RestartPolicy.NO`.
   *
   * @default RestartPolicy.ALWAYS
   */
  readonly restartPolicy?: RestartPolicy;

  /**
   * Seconds that it has to exit after SIGTERM, or the image's stop signal, before it is killed (Docker's
   * `--stop-timeout`), 1 to 80. It is stopped after the app; Compute Engine gives a VM that is stopped about 90 seconds for
   * both.
   *
   * @default 30
   * @throws if it is out of range
   */
  readonly stopTimeoutSeconds?: number;

  /**
   * How Docker finds out whether it is ready. The app is started once it is healthy. One that is unhealthy later is
   * reported, and not restarted.
   *
   * @default - none: the app is started once the container has been
   */
  readonly healthCheck?: HealthCheck;

  /**
   * The most memory that it may use, in MiB (Docker's `--memory`), 6 to 16777216. What needs more is ended by the kernel.
   *
   * @default - no limit
   * @throws if it is out of range
   * @see https://docs.docker.com/engine/containers/resource_constraints/#memory
   */
  readonly memoryMib?: number;
}

const SHAPE: Shape<Sidecar> = {
  name: 'string such as "db"',
  image: "image",
  environment: 'map? such as { LOG_LEVEL: "info" }',
  secrets: 'secrets? such as { DB_PASSWORD: Secret.fromSecretManager("db-password", { version: "3" }) }',
  secretFiles: 'secrets? such as { "/run/secrets/db-password": Secret.fromSecretManager("db-password") }',
  entrypoint: 'strings? such as ["python", "-m", "app"]',
  args: 'strings? such as ["--port", "80"]',
  user: "string?",
  mounts: 'list? such as [{ path: "/srv/app/uploads" }]',
  disks: 'list? such as [{ path: "/var/lib/postgresql/data", sizeGb: 10 }]',
  ports: "list? such as [{ containerPort: 80 }]",
  restartPolicy: "string?",
  stopTimeoutSeconds: "number?",
  healthCheck: 'object? such as { command: ["pg_isready"] }',
  memoryMib: "number?",
};

const EXAMPLE = '{ name: "cache", image: ContainerImage.fromRegistry("redis:7.4.1") }';
/** Names that something else has in the network. */
const TAKEN = ["app", "localhost"];

/** A sidecar, checked and complete, except for what depends on its host. */
export interface ResolvedSidecar {
  readonly name: string;
  readonly image: ContainerImage;
  readonly process: ResolvedProcess;
  readonly mounts: readonly ResolvedMount[];
  readonly disks: readonly ResolvedDisk[];
  readonly ports: readonly PublishedPort[];
  readonly secrets: ContainerSecrets;
  readonly healthCheck?: HealthCheckDeclaration;
  /** The host names for which it gets certificates by itself: the proxy's. */
  readonly certificatesFor?: readonly string[];
  /** The names of environment variables that look like secrets. */
  readonly secretNames: readonly string[];
}

/**
 * Checks the sidecars, and adds the defaults.
 *
 * @throws if one is not valid, or if two have one name
 */
export function resolveSidecars(sidecars: readonly Sidecar[], cacheHost: CacheHost): ResolvedSidecar[] {
  // Spread, so that the holes of a list are seen as undefined.
  [...sidecars].forEach((sidecar, index) => checkShape(`sidecars[${index}]`, sidecar, SHAPE, { example: EXAMPLE }));
  sidecars.forEach(({ name }, index) => {
    checkName(`sidecars[${index}].name`, name);
    const other = sidecars.findIndex((sidecar) => sidecar.name === name);
    if (other < index) {
      throw invalidInput(`sidecars[${index}].name`, name, `sidecars[${other}] has it already: give each name once`);
    }
  });
  return sidecars.map((sidecar, index) => resolveSidecar(sidecar, `sidecars[${index}].`, cacheHost));
}

function resolveSidecar(sidecar: Sidecar, prefix: string, cacheHost: CacheHost): ResolvedSidecar {
  const { name, image, disks = [], ports = [], healthCheck, environment = {} } = sidecar;
  const mounts = resolveMounts(sidecar.mounts ?? [], cacheHost, `${prefix}mounts`);
  return {
    name,
    image,
    process: resolveProcess(sidecar, prefix, { restartPolicy: RestartPolicy.ALWAYS }),
    mounts,
    disks: resolveDisks(`${prefix}disks`, disks, mounts),
    ports: publishedPorts(ports, `${prefix}ports`),
    secrets: resolveSecrets(sidecar, foldersOf(mounts, disks), prefix),
    healthCheck: healthCheck && resolveHealthCheck(`${prefix}healthCheck`, healthCheck),
    secretNames: secretNames(environment),
  };
}

function checkName(what: string, name: string): void {
  if (Token.isUnresolved(name)) {
    throw new Error(`${what} is an unresolved token: use a name that is known at synthesis`);
  }
  requireMatch(
    what,
    name,
    /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'use at most 63 lower-case letters, digits and "-", beginning with a letter and not ending with "-": it is a host name',
  );
  if (TAKEN.includes(name)) {
    throw invalidInput(what, name, "it is a host name already: use another one");
  }
}

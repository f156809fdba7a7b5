import { Declaration, PublishedPort, servedMounts } from "../boot/declaration";
import { invalidInput, requireInteger } from "../checks/invalid-input";
import { Shape } from "../checks/shape";
import { ContainerImage } from "../images/container-image";
import { gcsfuseImage } from "../images/gcsfuse-image";
import { GcsfuseSidecarOptions } from "../images/gcsfuse-sidecar-options";
import { resolveProcess, ResolvedProcess, RestartPolicy } from "./container-process";
import { ContainerSecrets, resolveSecrets, SecretId, secretIds } from "./container-secrets";
import { Disk, requireDistinctDisks, ResolvedDisk, resolveDisks } from "./disk";
import { secretNames } from "./environment";
import { Secret } from "./secret";
import { GcsMount, ResolvedMount, resolveMounts } from "./gcs-mount";
import { HttpsOptions, resolveHttps, ResolvedHttps } from "./https-options";
import { requireOverlapPossible, Updates } from "./https-updates";
import { isBehind, proxySidecar, requireProxyNameFree, requireProxyPortsFree } from "./https-proxy";
import { LocalHttps } from "./local-https";
import { PortMapping, publishedPorts, requireDistinctPorts } from "./port-mapping";
import { foldersOf } from "./folders";
import { CacheHost } from "./mount-caching";
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
   * The folders that need a real file system, such as a database's, each on a persistent disk of its own. On your
   * computer each is a Docker volume.
   *
   * @default - none
   * @throws if one is not valid, or if two have a name or a folder in common
   */
  readonly disks?: Disk[];

  /**
   * The ports that are published.
   *
   * @default - port 80 of the container on port 80
   */
  readonly ports?: PortMapping[];

  /**
   * Environment variables of the container, byte for byte. They can be read in the Terraform state and in the VM's
   * metadata: give secrets with `secrets`. A value may be a Terraform token, but not a `Lazy` that produces plain text.
   *
   * @default - none
   * @throws if a name is not valid, or if a value has a NUL, half a surrogate pair, or is over Linux's limit of 128 KiB
   */
  readonly environment?: { [name: string]: string };

  /**
   * Environment variables whose values are secrets, by their names. The VM reads them with its own identity before the
   * container starts, and keeps them in memory: they are in no metadata, plan, state, image, log or file on a disk. As
   * long as one cannot be read, the container does not start.
   *
   * The container begins with a program that sets the variables and then becomes the image's own; it comes from the
   * gcsfuse sidecar's image. What is started in a running container by `docker exec` does not have the variables, the
   * image's own HEALTHCHECK included.
   *
   * Locally the values come from the environment of who deploys, or from a file: see `secretsFile` there.
   *
   * @default - none
   * @throws if a name is not valid or is in `environment` too, or if a secret has no version: a pinned number, or
   * `latest`, which is read whenever the container starts
   */
  readonly secrets?: { [name: string]: Secret };

  /**
   * Files whose contents are secrets, by their paths in the container, byte for byte and read-only. Only the user that the
   * container runs as may read them; where that is root everybody in the container may, since such images go on as
   * another user. They are read whenever the container starts, and kept in memory as those of `secrets` are.
   *
   * @default - none
   * @throws if a path is not valid, or is inside a mount or a disk
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
   * @throws if it does not have that form, or if a number has leading zeros or is over 2147483647
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
   * The most memory that the app may use, in MiB (Docker's `--memory`), 6 to 16777216. What needs more is ended by the kernel.
   *
   * @default - no limit
   * @throws if it is out of range
   * @see https://docs.docker.com/engine/containers/resource_constraints/#memory
   */
  readonly memoryMib?: number;

  /**
   * Seconds that a changed app has to take connections on its published TCP ports, 1 to 86400, or behind `https` to answer,
   * and its sidecars to be healthy. On the VM, the version that ran before is taken back if they do not, or if a container
   * fails. The local stack's `deploy` fails then.
   *
   * @default 300
   * @throws if it is out of range
   */
  readonly startTimeoutSeconds?: number;

  /**
   * The containers beside the app's. With one, the app and its sidecars are in a Docker network of their own rather than
   * in Docker's default one: its range of addresses is Docker's choice (172.18.0.0/16 as a rule), and what the VM's network
   * has in that range cannot be reached by them. Adding the first sidecar or removing the last one restarts the app. Any
   * other change of a sidecar restarts that one, and the app goes on. Mounts are numbered through all containers, the app's
   * first: where one comes or goes, the sidecars after it whose mounts get another number restart, too.
   *
   * @default - none
   * @throws if one is not valid, or if two have one name
   */
  readonly sidecars?: Sidecar[];

  /**
   * HTTPS on domains of yours, by a proxy beside the app. The VM's ports 80 and 443 are then published, and those of the app's
   * container only as far as they are not behind it.
   *
   * The local stack serves `https://localhost`, with an authority of its own, and the domains for whoever looks them up there;
   * `dnsZone`, `email` and `acmeServer` with its certificate are for the VM. See `httpsPort` there.
   *
   * @default - none: the app's ports are published as they are
   * @throws if it is not valid, if a port of `ports` or of a sidecar is one of the proxy's, if a sidecar is called `https`, or
   * if a disk is called `certificates`
   */
  readonly https?: HttpsOptions;

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
  disks: 'list? such as [{ path: "/var/lib/postgresql/data", sizeGb: 10 }]',
  ports: "list? such as [{ containerPort: 80 }]",
  environment: 'map? such as { LOG_LEVEL: "info" }',
  secrets: 'secrets? such as { DB_PASSWORD: Secret.fromSecretManager("db-password", { version: "3" }) }',
  secretFiles: 'secrets? such as { "/run/secrets/db-password": Secret.fromSecretManager("db-password") }',
  entrypoint: 'strings? such as ["python", "-m", "app"]',
  args: 'strings? such as ["--port", "80"]',
  user: "string?",
  restartPolicy: "string?",
  stopTimeoutSeconds: "number?",
  memoryMib: "number?",
  startTimeoutSeconds: "number?",
  sidecars: 'list? such as [{ name: "cache", image: ContainerImage.fromRegistry("redis:7.4.1") }]',
  https: 'object? such as { domains: ["photos.example.com"] }',
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
  readonly disks: readonly ResolvedDisk[];
  readonly ports: readonly PublishedPort[];
  /** Those of `ports` that are behind the proxy, and not published. */
  readonly portsBehind: readonly PublishedPort[];
  readonly process: ResolvedProcess & Pick<Declaration, "startTimeoutSeconds" | "httpCheck" | "updates">;
  readonly secrets: ContainerSecrets;
  /** The proxy is among them, as the last one. */
  readonly sidecars: readonly ResolvedSidecar[];
  readonly https?: ResolvedHttps;
  /** The names of environment variables that look like secrets. */
  readonly secretNames: readonly string[];
}

/**
 * @param host what the mounts' caches are kept on, and where the local stack serves HTTPS, if it is for that and the app has any
 * @throws if a prop is not valid
 */
export function resolveApp(
  props: ContainerAppProps,
  { cacheHost, local }: { readonly cacheHost: (mounts: number) => CacheHost; readonly local?: LocalHttps },
): ResolvedApp {
  const { gcsfuse = {}, startTimeoutSeconds = 300 } = props;
  requireInteger("startTimeoutSeconds", startTimeoutSeconds, 1, 86400);
  if (props.mounts.length === 0) {
    throw invalidInput("mounts", props.mounts, "give at least one folder that the app writes to");
  }
  const caches = cacheHost(numberOfCaches(props));
  const sidecars = resolveSidecars(props.sidecars ?? [], caches);
  // Whoever names the port behind HTTPS does not publish another one by default.
  const ports = publishedPorts(props.ports ?? (props.https?.containerPort === undefined ? undefined : []));
  const https = props.https && resolveHttps(props.https, ports);
  const published = ports.filter((port) => !isBehind(https, port));
  const proxy = https && proxyOf(https, { ports, published, sidecars, local });
  requireDistinctPorts([
    { what: "ports", ports: published },
    ...sidecars.map((sidecar, index) => ({ what: `sidecars[${index}].ports`, ports: sidecar.ports })),
  ]);
  const mounts = resolveMounts(props.mounts, caches);
  const disks = resolveDisks("disks", props.disks ?? [], mounts);
  requireDistinctDisks([
    ...(proxy === undefined ? [] : [{ what: "https.disks", disks: proxy.disks }]),
    { what: "disks", disks },
    ...sidecars.map((sidecar, index) => ({ what: `sidecars[${index}].disks`, disks: sidecar.disks })),
  ]);
  if (https?.updates === Updates.OVERLAP) {
    requireOverlapPossible({ disks, published, memoryMib: props.memoryMib });
  }
  return {
    image: props.image,
    gcsfuseImage: gcsfuseImage(gcsfuse),
    gcsfusePrivileged: gcsfuse.privileged ?? false,
    mounts,
    disks,
    ports: published,
    portsBehind: ports.filter((port) => isBehind(https, port)),
    process: {
      ...resolveProcess(props, "", { restartPolicy: RestartPolicy.ON_FAILURE }),
      startTimeoutSeconds,
      ...(https && behindProxy(https)),
    },
    secrets: resolveSecrets(props, foldersOf(props.mounts, props.disks)),
    sidecars: proxy === undefined ? sidecars : [...sidecars, proxy],
    https,
    secretNames: secretNames(props.environment ?? {}),
  };
}

/** The mounts of all containers that have a cache by default. What is no list of mounts or sidecars is refused later. */
function numberOfCaches({ mounts, sidecars = [] }: ContainerAppProps): number {
  const cached = [mounts, ...[...sidecars].map((sidecar) => sidecar?.mounts ?? [])].map((list) =>
    (Array.isArray(list) ? [...list] : []).filter((mount) => mount?.content !== undefined),
  );
  return servedMounts(cached).length;
}

interface BesideProxy {
  /** All ports of the app, and those that are published. */
  readonly ports: readonly PublishedPort[];
  readonly published: readonly PublishedPort[];
  readonly sidecars: readonly ResolvedSidecar[];
  readonly local?: LocalHttps;
}

function proxyOf(https: ResolvedHttps, { ports, published, sidecars, local }: BesideProxy): ResolvedSidecar {
  requireProxyNameFree(sidecars);
  requireProxyPortsFree(ports, "ports", { https, local });
  sidecars.forEach((sidecar, index) =>
    requireProxyPortsFree(sidecar.ports, `sidecars[${index}].ports`, { https, local }),
  );
  return proxySidecar(https, [...published, ...sidecars.flatMap((sidecar) => sidecar.ports)], local);
}

function behindProxy({ containerPort, domains, healthCheck, updates }: ResolvedHttps) {
  return {
    httpCheck: { containerPort, host: domains[0], ...healthCheck },
    ...(updates === Updates.OVERLAP && { updates }),
  };
}

/** The app's own part and each sidecar, by what a message calls the list of its mounts. */
export function mountLists({ mounts, sidecars }: Pick<ResolvedApp, "mounts" | "sidecars">) {
  return [
    { what: "mounts", mounts },
    ...sidecars.map((sidecar, index) => ({ what: `sidecars[${index}].mounts`, mounts: sidecar.mounts })),
  ];
}

/** The images that a machine runs, gcsfuse's included, and the props that have them. */
export function imagesOf({ image, gcsfuseImage, sidecars }: ResolvedApp) {
  return [
    { prop: "image", image },
    { prop: "gcsfuse.image", image: gcsfuseImage },
    ...sidecars.map((sidecar, index) => ({ prop: `sidecars[${index}].image`, image: sidecar.image })),
  ];
}

/** What is published, the app's ports first. */
export function allPorts({ ports, sidecars }: ResolvedApp): readonly PublishedPort[] {
  return [...ports, ...sidecars.flatMap((sidecar) => sidecar.ports)];
}

/** The disks of a machine, the app's first. */
export function allDisks({ disks, sidecars }: ResolvedApp): readonly ResolvedDisk[] {
  return [...disks, ...sidecars.flatMap((sidecar) => sidecar.disks)];
}

/** The secrets of the app and its sidecars. */
export function secretIdsOf({ secrets, sidecars }: ResolvedApp, project: string): readonly SecretId[] {
  return [secrets, ...sidecars.map((sidecar) => sidecar.secrets)].flatMap((one) => secretIds(one, project));
}

/** Whether a container of the app reads secrets. */
export function usesSecrets(app: ResolvedApp): boolean {
  return secretIdsOf(app, "").length > 0;
}

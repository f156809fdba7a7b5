import { BootSpec, MountSpec, MachineLayout, PublishedPort } from "./spec";
import { appContainer, CONTAINER_LABEL, gcsfuseContainer, gcsfuseName, mountFolder, mountPoint } from "./paths";

/** Where the sidecar finds its gcsfuse config file. */
const GCSFUSE_CONFIG_FILE = "/etc/gcsfuse/config.yaml";

/** The log driver that the logging agent of COS reads. Logs are rotated, so that they cannot fill the disk. */
const LOG_OPTIONS = ["--log-driver=json-file", "--log-opt=max-size=100m", "--log-opt=max-file=3"];

/**
 * The value of docker's `--mount`: a line of comma-separated values, as docker's CSV reader takes it.
 *
 * @see https://docs.docker.com/engine/storage/bind-mounts/#options-for---mount
 */
export function mountArgument(fields: Readonly<Record<string, string | true>>): string {
  const csv = Object.entries(fields).map(([key, value]) => csvField(value === true ? key : `${key}=${value}`));
  return `--mount=${csv.join(",")}`;
}

function csvField(field: string): string {
  return /^[A-Za-z0-9_=/.:-]*$/.test(field) ? field : `"${field.replace(/"/g, '""')}"`;
}

/**
 * Keeps the app from starving gcsfuse and the rest of the host. The limit of processes, twice podman's default, stops a
 * fork bomb. When memory runs out, the kernel kills one of the app's processes first. (Raising the app's score needs no
 * privilege. Lowering that of gcsfuse would need one that an engine inside a container lacks.)
 *
 * @see https://docs.podman.io/en/latest/markdown/podman-run.1.html#pids-limit-limit
 * @see https://man7.org/linux/man-pages/man5/proc_pid_oom_score_adj.5.html
 */
const APP_LIMITS = ["--pids-limit=4096", "--oom-score-adj=500"];

/**
 * The options of the app's `docker create`, one argument each, without its environment.
 *
 * `no-new-privileges` is left out: the app runs unmodified, and programs such as sudo, sendmail and ping get rights
 * from setuid bits and file capabilities, which Docker and Kubernetes allow by default too. Docker's default
 * capabilities still bound them.
 */
export function appOptions({ app, mounts, layout }: BootSpec): string[] {
  return [
    `--name=${appContainer(layout)}`,
    labelOption(layout),
    "--restart=no",
    ...LOG_OPTIONS,
    ...APP_LIMITS,
    `--stop-timeout=${app.stopTimeout}`,
    ...(app.user === undefined ? [] : [`--user=${app.user}`]),
    ...app.ports.map(publish),
    ...mounts.map((mount, index) => appMount(mount, mountPoint(layout, index))),
  ];
}

function labelOption({ containerLabel }: MachineLayout): string {
  return `--label=${CONTAINER_LABEL}=${containerLabel}`;
}

function publish({ hostAddress, hostPort, containerPort, protocol }: PublishedPort): string {
  const address = hostAddress === undefined ? "" : `${hostAddress}:`;
  return `--publish=${address}${hostPort}:${containerPort}/${protocol}`;
}

/** Gives the app what gcsfuse has mounted at `source`, and nothing else of the host. */
export function appMount(mount: MountSpec, source: string): string {
  return mountArgument({
    type: "bind",
    source,
    target: mount.path,
    "bind-propagation": "rslave",
    ...(mount.readOnly ? { readonly: true } : {}),
  });
}

/**
 * The options of a sidecar's `docker create`. gcsfuse runs as root and mounts without a setuid helper, hence
 * `no-new-privileges`. `--read-only` is left out: with SYS_ADMIN the root could be remounted writable.
 */
export function gcsfuseOptions({ gcsfuse, layout }: BootSpec, index: number): string[] {
  return [
    `--name=${gcsfuseContainer(layout, index)}`,
    labelOption(layout),
    "--restart=no",
    ...LOG_OPTIONS,
    `--network=${layout.sidecarNetwork}`,
    "--security-opt=no-new-privileges",
    ...(gcsfuse.privileged
      ? ["--privileged"]
      : ["--cap-drop=ALL", "--cap-add=SYS_ADMIN", "--security-opt=apparmor=unconfined"]),
    "--device=/dev/fuse",
    mountArgument({
      type: "bind",
      source: mountFolder(layout, index),
      target: mountFolder(layout, index),
      "bind-propagation": "rshared",
    }),
    mountArgument({
      type: "bind",
      source: `${layout.configFolder}/${gcsfuseName(index)}/config.yaml`,
      target: GCSFUSE_CONFIG_FILE,
      readonly: true,
    }),
  ];
}

/** The arguments of the sidecar's entrypoint. `gcsfuse.sh` puts the owner's flags before them. */
export function gcsfuseCommand(mount: MountSpec, layout: MachineLayout, index: number): string[] {
  return [`--config-file=${GCSFUSE_CONFIG_FILE}`, mount.bucket, mountPoint(layout, index)];
}

/** The images that a host needs, each once. */
export function imagesOf(spec: BootSpec): string[] {
  return [...new Set([spec.app.image, ...(spec.mounts.length > 0 ? [spec.gcsfuse.image] : [])])];
}

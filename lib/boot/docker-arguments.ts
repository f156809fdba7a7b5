import { BootSpec, MountSpec, MachineLayout, PublishedPort } from "./spec";
import { appContainer, gcsfuseContainer, gcsfuseName, mountFolder, mountPoint } from "./paths";

/** Where the sidecar finds its gcsfuse config file. */
const GCSFUSE_CONFIG_FILE = "/etc/gcsfuse/config.yaml";

/** The log driver that the logging agent of COS reads; rotated, so that a talkative app cannot fill the disk. */
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

/** The options of the app's `docker create`, one argument each; its environment is not among them. */
export function appOptions({ app, mounts, layout }: BootSpec): string[] {
  return [
    `--name=${appContainer(layout)}`,
    "--restart=no",
    ...LOG_OPTIONS,
    `--stop-timeout=${app.stopTimeout}`,
    ...(app.user === undefined ? [] : [`--user=${app.user}`]),
    ...app.ports.map(publish),
    ...mounts.map((mount, index) => appMount(mount, mountPoint(layout, index))),
  ];
}

function publish({ hostAddress, hostPort, containerPort, protocol }: PublishedPort): string {
  const address = hostAddress === undefined ? "" : `${hostAddress}:`;
  return `--publish=${address}${hostPort}:${containerPort}/${protocol}`;
}

/** Gives the app what gcsfuse has mounted at `source`, and nothing else of the machine. */
export function appMount(mount: MountSpec, source: string): string {
  return mountArgument({
    type: "bind",
    source,
    target: mount.path,
    "bind-propagation": "rslave",
    ...(mount.readOnly ? { readonly: true } : {}),
  });
}

/** The options of a sidecar's `docker create`. */
export function gcsfuseOptions({ gcsfuse, layout }: BootSpec, index: number): string[] {
  return [
    `--name=${gcsfuseContainer(layout, index)}`,
    "--restart=no",
    ...LOG_OPTIONS,
    `--network=${layout.sidecarNetwork}`,
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

/** What the sidecar's entrypoint is given; the owner's flags come before it. */
export function gcsfuseCommand(mount: MountSpec, layout: MachineLayout, index: number): string[] {
  return [`--config-file=${GCSFUSE_CONFIG_FILE}`, mount.bucket, mountPoint(layout, index)];
}

/** Each image that the machine needs, once. */
export function imagesOf(spec: BootSpec): string[] {
  return [...new Set([spec.app.image, ...(spec.mounts.length > 0 ? [spec.gcsfuse.image] : [])])];
}

import * as fs from "fs";
import { stringify } from "yaml";
import { packageFile } from "../package-file";
import { appOptions, gcsfuseCommand, gcsfuseOptions } from "./docker-arguments";
import { CONTAINER_LABEL, gcsfuseName } from "./paths";
import { BootSpec, MountSpec } from "./spec";
import { GCSFUSE_STOP_TIMEOUT } from "./stop-timeouts";

/** Quotes every string: an unresolved token may turn out to be `123` or `yes`, and must stay a string. */
const QUOTED = { lineWidth: 0, defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN" } as const;

const SCRIPTS = ["common.sh", "gcsfuse.sh", "app.sh", "stop-container.sh", "remove-container.sh", "watch-payload.sh"];

/** The scripts and the files that they read, by their names in the config folder. */
export function configFiles(spec: BootSpec): Record<string, string> {
  const { app } = spec;
  return {
    ...Object.fromEntries(SCRIPTS.map((name) => [name, readScript(name)])),
    label: lines([`${CONTAINER_LABEL}=${spec.layout.containerLabel}`]),
    "docker/config.json": renderDockerConfig(spec.registries),
    "app/image": lines([app.image]),
    "app/options": lines(appOptions(spec)),
    "app/environment": lines(app.environment.map(({ name, base64 }) => `${name} ${base64}`)),
    ...(app.entrypoint && { "app/entrypoint": base64Lines(app.entrypoint) }),
    ...(app.args && { "app/args": base64Lines(app.args) }),
    ...(app.user !== undefined && { "app/user": lines([app.user]) }),
    "app/restart-policy": lines([app.restartPolicy]),
    "app/metadata-server-access": lines([String(app.metadataServerAccess)]),
    "app/stop-timeout": lines([String(app.stopTimeout)]),
    "app/tcp-ports": lines(tcpPorts(spec).map(String)),
    ...Object.assign({}, ...spec.mounts.map((mount, index) => mountFiles(spec, mount, index))),
  };
}

function mountFiles(spec: BootSpec, mount: MountSpec, index: number): Record<string, string> {
  const folder = gcsfuseName(index);
  return {
    [`${folder}/path`]: lines([mount.path]),
    [`${folder}/image`]: lines([spec.gcsfuse.image]),
    [`${folder}/options`]: lines(gcsfuseOptions(spec, index)),
    [`${folder}/command`]: lines(gcsfuseCommand(mount, spec.layout, index)),
    ...(mount.uid !== undefined && { [`${folder}/uid`]: lines([String(mount.uid)]) }),
    ...(mount.gid !== undefined && { [`${folder}/gid`]: lines([String(mount.gid)]) }),
    [`${folder}/stop-timeout`]: lines([String(GCSFUSE_STOP_TIMEOUT)]),
    [`${folder}/config.yaml`]: stringify(mount.config, QUOTED),
    [`${folder}/mount.json`]: lines([renderMount(mount)]),
  };
}

/** For programs that inspect a mount from outside. Preconditions keep tokens free of what JSON would have to escape. */
function renderMount({ path, bucket, config }: MountSpec): string {
  return JSON.stringify({ path, bucket, prefix: config["only-dir"] ?? "" });
}

/**
 * What `docker-credential-gcr configure-docker` would write: the helper fetches a token of the VM's service account for
 * these hosts whenever docker pulls.
 */
function renderDockerConfig(registries: readonly string[]): string {
  return `${JSON.stringify({ credHelpers: Object.fromEntries(registries.map((host) => [host, "gcr"])) }, null, 2)}\n`;
}

function tcpPorts(spec: BootSpec): number[] {
  const ports = spec.app.ports.filter((port) => port.protocol === "tcp").map((port) => port.containerPort);
  return [...new Set(ports)];
}

/**
 * Each line begins with `base64`: a token may turn out to be empty, and YAML drops empty lines at the end of a text.
 */
function base64Lines(values: readonly string[]): string {
  return lines(values.map((value) => `base64 ${value}`));
}

function lines(values: readonly string[]): string {
  return values.map((value) => `${value}\n`).join("");
}

function readScript(name: string): string {
  return fs.readFileSync(packageFile(`lib/boot/scripts/${name}`), "utf8");
}

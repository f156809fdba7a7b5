import execa, { ExecaReturnValue, Options } from "execa";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDir } from "./cache";
import { takeLock, withLock } from "./file-lock";

export interface DockerEngine {
  /** The environment in which docker, Terraform's docker provider and so on reach this engine. */
  readonly env: NodeJS.ProcessEnv;
  docker(args: readonly string[], options?: Options): Promise<ExecaReturnValue>;
  /** Ends the engine if this process started it, when no other run uses it any longer. */
  stop(): Promise<void>;
}

/** Debian's client builds with the engine's own builder; a newer one first on PATH may demand buildx. */
export const dockerClient = existsSync("/usr/bin/docker") ? "/usr/bin/docker" : "docker";

/** The lock that those have who use an engine of another run. */
const USERS = "docker-engine-users";

/**
 * One engine for all suites: that of DOCKER_HOST or the default socket, or the one that an earlier run left,
 * or else one started here.
 */
export function dockerEngine(): Promise<DockerEngine> {
  engine ??= findOrStart().catch((error) => {
    engine = undefined;
    throw error;
  });
  return engine;
}

let engine: Promise<DockerEngine> | undefined;

async function findOrStart(): Promise<DockerEngine> {
  // Another run may be starting one just now.
  return withLock("docker-engine", async () => {
    const given = process.env.DOCKER_HOST;
    if (await answers(given)) return client(given);
    return (await useThatOfAnother()) ?? start();
  });
}

/** Whoever started it does not end it before this run has stopped using it. */
async function useThatOfAnother(): Promise<DockerEngine | undefined> {
  const release = await takeLock(USERS, "shared");
  const left = existsSync(hostFile()) ? readFileSync(hostFile(), "utf8").trim() : undefined;
  if (left && (await answers(left))) return client(left, release);
  await release();
  return undefined;
}

function hostFile(): string {
  return join(cacheDir("docker-engine"), "host");
}

async function answers(host: string | undefined): Promise<boolean> {
  const { failed } = await execa(dockerClient, ["version", "--format", "{{.Server.Version}}"], {
    env: withHost(host),
    extendEnv: false,
    reject: false,
    timeout: 10_000,
  });
  return !failed;
}

function withHost(host: string | undefined): NodeJS.ProcessEnv {
  return { ...process.env, ...(host ? { DOCKER_HOST: host } : {}) };
}

function client(host: string | undefined, stop: () => Promise<void> = async () => undefined): DockerEngine {
  const env = withHost(host);
  return {
    env,
    docker: (args, options = {}) => execa(dockerClient, args, { ...options, env: { ...env, ...options.env } }),
    stop,
  };
}

async function start(): Promise<DockerEngine> {
  const run = mkdtempSync(join(tmpdir(), "docker-"));
  const socket = `unix://${join(run, "docker.sock")}`;
  const pidFile = join(run, "docker.pid");
  const logFile = join(run, "dockerd.log");
  const log = openSync(logFile, "a");
  const daemon = execa(
    "dockerd",
    [
      ...["--data-root", cacheDir("docker-engine", "data"), "--exec-root", join(run, "exec")],
      ...["--host", socket, "--pidfile", pidFile],
    ],
    { detached: true, stdio: ["ignore", log, log], reject: false, cleanup: false },
  );
  daemon.unref();
  closeSync(log);
  for (let tries = 0; !(await answers(socket)); tries++) {
    if (daemon.exitCode !== null || tries > 240) {
      throw new Error(`no Docker engine answers and dockerd does not start:\n${readFileSync(logFile, "utf8")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  writeFileSync(hostFile(), socket);
  const end = async () => {
    daemon.ref();
    process.kill(Number(readFileSync(pidFile, "utf8")), "SIGTERM");
    await daemon;
    rmSync(hostFile(), { force: true });
    unmountNamespaces(join(run, "exec/netns"));
    rmSync(run, { recursive: true, force: true });
  };
  return client(socket, () => withLock(USERS, end));
}

/** The namespace of containers in the host's network stays mounted when dockerd ends. */
function unmountNamespaces(folder: string): void {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  for (const name of names) execa.sync("umount", ["--lazy", join(folder, name)], { reject: false });
}

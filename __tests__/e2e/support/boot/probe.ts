/** The probe app (../../apps/probe): its image, and its answers from a VM that runs it. */
import execa from "execa";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ContainerImage } from "../../../../lib";
import { cacheDir } from "../real/cache";
import { cachedFile } from "../real/cached-file";
import { CosMachine } from "../simulated/cos-machine/cos-machine";
import { World } from "./vm-world";

const source = join(__dirname, "..", "..", "apps", "probe");

export interface ProbeImageOptions {
  /** The image's USER. */
  readonly runAs?: string;
  /** Whether the image has /etc/passwd and /etc/group. */
  readonly users?: "people" | "nobody";
}

export const PROBE_USER = { name: "guest", uid: 1500, gid: 1501 };

export async function probeImage(world: World, options: ProbeImageOptions = {}): Promise<ContainerImage> {
  const { runAs = PROBE_USER.name, users = "people" } = options;
  const tag = `${users}-${runAs}`.replace(/[^\w.-]/g, "-");
  const buildArgs = { USERS: users, RUN_AS: runAs };
  return ContainerImage.fromRegistry(await world.image("probe", await buildContext(), tag, buildArgs));
}

/** The props of the probe on the bucket "files". */
export async function probeProps(world: World, options?: ProbeImageOptions) {
  return {
    image: await probeImage(world, options),
    gcsfuse: { image: ContainerImage.fromRegistry(await world.gcsfuseImage()) },
    mounts: [world.mount({ path: PROBE_FOLDER })],
  };
}

export const PROBE_FOLDER = "/srv/files";

/** The folder of the image with the compiled program in it. */
async function buildContext(): Promise<string> {
  const hash = createHash("sha256");
  for (const name of readdirSync(source, { recursive: true }) as string[]) {
    if (/\.(go|mod)$/.test(name)) hash.update(readFileSync(join(source, name)));
  }
  const folder = `probe-${hash.digest("hex").slice(0, 12)}`;
  const program = await cachedFile([folder, "probe"], async (path) => {
    const work = mkdtempSync(join(cacheDir("build"), "probe-"));
    try {
      const env = { CGO_ENABLED: "0", GOWORK: "off" };
      await execa("go", ["build", "-trimpath", "-ldflags", "-s -w", "-o", join(work, "probe"), "."], {
        cwd: source,
        env,
      });
      renameSync(join(work, "probe"), path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  const context = cacheDir(folder, "context");
  cpSync(source, context, { recursive: true });
  copyFileSync(program, join(context, "probe"));
  return context;
}

export interface ProbeProcess {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** The whole command line, base64. */
  readonly arguments: readonly string[];
  /** /proc/1/environ, base64. */
  readonly environment: string;
  /** /proc/1/status. */
  readonly status: string;
  /** /proc/1/mountinfo. */
  readonly mounts: string;
  readonly devices: readonly string[];
}

export interface FileStatus {
  readonly uid: number;
  readonly gid: number;
  /** Octal. */
  readonly mode: string;
  readonly size: number;
  /** Seconds. */
  readonly modified: number;
  readonly folder: boolean;
}

/** Asks the probe; what it cannot do is thrown with its own words. */
export class Probe {
  /** The machine whose published port is asked, or another address. */
  public constructor(private readonly target: CosMachine | string) {}

  public process(): Promise<ProbeProcess> {
    return this.ask("GET", "/process", {});
  }

  /** What the app gets for a URL, asked as a client of the metadata server asks. */
  public fetch(url: string): Promise<{ status: number; body: string }> {
    return this.ask("GET", "/fetch", { url });
  }

  public connect(address: string): Promise<true> {
    return this.ask("GET", "/connect", { address });
  }

  public resolve(name: string): Promise<string[]> {
    return this.ask("GET", "/resolve", { name });
  }

  /** Returns when the app has closed the file without an error. */
  public write(path: string, body: string): Promise<true> {
    return this.ask("PUT", "/file", { path }, body);
  }

  public async read(path: string): Promise<string> {
    return (await this.request("GET", "/file", { path })).text();
  }

  public remove(path: string): Promise<true> {
    return this.ask("DELETE", "/file", { path });
  }

  public setTimesAndMode(path: string, modified: number, mode: string): Promise<true> {
    return this.ask("POST", "/file/times-and-mode", { path, modified: String(modified), mode });
  }

  public status(path: string): Promise<FileStatus> {
    return this.ask("GET", "/file/status", { path });
  }

  public list(path: string): Promise<string[]> {
    return this.ask("GET", "/folder", { path });
  }

  private async ask<T>(method: string, path: string, parameters: Record<string, string>, body?: string): Promise<T> {
    return (await this.request(method, path, parameters, body)).json() as Promise<T>;
  }

  private async request(method: string, path: string, parameters: Record<string, string>, body?: string) {
    const base = typeof this.target === "string" ? this.target : this.target.httpAddress;
    const response = await fetch(`${base}${path}?${new URLSearchParams(parameters).toString()}`, {
      method,
      body,
      signal: AbortSignal.timeout(60_000),
    });
    if (!response.ok) throw new Error((await response.text()).trim());
    return response;
  }
}

import execa, { type ExecaChildProcess } from "execa";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { eventually } from "../eventually";
import { gcsfuseBinary } from "./go-tools";
import { helperProcess } from "./helper-process";

export interface GcsfuseOptions {
  readonly bucket: string;
  readonly endpoint: string;
  /** HOST:PORT of a metadata server that hands out tokens; without it access is anonymous. */
  readonly metadataHost?: string;
  /** A folder of the test's own. */
  readonly folder: string;
  /** More of gcsfuse's configuration, a section at a time. */
  readonly config?: Record<string, object | string | boolean>;
}

/** The real gcsfuse, mounted on this machine. */
export class GcsfuseMount {
  private static readonly running = new Set<GcsfuseMount>();

  private constructor(
    readonly path: string,
    readonly process: ExecaChildProcess,
  ) {}

  static async start(options: GcsfuseOptions): Promise<GcsfuseMount> {
    const folder = mkdtempSync(join(options.folder, "gcsfuse-"));
    const [path, tempDir, config] = ["mount", "temp", "config.yaml"].map((name) => join(folder, name));
    chmodSync(folder, 0o755);
    mkdirSync(path);
    mkdirSync(tempDir);
    writeFileSync(config, stringify(configuration(options, tempDir)));
    const metadataHost = options.metadataHost ?? "127.0.0.1:1";
    const process = helperProcess("env", [
      `GCE_METADATA_HOST=${metadataHost}`,
      await gcsfuseBinary(),
      "--config-file",
      config,
      options.bucket,
      path,
    ]);
    const mount = new GcsfuseMount(path, process);
    GcsfuseMount.running.add(mount);
    await eventually(() => mount.isMounted(), { timeoutMs: 15_000, everyMs: 20, what: "the mount" });
    return mount;
  }

  /** Also those of tests that did not come to their end: whoever touches their folder would hang. */
  static async stopAll(): Promise<void> {
    await Promise.all([...GcsfuseMount.running].map((mount) => mount.stop()));
  }

  isMounted(): boolean {
    return readFileSync("/proc/self/mounts", "utf8").includes(` ${this.path} fuse.gcsfuse `);
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  /** Resident memory, in MiB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.process.pid}/status`, "utf8");
    return Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024;
  }

  /** Also when it is dead or busy. */
  async stop(): Promise<void> {
    this.process.kill("SIGKILL");
    await execa("umount", ["--lazy", this.path], { reject: false });
    await this.process;
    GcsfuseMount.running.delete(this);
  }
}

function configuration({ endpoint, metadataHost, config = {} }: GcsfuseOptions, tempDir: string): object {
  const { "file-system": fileSystem = {}, ...others } = config;
  return {
    foreground: true,
    // Otherwise it asks the metadata server of the machine that it runs on.
    "machine-type": "e2-small",
    "implicit-dirs": true,
    "enable-hns": false,
    logging: { format: "text", severity: "info" },
    "gcs-connection": { "custom-endpoint": endpoint },
    "gcs-auth": { "anonymous-access": metadataHost === undefined },
    "gcs-retries": { "max-retry-sleep": "2s" },
    "file-system": {
      "rename-dir-limit": 1000,
      "temp-dir": tempDir,
      "fuse-options": ["allow_other"],
      ...(fileSystem as object),
    },
    ...others,
  };
}

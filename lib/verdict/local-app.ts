import { spawn, spawnSync } from "child_process";
import * as path from "path";
import * as readline from "readline";
import { ListedObject } from "./databases";
import { FileActivity } from "./file-activity";
import { MountObservation } from "./findings";
import { Held, parseLocks, parseMaps } from "./locks-and-maps";

/** Lines of a shell in the machine's container: for each mount its path, device, bucket and folder in it. */
const MOUNTS = `
cd /etc/gcs-backed-container-app
for settings in gcsfuse-*; do
  printf '%s\\t%s\\t%s\\t%s\\t%s\\n' "$settings" "$(cat $settings/path)" \\
    "$(findmnt --noheadings --output MAJ:MIN "$RUN_FOLDER/$settings/fs" | tail -n 1 | tr -d ' ')" \\
    "$(tail -n 2 $settings/command | head -n 1)" "$(sed -n 's/^only-dir: *"\\(.*\\)"$/\\1/p' $settings/config.yaml)"
done`;

interface Mount {
  readonly container: string;
  readonly path: string;
  readonly device: string;
  readonly bucket: string;
  readonly folder: string;
}

/** A local app as its Docker engine shows it. */
export class LocalApp {
  /** @throws if there is no local app of that name */
  constructor(private readonly name: string) {
    const { status, stderr } = this.docker("inspect", `${name}-machine`);
    if (status !== 0) {
      throw new Error(
        `there is no local app ${JSON.stringify(name)}: deploy it first ("npx cdktf deploy local"), or give another name (${stderr.trim()})`,
      );
    }
  }

  async observe(): Promise<MountObservation[]> {
    const held = this.held();
    return Promise.all(
      this.mounts().map(async (mount) => ({
        activity: await this.activity(mount),
        objects: this.objects(mount),
        held: held.filter(({ device }) => device === mount.device),
      })),
    );
  }

  /** How often a mount was lost, so that the log begins anew. */
  lostMounts(): number {
    return this.output("logs", `${this.name}-machine`).split("gcsfuse has ended").length - 1;
  }

  private mounts(): Mount[] {
    const lines = this.output("exec", `${this.name}-machine`, "bash", "-c", MOUNTS).split("\n");
    return lines.filter(Boolean).map((line) => {
      const [settings, mountPath, device, bucket, folder] = line.split("\t");
      return { container: `${this.name}-${settings}`, path: mountPath, device, bucket, folder };
    });
  }

  private async activity(mount: Mount): Promise<FileActivity> {
    const activity = new FileActivity(mount.path);
    const logs = spawn("docker", ["logs", mount.container], { stdio: ["ignore", "pipe", "pipe"] });
    const readAll = [logs.stdout, logs.stderr].map(async (input) => {
      for await (const line of readline.createInterface({ input })) {
        activity.read(line);
      }
    });
    await Promise.all(readAll);
    activity.finish(Date.now() / 1000);
    return activity;
  }

  private objects({ bucket, folder, path: mountPath }: Mount): Map<string, ListedObject> {
    const text = this.output("exec", `${this.name}-storage`, "node", "list-objects.js", bucket, "--json");
    const prefix = folder === "" ? "" : `${folder}/`;
    const objects = text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as ListedObject);
    return new Map(
      objects
        .filter(({ name }) => name.startsWith(prefix))
        .map((object) => [path.posix.join(mountPath, object.name.slice(prefix.length)), object]),
    );
  }

  /** From all processes of this machine, for which a container must be let see them. */
  private held(): Held[] {
    const image = this.output("inspect", "--format", "{{.Config.Image}}", `${this.name}-machine`).trim();
    const text = this.output(
      ...["run", "--rm", "--pid=host", "--network=none", "--cap-drop=ALL", "--cap-add=SYS_PTRACE"],
      ...["--security-opt=apparmor=unconfined", "--entrypoint=sh", image],
      ...["-c", "cat /proc/locks; echo; cat /proc/[0-9]*/maps 2>/dev/null | grep ' .w.s '; true"],
    );
    return [...parseLocks(text), ...parseMaps(text)];
  }

  private output(...args: string[]): string {
    const { status, stdout, stderr } = this.docker(...args);
    if (status !== 0) {
      throw new Error(`docker ${args.slice(0, 2).join(" ")}: ${stderr.trim()}`);
    }
    return stdout;
  }

  private docker(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const { status, stdout, stderr, error } = spawnSync("docker", args, {
      encoding: "utf8",
      maxBuffer: 1024 * 1024 * 1024,
    });
    if (error) {
      throw new Error(`docker cannot be run: ${error.message}`);
    }
    return { status, stdout, stderr };
  }
}

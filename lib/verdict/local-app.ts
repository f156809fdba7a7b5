import { spawn, spawnSync } from "child_process";
import * as path from "path";
import * as readline from "readline";
import { ListedObject } from "./databases";
import { FileActivity } from "./file-activity";
import { MountObservation } from "./findings";
import { LockOrMap, parseLocks, parseMaps } from "./locks-and-maps";
import { MountRights, parseProcesses, Process, refusedUsers } from "./processes";

/**
 * A script for bash in the container of the VM's stand-in. It prints a line of JSON for each mount. The device is empty
 * while the mount is lost.
 */
export const MOUNTS_SCRIPT = `
for folder in "$RUN_FOLDER"/config/gcsfuse-*/; do
  name=$(basename "$folder")
  device=$(findmnt --noheadings --output MAJ:MIN "$RUN_FOLDER/$name/fs" | tail -n 1 | tr -d " ")
  times=$(cat "$RUN_FOLDER/state/$name.mounts")
  hidden=$(base64 --wrap 0 "$RUN_FOLDER/state/$name.hidden" 2>/dev/null)
  rights=
  if [[ $device ]] && owner=$(timeout 10 stat --format '"uid":%u,"gid":%g,"mode":"%a"' "$RUN_FOLDER/$name/fs"); then
    options=$(findmnt --noheadings --output FS-OPTIONS "$RUN_FOLDER/$name/fs" | tail -n 1)
    [[ $options == *default_permissions* ]] && checked=true || checked=false
    rights=',"rights":{'$owner',"areChecked":'$checked'}'
  fi
  printf '{"name":"%s","container":"%s","device":"%s","timesMounted":%d,"hidden":"%s","mount":%s%s}\\n' \\
    "$name" "$(<"$folder/container")" "$device" "$times" "$hidden" "$(cat "$folder/mount.json")" "$rights"
done`;

/** A script for sh: the locks on files, the maps that write to their files, and who the processes are. */
const PROCESSES_SCRIPT = `
cat /proc/locks
echo
cat /proc/[0-9]*/maps 2>/dev/null | grep ' .w.s '
for process in /proc/[0-9]*; do
  echo "process $(readlink "$process/ns/pid")"
  cat "$process/status"
done 2>/dev/null
true`;

/** The part of a mount's declaration that is used here. Its schema is lib/boot/declaration.schema.json. */
export interface MountDeclaration {
  /** In its container. */
  readonly path: string;
  readonly bucket: string;
  readonly readOnly: boolean;
  readonly gcsfuseConfig: { readonly "only-dir"?: string };
}

/** As `MOUNTS_SCRIPT` prints it. */
export interface LocalMount {
  /** The name of the mount's folder, for example `gcsfuse-0`. Its container is `APP-gcsfuse-0`. */
  readonly name: string;
  /** The device in /proc/locks and /proc/PID/maps, but in decimal. */
  readonly device: string;
  readonly timesMounted: number;
  /** The name of the folder of the container that has it, for example `app`. The container is `APP-app`. */
  readonly container: string;
  /** The names of the image's files that it hides, a NUL after each; base64. */
  readonly hidden: string;
  readonly rights?: MountRights;
  readonly mount: MountDeclaration;
}

/** A local app, observed through the Docker client. */
export class LocalApp {
  private readonly mounts: LocalMount[];

  /** @throws if docker does not answer, or if there is no local app of that name */
  constructor(private readonly name: string) {
    const { status, stderr } = this.docker("inspect", `${name}-machine`);
    if (status !== 0 && !/no such object/i.test(stderr)) {
      throw new Error(`docker does not answer: start it, or set DOCKER_HOST to where it is (${stderr.trim()})`);
    }
    if (status !== 0) {
      throw new Error(
        `there is no local app ${JSON.stringify(name)}: deploy it first ("npx cdktf deploy local"), or give another name (${stderr.trim()})`,
      );
    }
    const lines = this.output("exec", `${name}-machine`, "bash", "-c", MOUNTS_SCRIPT).split("\n");
    this.mounts = lines.filter(Boolean).map((line) => JSON.parse(line) as LocalMount);
  }

  async observe(): Promise<MountObservation[]> {
    const { locksAndMaps, processes } = this.processes();
    return Promise.all(
      this.mounts.map(async ({ name, container, device, hidden, rights, mount }) => ({
        path: mount.path,
        activity: await this.activity(name, mount.path),
        objects: this.objects(mount),
        locksAndMaps: locksAndMaps.filter((one) => one.device === device),
        hidden: listIn(hidden).map((file) => path.posix.join(mount.path, file)),
        rights,
        refused:
          rights === undefined || mount.readOnly ? [] : refusedUsers(processes, this.firstPid(container), rights),
      })),
    );
  }

  /** How often a mount was lost and mounted again. Each time its log starts over. */
  lostMounts(): number {
    return this.mounts.reduce((sum, { timesMounted }) => sum + Math.max(0, timesMounted - 1), 0);
  }

  private async activity(mountName: string, mountPath: string): Promise<FileActivity> {
    const activity = new FileActivity(mountPath);
    const logs = spawn("docker", ["logs", `${this.name}-${mountName}`], { stdio: ["ignore", "pipe", "pipe"] });
    const readAll = [logs.stdout, logs.stderr].map(async (input) => {
      for await (const line of readline.createInterface({ input })) {
        activity.read(line);
      }
    });
    await Promise.all(readAll);
    activity.finish(Date.now() / 1000);
    return activity;
  }

  private objects({ bucket, path: mountPath, gcsfuseConfig }: MountDeclaration): Map<string, ListedObject> {
    const folder = gcsfuseConfig["only-dir"] ?? "";
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

  /** Reads /proc of every process on the host, hence `--pid=host`. Other users' processes need SYS_PTRACE. */
  private processes(): { locksAndMaps: LockOrMap[]; processes: Process[] } {
    const image = this.output("inspect", "--format", "{{.Config.Image}}", `${this.name}-machine`).trim();
    // prettier-ignore
    const text = this.output(
      "run", "--rm", `--label=gcs-backed-container-app=${this.name}`, "--pid=host", "--network=none",
      "--cap-drop=ALL", "--cap-add=SYS_PTRACE", "--security-opt=apparmor=unconfined", "--entrypoint=sh", image,
      "-c", PROCESSES_SCRIPT,
    );
    return { locksAndMaps: [...parseLocks(text), ...parseMaps(text)], processes: parseProcesses(text) };
  }

  /** Of a container, as the host numbers it; 0 while it does not run. */
  private firstPid(container: string): number {
    const { stdout } = this.docker("inspect", "--format", "{{.State.Pid}}", `${this.name}-${container}`);
    return Number(stdout);
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

function listIn(base64: string): string[] {
  return Buffer.from(base64, "base64").toString().split("\0").slice(0, -1);
}

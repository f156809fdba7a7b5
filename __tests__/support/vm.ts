import { existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../lib/boot/declaration";
import { machineFiles } from "../../lib/boot/machine-files";
import { FakePrograms, textsIn } from "./fake-programs";
import { folderWith, textOf, write } from "./folder";
import { PYTHON, renderTo } from "./rendered";

/** What the folder of the declaration that runs is called: on a VM, its hash. */
export const VERSION = "0123abcd";

/**
 * A docker client whose engine has every image. The test writes what it is to say: `user` and `image-command` (of an image), `ended` (an exit
 * code; until it is there, containers run on), `log` and `log-since` (for one question), `container-NAME` (id and label of a container that is there) and
 * `create-fails` (why), `stop-takes` (seconds), `wait-fails`
 * and `rename-fails`, `name-is-taken` (so long as no container is removed a rename fails), `network` (the label of a network that is there), `status` (and exit code of a container), `pid` (and seconds to stop), `health` (what the health check says) and
 * `health-log`; `cp-fails` and `cp-breaks` (why a folder's archive does not come, or once ends early for a mount); of the image
 * `image` (its files), `owner-of/PATH/id` (UID GID MODE of a folder) and `image-env`. `created` gets the arguments of each
 * container that is created.
 */
const DOCKER = `
case "$*" in
  "image inspect --format [{{json .Config.Entrypoint}},"*) cat "$state/image-command" ;;
  "image inspect --format {{.Config.User}} "*) cat "$state/user" 2>/dev/null || true ;;
  "image inspect --format {{range .Config.Env}}"*) cat "$state/image-env" 2>/dev/null || true ;;
  "image inspect "*) ;;
  "inspect --type container "*) cat "$state/container-\${*: -1}" 2>/dev/null ;;
  "inspect --format {{.State.Running}} "*) echo true ;;
  "inspect --format {{.State.Status}} "*) cat "$state/status" 2>/dev/null || echo running 0 ;;
  "inspect --format {{.State.Pid}} "*) cat "$state/pid" ;;
  "inspect --format {{range .NetworkSettings"*) if [[ -e $state/address ]]; then cat "$state/address"; else echo 127.0.0.1; fi ;;
  "network inspect --format {{index .Labels "*) cat "$state/network" 2>/dev/null || exit 1 ;;
  "network inspect --format {{index .Options "*) echo 1460 ;;
  "network create "*) [[ ! -e $state/network-fails ]] || { cat "$state/network-fails" >&2; exit 1; } ;;
  "inspect --format {{with .State.Health}}"*) cat "$state/health" 2>/dev/null || echo starting ;;
  "inspect --format {{range .State.Health.Log}}"*) cat "$state/health-log" ;;
  "create "*)
    if [[ -e $state/create-fails ]]; then cat "$state/create-fails" >&2; exit 1; fi
    printf '%s\\n' "$@" >>"$state/created" ;;
  "cp disk-"*-image:*)
    path=\${2#*:}
    [[ -d $state/image$path ]] || { echo "Error: Could not find the file $path in container \${2%%:*}" >&2; exit 1; }
    tar --create --directory "$state/image$path" .; [[ ! -e $state/cp-fails ]] || { cat "$state/cp-fails" >&2; exit 1; } ;;
  "cp "*"/. -")
    folder=\${2#*:} folder=\${folder%/.}
    mkdir -p "$state/image"
    if [[ -e $state/cp-fails ]]; then cat "$state/cp-fails" >&2; exit 1; fi
    if [[ ! -d $state/image$folder ]]; then echo "Error response from daemon: Could not find the file $folder in container x" >&2; exit 1; fi
    uid=0 gid=0 mode=u=rwX,go=rX
    [[ ! -e $state/owner-of$folder/id ]] || read -r uid gid mode <"$state/owner-of$folder/id"
    tar --create --directory "$state/image$folder" --numeric-owner --owner="$uid" --group="$gid" --mode="$mode" .
    if [[ -e $state/cp-breaks && $2 == *-image:* ]]; then cat "$state/cp-breaks" >&2; rm "$state/cp-breaks"; exit 1; fi ;;
  "cp "*) tar --create --directory "$state/image" --transform 's,.*/,,' ".\${3#*:}" 2>/dev/null || true ;;
  "rename "*) [[ ! -e $state/rename-fails && ! -e $state/name-is-taken ]] || exit 1 ;;
  "rm --force --volumes "*) rm -f "$state/name-is-taken" ;;
  "start "* | "rm "* | "kill "* | "ps "*) ;;
  "stop "*) [[ ! -e $state/stop-takes ]] || /bin/sleep "$(cat "$state/stop-takes")"; [[ -e $state/ended ]] || echo 143 >"$state/ended" ;;
  "wait "*) [[ ! -e $state/wait-fails ]] || exit 1; until code=$(cat "$state/ended" 2>/dev/null); [[ $code ]]; do sleep 0.05; done; echo "$code" ;;
  "attach "* | "logs --follow "*) cat "$state/log" 2>/dev/null || true; until [[ -s $state/ended ]]; do sleep 0.05; done ;;
  "logs --since "*) cat "$state/log-since" 2>/dev/null && rm "$state/log-since" ;;
  "logs "*) ;;
  *) echo "docker was not expected to be asked: $*" >&2; exit 64 ;;
esac`;

/** Every pause is short, and a script that pauses forever is ended. */
const SLEEP = 'times sleeps; ((n < 100)) || kill "$PPID"; /bin/sleep 0.01';

/**
 * The scripts of the VM on this machine: in folders of their own, with the files that they read, and with stand-ins for
 * the programs that would change the machine.
 */
export class FakeVm {
  /** The folder of the scripts. */
  readonly scripts = folderWith(machineFiles());
  readonly runFolder = folderWith();
  /** The files of the declaration that runs. */
  readonly config = join(this.runFolder, "declarations", VERSION);
  readonly programs: FakePrograms;

  constructor(declaration: Declaration, programs: { readonly [name: string]: string } = {}) {
    mkdirSync(this.config, { recursive: true });
    renderTo(this.config, declaration, { RUN_FOLDER: this.runFolder });
    symlinkSync(this.config, join(this.runFolder, "config"));
    for (const name of readdirSync(this.config).filter((one) => one.startsWith("gcsfuse-"))) {
      mkdirSync(join(this.runFolder, name, "fs"), { recursive: true });
    }
    this.programs = new FakePrograms({
      docker: DOCKER,
      systemctl: 'case "$*" in *SubState*) echo running ;; *) echo active ;; esac',
      findmnt: "echo fuse.gcsfuse",
      iptables: "",
      mount: "",
      python3: `exec '${PYTHON}' -I -S "$@"`,
      mountpoint: "exit 1",
      sleep: SLEEP,
      umount: "",
      ...programs,
    });
  }

  /** The files of the state folder. */
  get states(): { [name: string]: string } {
    return textsIn(join(this.runFolder, "state"));
  }

  /** A file that outlives a reboot. */
  saved(name: string): string {
    return textOf(join(this.runFolder, name));
  }

  save(name: string, text: string): void {
    write(this.runFolder, name, text);
  }

  setState(name: string, text: string): void {
    write(this.runFolder, `state/${name}`, text);
  }

  /** Whether a file is in the folder for what runs. */
  has(name: string): boolean {
    return existsSync(join(this.runFolder, name));
  }

  /** Another content for a file that was made of the declaration. */
  write(name: string, content: string): void {
    write(this.config, name, content);
  }

  /** Changes a script. */
  change(script: string, from: string | RegExp, to: string): void {
    const before = textOf(join(this.scripts, script));
    const after = before.replace(from, () => to);
    if (after === before) {
      throw new Error(`${script} has no ${from}`);
    }
    write(this.scripts, script, after);
  }

  /** Has a program do something more in the end. */
  after(program: string, lines: string): void {
    this.programs.append(program, lines);
  }

  /** Runs one of the scripts. */
  run(script: string, args: readonly string[] = [], env: { readonly [name: string]: string } = {}) {
    return this.programs.run(["bash", join(this.scripts, script), ...args], { ...this.env, ...env });
  }

  /** Runs lines of bash with what the scripts have in common. */
  shell(lines: string, args: readonly string[] = [], env: { readonly [name: string]: string } = {}) {
    const sourced = ["bash", "-c", `source "$0/common.sh"; ${lines}`, this.scripts, ...args];
    return this.programs.run(sourced, { ...this.env, ...env });
  }

  private get env() {
    return { HOME: this.runFolder, RUN_FOLDER: this.runFolder, REPORT_STATE: "false" };
  }
}

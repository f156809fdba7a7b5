import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { Declaration } from "../../lib/boot/declaration";
import { machineFiles } from "../../lib/boot/machine-files";
import { DECLARATION_KEY } from "../../lib/boot/paths";
import { FakePrograms } from "./fake-programs";
import { copyFolder, folderWith, textOf, write } from "./folder";
import { PYTHON } from "./rendered";

export const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

/** The user-data that a machine was booted from, unless a test says otherwise. */
export const USER_DATA = "#cloud-config\n# this version of the library\n";

/**
 * What an app does, by the tag of its image, as container.sh would write it down: `ends` as soon as it runs, `ends-later` after
 * 5 seconds, `ends-late` after 60, `deaf` never takes a connection, `slow` is live after 60 seconds, `done` has ended for
 * good, and is to. Any other is live after a second. Whoever ends is started again after 2 seconds, as by systemd.
 */
const APP = `
now() { read -r clock <"$state/clock"; }
configured() { folder=$(readlink "$run/config"); version=\${folder##*/}; }
say() { printf '%s' "$1" >"$run/state/app"; }
due() { rm -f "$state"/due-*; now; [[ ! $1 ]] || { printf -v time %06d $((clock + $1)); printf '%s' "$2" >"$state/due-$time"; }; }
start_app() {
  configured
  echo "$version" >"$state/unit-app.service"
  printf '%s' "$version" >"$run/begun"
  printf '%s' "$version" >"$run/running"
  say 'starting the container starts'
  read -r image <"$folder/app/image"
  case $image in
    *:ends) due 1 "end $version" ;;
    *:ends-later) due 1 "live 5 $version" ;;
    *:ends-late) due 1 "live 60 $version" ;;
    *:deaf) say 'starting the container runs, but port 8080 takes no connection yet'; due '' ;;
    *:slow) due 60 'live' ;;
    *:done) due 1 'say "stopped the app ended with exit code 0"' ;;
    *) due 1 live ;;
  esac
}
# start_sidecar NAME: as an app of that tag; \`deaf\` is one whose health check never passes.
start_sidecar() {
  configured
  echo "$version" >"$state/unit-sidecar@$1.service"
  read -r image <"$folder/sidecar-$1/image"
  say_of "$1" 'starting the container starts'
  case $image in
    *:ends) later "$1" 1 "end_sidecar $1 $version" ;;
    *:deaf) say_of "$1" 'starting its health check has not passed yet'; later "$1" '' ;;
    *:slow) later "$1" 30 "say_of $1 'live '" ;;
    *:done) later "$1" 1 "say_of $1 'stopped sidecar $1 ended with exit code 0'" ;;
    *) later "$1" 1 "say_of $1 'live '" ;;
  esac
}
say_of() { printf '%s' "$2" >"$run/state/sidecar-$1"; }
later() { rm -f "$state/later-$1"-*; now; [[ ! $2 ]] || { printf -v time %06d $((clock + $2)); printf '%s' "$3" >"$state/later-$1-$time"; }; }
end_sidecar() {
  printf '%s %s' "$2" "sidecar $1 ended with exit code 3" >"$run/blame"
  say_of "$1" "starting sidecar $1 ended with exit code 3"
  later "$1" 2 "start_sidecar $1"
}
live() { say 'live '; [[ ! \${1:-} ]] || due "$1" "end $2"; }
end() {
  printf '%s %s' "$1" 'the app ended with exit code 3' >"$run/blame"
  say 'starting the app ended with exit code 3'
  due 2 start_app
}
# happens TIME: the next thing that happens until then; fails if there is none.
happens() {
  local file time='' next='' lines
  for file in "$state"/event-* "$state"/due-* "$state"/later-*; do
    [[ -e $file ]] || continue
    [[ $time && ! \${file##*-} < $time ]] || time=\${file##*-} next=$file
  done
  now
  [[ $time ]] && ((10#$time <= $1)) || { (($1 <= clock)) || echo "$1" >"$state/clock"; return 1; }
  ((10#$time <= clock)) || echo "$((10#$time))" >"$state/clock"
  lines=$(<"$next")
  rm "$next"
  eval "$lines"
}
# The time that a test watches is over.
end_of_test() {
  local stop watcher
  now; read -r stop <"$state/stop"; ((clock < stop)) || { read -r watcher <"$state/watcher"; kill -KILL "$watcher"; exit; }
}
# waits SECONDS
waits() {
  local end stop
  now; read -r stop <"$state/stop"; end=$((clock + $1))
  ((end <= stop)) || end=$stop
  while happens "$end"; do :; done
  end_of_test
}`;

/** The clock goes on while somebody waits. */
const CURL = `
url=\${*: -1}
while (($#)); do case $1 in --output) out=$2 ;; --dump-header) headers=$2 ;; esac; shift; done
case $url in
  */service-accounts/default/token) echo '{"access_token":"ya29.x"}'; exit ;;
  https://secretmanager.googleapis.com/*) now; cat "$state/secret-body" >"$out"; printf '%s' "$(<"$state/secret-status")"; exit ;;
esac
asked=\${url##*last_etag=}; asked=\${asked%%&*}
now; read -r stop <"$state/stop"; end=$((clock + \${url##*timeout_sec=})); ((end <= stop)) || end=$stop
while happens "$clock"; do now; done
while read -r etag <"$state/etag"; [[ $etag == "$asked" ]] && happens "$end"; do :; done
end_of_test
[[ ! -e $state/no-metadata ]] || { echo 'curl: (7) refused' >&2; exit 7; }
printf '%s' "$(<"$state/attributes")" >"$out"; printf 'HTTP/1.1 200 OK\\r\\nETag: %s\\r\\n\\r\\n' "$etag" >"$headers"`;

/** An engine with the images that are listed in \`images\`; it can pull all but those in \`missing\`. Each takes 3 seconds. */
const DOCKER = `
has() { local one; while read -r one; do [[ $one != "$1" ]] || return 0; done <"$state/$2"; return 1; }
case "$*" in
  "image inspect --format {{.Id}} "*) has "$5" images && echo "id-$5" ;;
  "image inspect --format {{.Config.User}} "*) cat "$state/user-$5" 2>/dev/null || true ;;
  "image inspect --format "*) echo '[["/app"],null]' ;;
  "image inspect "*) has "$3" images ;;
  "image ls "*) sed 's/^/id-/' "$state/images" ;;
  "image rm "*) sed -i "/^\${4#id-}$/d" "$state/images" ;;
  "pull "*)
    echo "$DOCKER_CONFIG" >>"$state/pulled-with"
    ! has "$3" missing || { echo 'manifest unknown' >&2; exit 1; }
    waits 3
    [[ ! -e $state/while-pulling ]] || . "$state/while-pulling"
    echo "$3" >>"$state/images" ;;
  "inspect --type container "*" app-next") [[ ! -e $run/next-runs ]] || echo "0next app" ;;
  "inspect "* | "create "* | "stop "*) ;;
  "rename app-next "*) [[ ! -e $state/rename-fails ]] || exit 1; rm -f "$run/next-runs" ;;
  "rename "*) ;;
  "rm --force --volumes 0next") rm "$run/next-runs" ;;
  "cp "*) tar --create --directory "$state" passwd ;;
  *) echo "docker was not expected to be asked: $*" >&2; exit 64 ;;
esac`;

/**
 * Units, as far as the watcher has to do with them: which version each was started with is in \`unit-NAME\`. A mount's has
 * the owner of its files looked up, as gcsfuse.sh has.
 */
const SYSTEMCTL = `
restart() {
  [[ $1 != retired.service ]] || return 0
  [[ $1 != app.service || ! -e $state/stops-slowly ]] || { due "$(<"$state/stops-slowly")" start_app; return; }
  [[ $1 != app.service ]] || { start_app; return; }
  [[ $1 != sidecar@* ]] || { local name=\${1#sidecar@}; start_sidecar "\${name%.service}"; return; }
  configured
  local index=\${1//[^0-9]/}
  echo "$version" >"$state/unit-$1"
  [[ $1 != disk@* ]] || return 0
  bash "$scripts/owner.sh" "$folder" "gcsfuse-$index" >/dev/null
  rm -rf "$state/settings-$index" && cp -r "$folder/gcsfuse-$index" "$state/settings-$index"
}
unit=\${*: -1}
case $1 in
  show) echo active ;;
  daemon-reload) ;;
  stop)
    for unit in "\${@:2}"; do
      [[ $unit != app.service ]] || cp "$run/state/app" "$state/stopped-as"
      rm -f "$state/unit-$unit"
      [[ $unit != app.service ]] || { due ''; say 'starting it is stopped'; }
      [[ $unit != sidecar@* ]] || { name=\${unit#sidecar@}; name=\${name%.service}; later "$name" ''; say_of "$name" 'starting it is stopped'; }
    done ;;
  start) [[ -e $state/unit-$unit ]] || restart "$unit" ;;
  restart) restart "$unit" ;;
  reboot)
    read -r watcher <"$state/watcher"
    [[ ! -s $state/on-reboot ]] || eval "$(<"$state/on-reboot")"
    touch "$state/rebooted"
    kill -KILL "$watcher" ;;
  *) echo "systemctl was not expected to be asked: $*" >&2; exit 64 ;;
esac`;

/**
 * beside.sh, by the tag of the app's image: \`ends\` says so at once, \`deaf\` after 5 seconds that it never answers, \`away\` says
 * nothing after 5. Any other answers, and is to go on doing so for 10.
 */
const BESIDE = `
read -r image <"$1/app/image"
touch "$RUN_FOLDER/next-runs"
case $image in
  *:ends) printf 'the app ended with exit code 3'; exit 1 ;;
  *:deaf) sleep 5; printf 'it has not come to life within 5 seconds: port 8080 does not answer by HTTP'; exit 1 ;;
  *:away) sleep 5; exit 1 ;;
esac
sleep 10
echo next >"$RUN_FOLDER/takes-over"`;

/** declaration.py is the real one; what runs it has been started before, see forking-python.py. */
const PYTHON3 = `
[[ $1 == */declaration.py ]] || exec '${PYTHON}' -I -S "$@"
exec {python}<>"/dev/tcp/127.0.0.1/$PYTHON_PORT"
printf '%s\\0' "$#" "$@" >&"$python"
for part in code out err; do IFS= read -r -d '' -u "$python" "$part"; done
printf '%s' "$out"
printf '%s' "$err" >&2
exit "$code"`;

/** Ends the watcher before its nth command, or its nth in a function. */
const KILLED = `
if [[ $0 == */watch-metadata.sh && -s $KILLED_BEFORE ]]; then
  read -r kill_before kill_in <"$KILLED_BEFORE"
  commands=0
  killed() {
    : >"$KILLED_BEFORE"
    [[ ! -e \${KILLED_BEFORE%/*}/attributes-killed ]] || {
      mv "\${KILLED_BEFORE%/*}/attributes-killed" "\${KILLED_BEFORE%/*}/attributes" 2>/dev/null &&
        echo killed >"\${KILLED_BEFORE%/*}/etag"
    }
  }
  set -o functrace
  trap '[[ $kill_in && " \${FUNCNAME[*]} " != *" $kill_in "* ]] || ((++commands < kill_before)) || { killed; kill -KILL $$ $BASHPID 2>/dev/null; }' DEBUG
fi`;

export interface Metadata {
  readonly declaration?: Declaration | string;
  readonly userData?: string;
}

/** What a thing that happens at a second of the machine's life is: other metadata, or lines of bash. */
export type Happening = Metadata | string;

/**
 * watch-metadata.sh on a machine whose clock goes on only while somebody waits, with stand-ins for the metadata server,
 * docker and systemd, and for the app, which writes what container.sh would. `stops-slowly` has the seconds that the app takes to
 * stop; `secret-status` and `secret-body`, what Secret Manager answers; `rename-fails`, that no container takes a name over; `while-pulling`, what happens while an image is pulled;
 * `on-reboot`, before the machine reboots. declaration.py and owner.sh are the real ones.
 */
export class WatchedMachine {
  private readonly folder = folderWith();
  readonly scripts = this.newFolder("scripts");
  readonly run = this.newFolder("run");
  /** The boot disk. */
  readonly home = this.newFolder("home");
  private readonly units = this.newFolder("units");
  private readonly programs: FakePrograms;
  private etag = 0;
  private boots = 0;

  constructor(private readonly bootedFrom = USER_DATA) {
    for (const [name, text] of Object.entries(machineFiles())) write(this.scripts, name, text);
    const world = `run='${this.run}' scripts='${this.scripts}'; ${APP}\n`;
    const programs = {
      curl: world + CURL,
      docker: world + DOCKER,
      sleep: `${world} waits "\${1%.*}"`,
      systemctl: world + SYSTEMCTL,
      umount: "",
      chown: "",
      sync: "",
      python3: PYTHON3,
    };
    this.programs = new FakePrograms(programs, this.newFolder("programs"));
    write(this.scripts, "beside.sh", BESIDE);
    this.change("common.sh", /^booted_user_data=.*$/m, `booted_user_data='${this.home}/booted'`);
    this.change("watch-metadata.sh", "</proc/uptime", `<'${this.stateFile("clock")}'`);
    this.change("watch-metadata.sh", "/proc/sys/kernel/random/boot_id", `'${this.stateFile("boot-id")}'`);
    this.change("watch-metadata.sh", "units=/run/systemd/system", `units='${this.units}'`);
    write(this.scripts, "killed-before.sh", KILLED);
    this.programs.set("clock", "100\n");
    this.programs.set("images", "app:1\ngcsfuse:1\n");
    this.programs.set("missing", "");
    this.setSecret("200", '{"payload":{"data":"aHVudGVyMg=="}}');
    this.programs.set("passwd", "root:x:0:0::/:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n");
    this.setMetadata({});
    this.start();
  }

  /** Another machine that has lived through the same. */
  copy(): WatchedMachine {
    const machine = new WatchedMachine(this.bootedFrom);
    copyFolder(this.folder, machine.folder);
    machine.etag = this.etag;
    return machine;
  }

  setMetadata(metadata: Metadata): void {
    this.programs.set("attributes", attributes(metadata));
    this.programs.set("etag", `e${++this.etag}\n`);
  }

  /** What Secret Manager answers from now on. */
  setSecret(status: string, body: string): void {
    this.programs.set("secret-status", status);
    this.programs.set("secret-body", body);
  }

  /** Images that the machine has. */
  setImages(...images: string[]): void {
    this.programs.set("images", images.map((image) => `${image}\n`).join(""));
  }

  get images(): string[] {
    return this.programs.get("images").split("\n").slice(0, -1).sort();
  }

  /** Images that cannot be pulled. */
  setMissing(...images: string[]): void {
    this.programs.set("missing", images.map((image) => `${image}\n`).join(""));
  }

  /** A file that docker and the others read. */
  set(name: string, text: string): void {
    this.programs.set(name, text);
  }

  get(name: string): string {
    return this.programs.get(name);
  }

  /** The power is cut, and the machine booted again: from the user-data in the metadata, or from another one. */
  reboot(userData = this.bootedFrom): void {
    for (const name of readdirSync(this.run)) rmSync(join(this.run, name), { recursive: true });
    for (const name of readdirSync(this.units)) rmSync(join(this.units, name), { recursive: true });
    for (const name of readdirSync(this.stateFile(""))) {
      if (/^(unit|due|event|later)-|^rebooted$/.test(name)) rmSync(this.stateFile(name));
    }
    this.start();
    write(this.home, "booted", userData);
  }

  /** A power cut in the middle of nothing: what is on the disk stays. */
  private start(): void {
    mkdirSync(join(this.run, "state"), { recursive: true });
    write(this.home, "booted", this.bootedFrom);
    this.programs.set("boot-id", `boot-${++this.boots}\n`);
  }

  /**
   * Watches for so many seconds, or until the machine reboots. `happenings` are by the second after the beginning. With
   * `killedBefore`, the watcher is killed before its command of that number (in the function `killedIn`), and started again as by systemd, with the metadata `then`.
   */
  watch(
    seconds: number,
    happenings: { readonly [second: number]: Happening } = {},
    { killedBefore, killedIn = "", then }: { killedBefore?: number; killedIn?: string; then?: Metadata } = {},
  ) {
    const begin = Number(this.get("clock"));
    this.programs.set("stop", `${begin + seconds}\n`);
    for (const [second, happening] of Object.entries(happenings)) {
      const name = `event-${String(begin + Number(second)).padStart(6, "0")}`;
      if (typeof happening === "string") {
        this.programs.set(name, happening);
      } else {
        const etag = ++this.etag;
        this.programs.set(`attributes-${etag}`, attributes(happening));
        this.programs.set(name, `mv "$state/attributes-${etag}" "$state/attributes"; echo e${etag} >"$state/etag"`);
      }
    }
    this.programs.set("killed-before", killedBefore === undefined ? "" : `${killedBefore} ${killedIn}\n`);
    if (then !== undefined) this.programs.set("attributes-killed", attributes(then));
    const calls = this.programs.calls.length;
    const lines: string[] = [];
    let killed = killedBefore === undefined;
    for (;;) {
      const { stdout, stderr } = this.runOnce();
      lines.push(...stdout.split("\n").filter(Boolean));
      const unexpected = stderr.split("\n").filter((line) => line !== "" && !/^curl: |Killed/.test(line));
      if (unexpected.length > 0) throw new Error(`the watcher complains: ${unexpected.join("\n")}`);
      if (killed || this.get("killed-before") !== "") break;
      killed = true;
    }
    const said = (part: string) =>
      lines.filter((line) => line.startsWith(`${part}: `)).map((line) => line.slice(part.length + 2));
    const since = this.programs.calls.slice(calls);
    const of = (name: string) =>
      since.filter((call) => call.startsWith(`${name} `)).map((call) => call.slice(name.length + 1));
    return {
      /** What was said of the update, and of the app by the watcher. */
      updates: said("update"),
      systemctl: of("systemctl").filter((call) => !call.startsWith("show")),
      docker: of("docker"),
      umounted: of("umount"),
      /** Whether it was killed where it was to be, rather than that it had fewer commands. */
      wasKilled: this.get("killed-before") === "",
    };
  }

  private runOnce() {
    // The watcher is waited for by a shell of its own, so that nobody tells that it was killed.
    const lines = `
      exec {server}< <("$3" -I -S "$4" "$1/declaration.py")
      read -r -u "$server" PYTHON_PORT
      export PYTHON_PORT
      exec {server}<&-
      bash "$1/watch-metadata.sh" & echo "$!" >"$2"; wait "$!" 2>/dev/null; true`;
    const args = [this.scripts, this.stateFile("watcher"), PYTHON, join(__dirname, "forking-python.py")];
    return this.programs.run(["bash", "-c", lines, "-", ...args], {
      HOME: this.home,
      RUN_FOLDER: this.run,
      REPORT_STATE: "false",
      BASH_ENV: join(this.scripts, "killed-before.sh"),
      KILLED_BEFORE: this.stateFile("killed-before"),
    });
  }

  /** The seconds that the machine has run. */
  get clock(): number {
    return Number(this.get("clock"));
  }

  get rebooted(): boolean {
    return this.programs.has("rebooted");
  }

  /** The word and the message of a part's state. */
  state(part: string): string | undefined {
    const file = join(this.run, "state", part);
    return existsSync(file) ? textOf(file) : undefined;
  }

  /** The hash of the version that each unit was started with. */
  get unitVersions(): { [unit: string]: string } {
    const files = readdirSync(this.stateFile("")).filter((name) => name.startsWith("unit-"));
    return Object.fromEntries(files.sort().map((name) => [name.slice("unit-".length), this.get(name).trim()]));
  }

  /** A file of the settings with which a mount's unit was started. */
  settingOf(index: number, file: string): string {
    return this.get(`settings-${index}/${file}`);
  }

  /** The hash of the version that is configured. */
  get configured(): string | undefined {
    return existsSync(join(this.run, "config")) ? basename(readlinkSync(join(this.run, "config"))) : undefined;
  }

  /** What is on the boot disk. */
  onDisk(name: string): string | undefined {
    return existsSync(join(this.home, name)) ? textOf(join(this.home, name)) : undefined;
  }

  /** The hashes of the versions whose files are there. */
  get versions(): string[] {
    return existsSync(join(this.run, "declarations")) ? readdirSync(join(this.run, "declarations")).sort() : [];
  }

  /** What the app's unit was given beside its own file. */
  get dropIn(): string {
    return this.dropInOf("app.service")!;
  }

  dropInOf(unit: string): string | undefined {
    const file = join(this.units, `${unit}.d/parts.conf`);
    return existsSync(file) ? textOf(file) : undefined;
  }

  private newFolder(name: string): string {
    const path = join(this.folder, name);
    mkdirSync(path);
    return path;
  }

  private stateFile(name: string): string {
    return join(this.programs.folder, name);
  }

  private change(script: string, from: string | RegExp, to: string): void {
    const before = textOf(join(this.scripts, script));
    const after = before.replace(from, () => to);
    if (after === before) throw new Error(`${script} has no ${from}`);
    write(this.scripts, script, after);
  }
}

/** The text of a declaration in the metadata. */
export const textOfDeclaration = (one: Declaration | string) => (typeof one === "string" ? one : JSON.stringify(one));

function attributes({ declaration, userData = USER_DATA }: Metadata): string {
  return JSON.stringify({
    "user-data": userData === "" ? undefined : userData,
    [DECLARATION_KEY]: declaration === undefined ? undefined : textOfDeclaration(declaration),
    "enable-oslogin": "TRUE",
  });
}

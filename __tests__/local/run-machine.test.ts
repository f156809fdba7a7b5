import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../lib/boot/declaration";
import { machineFiles } from "../../lib/boot/machine-files";
import { mountOf, sample, sidecarOf } from "../support/sample-declaration";
import { textOf, write, folderWith } from "../support/folder";
import { FakePrograms } from "../support/fake-programs";

const MACHINE = join(__dirname, "../../container/local-machine");
const CONFIG = "/etc/gcs-backed-container-app";

const TWO_MOUNTS = sample({ mounts: [mountOf(), mountOf({ path: "/b" })] });

/**
 * run-machine where its folders are others, with services that only note when they begin and end. `leave` are lines for a
 * shell that the app's service runs in the end.
 */
class Machine {
  readonly scripts: string;
  readonly run = folderWith({ events: "" });
  readonly programs: FakePrograms;

  constructor(services: { app: string; gcsfuse: string }, declaration: Declaration | string = TWO_MOUNTS) {
    const text = typeof declaration === "string" ? declaration : JSON.stringify(declaration);
    this.scripts = folderWith({ ...machineFiles(), "declaration.json": text });
    const service = (lines: string) =>
      `source "\${BASH_SOURCE[0]%/*}/common.sh"\necho "$(basename "$0") $*" >>"$run/events"\n${lines}\n`;
    write(this.scripts, "container.sh", service(services.app));
    write(this.scripts, "gcsfuse.sh", service(services.gcsfuse));
    write(this.scripts, "bin/run-machine", textOf(join(MACHINE, "run-machine")).replaceAll(CONFIG, this.scripts));
    write(this.scripts, "bin/engine-api", textOf(join(MACHINE, "engine-api")));
    this.programs = new FakePrograms({
      docker: `
case "$*" in
  version) ;;
  "ps "*) [[ "$*" != *"--filter label=gcs-backed-container-app=flask "* ]] || cat "$state/labelled" 2>/dev/null ;;
  "inspect "*) cat "$state/container-\${*: -1}" 2>/dev/null ;;
  "stop "* | "rm "*) echo "docker $*" >>'${this.run}/events' ;;&
  "stop "*) sleep 0.5; echo "stopped \${*: -1}" >>'${this.run}/events' ;;
  "rm "*) ;;
  *) exit 64 ;;
esac`,
      umount: "",
    });
  }

  /** What happens until a condition of bash holds, half a minute at most, and when it is stopped then. */
  start(until: string): string[] {
    const wait = `until ${until} || ((SECONDS > 30)); do sleep 0.1; done`;
    const lines = `{ cd "$0/bin" && PATH=$PATH:. exec bash run-machine; } & events() { grep -c -x -e "$1" "$RUN_FOLDER/events"; }; ${wait}; kill "$!"; wait "$!"`;
    const { stderr } = this.programs.run(["bash", "-c", lines, this.scripts], {
      HOME: this.run,
      RUN_FOLDER: this.run,
      CONTAINER_PREFIX: "flask-",
      CONTAINER_LABEL: "flask",
      SIDECAR_NETWORK: "flask",
      REPORT_STATE: "false",
    });
    expect(stderr).toBe("");
    return textOf(join(this.run, "events")).split("\n").slice(0, -1);
  }

  state(name: string): string {
    return textOf(join(this.run, "state", name));
  }
}

const WAITS = "sleep 60 & wait";
/** Each service has begun. */
const ALL = '(($(events "[a-z]*.sh .*") >= 3))';

test("each mount and the app has its service, and the engine finds the configuration where it looks for it", () => {
  const machine = new Machine({ app: WAITS, gcsfuse: WAITS });
  expect(
    machine
      .start(ALL)
      .filter((event) => / (app|\d)$/.test(event))
      .sort(),
  ).toEqual(["container.sh app", "gcsfuse.sh 0", "gcsfuse.sh 1"]);
  // In the folder that is shared with the engine, under the same path.
  const options = textOf(join(machine.run, "config/gcsfuse-1/options")).split("\0");
  expect(options).toEqual(expect.arrayContaining(["--name=flask-gcsfuse-1", "--network=flask"]));
  expect(options).toContain("--label=gcs-backed-container-app=flask");
  expect(textOf(join(machine.run, "config/gcsfuse-1/command"))).toContain(`\0${machine.run}/gcsfuse-1/fs\0`);
  expect(realpathSync(join(machine.run, "config"))).toBe(join(machine.run, "declaration"));
});

test("of the containers that are left, only the app's own are removed", () => {
  const machine = new Machine({ app: WAITS, gcsfuse: WAITS });
  machine.programs.set("labelled", "flask-app\nflask-gcsfuse-0\nflask-gcsfuse-0-files\nflask-machine\nflask-storage\n");
  // A container of the user's own has the name of the second mount's.
  machine.programs.set("container-flask-gcsfuse-1", "beef0123 \n");
  machine.programs.set("container-flask-gcsfuse-0", "0123abcd flask\n");
  const events = machine.start(ALL).filter((event) => event.startsWith("docker"));
  expect(events[0]).toBe("docker rm --force --volumes flask-app flask-gcsfuse-0 flask-gcsfuse-0-files");
  expect(events.slice(1)).toEqual(["docker stop 0123abcd", "docker rm --force --volumes 0123abcd"]);
});

test("the mounts are stopped at the same time: each may take a minute", () => {
  const machine = new Machine({ app: WAITS, gcsfuse: WAITS });
  machine.programs.set("container-flask-gcsfuse-0", "0123abcd flask\n");
  machine.programs.set("container-flask-gcsfuse-1", "beef0123 flask\n");
  const events = machine.start(ALL).filter((event) => /docker stop|stopped/.test(event));
  expect(events.slice(0, 2).sort()).toEqual(["docker stop 0123abcd", "docker stop beef0123"]);
  expect(events).toHaveLength(4);
});

test("nothing is removed where nothing is left", () => {
  const machine = new Machine({ app: WAITS, gcsfuse: WAITS });
  expect(machine.start(ALL).filter((event) => event.startsWith("docker"))).toEqual([]);
});

test("a mount that is lost takes the app with it, which does not start on what the mount has left", () => {
  const ends = `[[ $1 == 0 && ! -e $run/ended ]] || { ${WAITS}; }
set_state gcsfuse-0 mounted ''; sleep 0.5; touch "$run/ended"; exit 1`;
  // What the app sees of its mount when it starts.
  const machine = new Machine({
    app: `cat "$run/state/gcsfuse-0" 2>/dev/null >>"$run/events"; echo >>"$run/events"; ${WAITS}`,
    gcsfuse: ends,
  });
  machine.programs.set("container-flask-app", "0123abcd flask\n");
  const events = machine.start('(($(events "starting its script has ended") && $(events "gcsfuse.sh 0") >= 2))');
  expect(events).toEqual(expect.arrayContaining(["docker stop 0123abcd"]));
  expect(events.filter((event) => event === "gcsfuse.sh 0")).toHaveLength(2);
  expect(events.slice(events.indexOf("docker stop 0123abcd"))).toContain("starting its script has ended");
});

test("an app that has ended for good is not started again, one that failed is", () => {
  const count = (code: number, until: string) =>
    new Machine({ app: `exit ${code}`, gcsfuse: WAITS }).start(until).filter((event) => event === "container.sh app")
      .length;
  expect(count(0, "((SECONDS >= 3))")).toBe(1);
  expect(count(1, '(($(events "container.sh app") >= 2))')).toBeGreaterThan(1);
});

test("what has other secrets is started anew, and nothing else", () => {
  const secret = { secret: "projects/local/secrets/db", version: "1" };
  const machine = new Machine(
    { app: WAITS, gcsfuse: WAITS },
    sample({ mounts: [mountOf()], secrets: { DB: secret }, secretFiles: { "/db": secret } }),
  );
  machine.programs.set("container-flask-app", "0123abcd flask\n");
  const told =
    '{ [[ -e $RUN_FOLDER/told ]] || ! (($(events "[a-z]*.sh .*") >= 2)) || { touch "$RUN_FOLDER/told"; kill -USR1 "$!"; }; }';
  const events = machine.start(`{ ${told}; (($(events "container.sh app") >= 2)); }`);
  expect(events.filter((event) => event.startsWith("container.sh"))).toHaveLength(2);
  expect(events.filter((event) => event.startsWith("gcsfuse.sh"))).toHaveLength(1);
  expect(events.indexOf("docker stop 0123abcd")).toBeLessThan(events.lastIndexOf("container.sh app"));
});

test("without secrets, nothing is started anew for them", () => {
  const machine = new Machine({ app: WAITS, gcsfuse: WAITS });
  const told =
    '{ [[ -e $RUN_FOLDER/told ]] || ! (($(events "[a-z]*.sh .*") >= 3)) || { touch "$RUN_FOLDER/told"; kill -USR1 "$!"; SECONDS=0; }; }';
  const events = machine.start(`{ ${told}; [[ -e $RUN_FOLDER/told ]] && ((SECONDS > 2)); }`);
  expect(events.filter((event) => / (app|\d)$/.test(event))).toHaveLength(3);
});

describe("a declaration that is not valid starts nothing, and the state says why", () => {
  test.each([
    ["{", /^starting the declaration is not valid: it is not JSON: /],
    [
      JSON.stringify({ ...sample(), ports: 80 }),
      /^starting the declaration is not valid: ports has another type than array$/,
    ],
  ])("%s", (declaration, state) => {
    const machine = new Machine({ app: WAITS, gcsfuse: WAITS }, declaration);
    expect(machine.start("[[ -e $RUN_FOLDER/state/app ]]")).toEqual([]);
    expect(machine.state("app")).toMatch(state);
  });
});

test("what an earlier declaration has left is not there any more", () => {
  const machine = new Machine({ app: WAITS, gcsfuse: WAITS }, sample());
  write(machine.run, "declaration/gcsfuse-7/options", "");
  expect(machine.start('(($(events "[a-z]*.sh .*") >= 2))').filter((event) => event.startsWith("gcsfuse.sh"))).toEqual([
    "gcsfuse.sh 0",
  ]);
});

describe("sidecars", () => {
  const DECLARATION = sample({
    mounts: [mountOf()],
    sidecars: [sidecarOf({ mounts: [mountOf({ bucket: "dumps" })] }), sidecarOf({ name: "cache" })],
  });
  const BEGUN = '(($(events "[a-z]*.sh .*") >= 5))';

  test("each has its service, and stops after the app and before the mounts, all at once", () => {
    const machine = new Machine({ app: WAITS, gcsfuse: WAITS }, DECLARATION);
    for (const [name, id] of Object.entries({ app: "a", "sidecar-db": "d", "sidecar-cache": "c", "gcsfuse-1": "g" })) {
      machine.programs.set(`container-flask-${name}`, `${id} flask\n`);
    }
    const events = machine.start(BEGUN);
    expect(events.filter((event) => / (app|\d|sidecar-\w+)$/.test(event) && event.includes(".sh")).sort()).toEqual([
      "container.sh app",
      "container.sh sidecar-cache",
      "container.sh sidecar-db",
      "gcsfuse.sh 0",
      "gcsfuse.sh 1",
    ]);
    const order = events.filter((event) => /^(docker stop|stopped)/.test(event));
    expect(order.slice(0, 2)).toEqual(["docker stop a", "stopped a"]);
    expect(order.slice(2, 4).sort()).toEqual(["docker stop c", "docker stop d"]);
    expect(order.slice(4, 6).sort()).toEqual(["stopped c", "stopped d"]);
    expect(order.slice(6)).toEqual(["docker stop g", "stopped g"]);
  });

  test("a mount that is lost takes those with it that have it, and no others", () => {
    const ends = `[[ $1 == 1 && ! -e $run/ended ]] || { ${WAITS}; }
sleep 0.5; touch "$run/ended"; exit 1`;
    const machine = new Machine({ app: WAITS, gcsfuse: ends }, DECLARATION);
    const again = '(($(events "gcsfuse.sh 1") >= 2 && $(events "container.sh sidecar-db") >= 2))';
    const events = machine.start(again);
    const starts = (name: string) => events.filter((event) => event === `container.sh ${name}`).length;
    expect([starts("app"), starts("sidecar-cache"), starts("sidecar-db")]).toEqual([1, 1, 2]);
  });

  test("one that fails is started again, and the app is not", () => {
    const machine = new Machine({ app: `[[ $1 == app ]] && { ${WAITS}; }; exit 1`, gcsfuse: WAITS }, DECLARATION);
    const events = machine.start('(($(events "container.sh sidecar-db") >= 2))');
    expect(events.filter((event) => event === "container.sh app")).toHaveLength(1);
  });

  test("what an earlier machine has said of them is not there any more", () => {
    const machine = new Machine({ app: WAITS, gcsfuse: WAITS }, DECLARATION);
    write(machine.run, "state/sidecar-db", "live ");
    write(machine.run, "state/sidecar-db.started", "");
    machine.programs.set("labelled", "flask-sidecar-db\nflask-sidecar-old-1\nflask-other\n");
    const events = machine.start(BEGUN);
    expect(events).toContain("docker rm --force --volumes flask-sidecar-db flask-sidecar-old-1");
    expect(existsSync(join(machine.run, "state/sidecar-db.started"))).toBe(false);
  });
});

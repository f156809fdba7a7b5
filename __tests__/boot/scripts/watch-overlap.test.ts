/** What the watcher does with a version whose app may run beside the one before. What is simulated: see WatchedMachine. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../../lib/boot/declaration";
import { mountOf } from "../../support/sample-declaration";
import { ENDED, expectRunning, hash, machineWith, short, takenBack, version } from "../../support/watched-versions";

const httpCheck = { containerPort: 8080, host: "photos.example.com", path: "/", intervalSeconds: 1 };
const overlapping = (tag: string, options: Partial<Declaration> = {}) =>
  version(tag, { updates: "overlap", httpCheck, startTimeoutSeconds: 5, ...options });
const ONE = overlapping("1");
const TWO = overlapping("2");

const renames = (docker: readonly string[]) => docker.filter((call) => call.startsWith("rename"));
const TAKES_OVER = ["restart app.service", "start --no-block retired.service"];

test("it is started while the one before serves, and takes over from it", () => {
  const machine = machineWith(ONE);
  const { updates, systemctl, docker } = machine.watch(40, { 1: { declaration: TWO } });
  expect(updates).toEqual(["pulling app:2", `starting declaration ${short(TWO)}`, "none "]);
  expect(renames(docker)).toEqual(["rename app app-old", "rename app-next app"]);
  expect(systemctl).toEqual(TAKES_OVER);
  expectRunning(machine, TWO);
  expect(machine.onDisk("declaration")).toBe(JSON.stringify(TWO));
  // Which ports say whether the one before still has something to do.
  expect(readFileSync(join(machine.run, "retired-ports"), "utf8")).toBe("8080\0");
});

test.each<[string, string, string]>([
  ["ends at once", "ends", ENDED],
  ["never answers", "deaf", "it has not come to life within 5 seconds: port 8080 does not answer by HTTP"],
])("one that %s is given up, and the app is not touched", (_, tag, why) => {
  const machine = machineWith(ONE);
  const bad = overlapping(tag);
  const { updates, systemctl, docker } = machine.watch(40, { 1: { declaration: bad } });
  expect(updates).toEqual([`pulling app:${tag}`, `starting declaration ${short(bad)}`, takenBack(bad, why)]);
  expect(systemctl).toEqual([]);
  expect(renames(docker)).toEqual([]);
  expect(docker).toContain("stop 0next");
  expectRunning(machine, ONE);
  expect(machine.state("app")).toBe("live ");
  // Nor is it tried again at the next boot.
  machine.reboot();
  expect(machine.watch(40).updates).toEqual([takenBack(bad, why)]);
  expectRunning(machine, ONE);
});

test("where it is not its fault, it is tried again", () => {
  const machine = machineWith(ONE);
  const away = overlapping("away");
  const { updates, systemctl } = machine.watch(30, { 1: { declaration: away } });
  expect(new Set(updates)).toEqual(new Set(["pulling app:away", `starting declaration ${short(away)}`]));
  expect(systemctl).toEqual([]);
  const { updates: later } = machine.watch(40, { 1: { declaration: TWO } });
  expect(later.at(-1)).toBe("none ");
  expectRunning(machine, TWO);
});

test("where it cannot take the name over, it is stopped, and the app is created anew", () => {
  const machine = machineWith(ONE);
  machine.set("rename-fails", "");
  const { docker, systemctl } = machine.watch(40, { 1: { declaration: TWO } });
  expect(docker).toEqual(expect.arrayContaining(["stop 0next", "rm --force --volumes 0next"]));
  expect(existsSync(join(machine.run, "takes-over"))).toBe(false);
  expect(systemctl).toEqual(TAKES_OVER);
  expectRunning(machine, TWO);
});

test("one that runs when the watcher begins has the time to stop", () => {
  const machine = machineWith(ONE);
  writeFileSync(join(machine.run, "next-runs"), "");
  expect(machine.watch(5).docker).toEqual(expect.arrayContaining(["stop 0next", "rm --force --volumes 0next"]));
});

test("another version is declared meanwhile: that one runs", () => {
  const machine = machineWith(ONE);
  const three = overlapping("3");
  const { docker } = machine.watch(60, { 1: { declaration: TWO }, 8: { declaration: three } });
  expect(renames(docker)).toEqual(["rename app app-old", "rename app-next app"]);
  expectRunning(machine, three);
});

test("who has been taken over from is stopped before the next one starts", () => {
  const machine = machineWith(ONE);
  machine.watch(40, { 1: { declaration: TWO } });
  const { systemctl } = machine.watch(40, { 1: { declaration: overlapping("3") } });
  expect(systemctl).toEqual(["stop retired.service", ...TAKES_OVER]);
});

test.each<[string, Partial<Declaration>]>([
  ["a mount", { mounts: [mountOf({ bucket: "media" })] }],
  ["who may ask the metadata server", { metadataServerAccess: true }],
  ["the image of gcsfuse", { gcsfuse: { image: "gcsfuse:2", privileged: false } }],
  ["that it may run beside another", { updates: "replace" }],
])("another value of %s: it is replaced", (_, options) => {
  const machine = machineWith(ONE);
  const changed = overlapping("1", { environment: { A: "1" }, ...options });
  const { docker } = machine.watch(40, { 1: { declaration: changed } });
  expect(renames(docker)).toEqual([]);
  expectRunning(machine, changed);
});

test("an app that is not up is replaced", () => {
  const machine = machineWith(ONE);
  mkdirSync(join(machine.run, "state"), { recursive: true });
  writeFileSync(join(machine.run, "state/app"), "starting the container runs, but port 8080 takes no connection yet");
  expect(renames(machine.watch(40, { 1: { declaration: TWO } }).docker)).toEqual([]);
  expectRunning(machine, TWO);
});

test("the watcher is killed while one takes over from the other: the new version runs", () => {
  for (let command = 1, killed = true; killed; command++) {
    const machine = machineWith(ONE, [ONE.image, TWO.image, ONE.gcsfuse.image]);
    const { wasKilled } = machine.watch(
      60,
      { 1: { declaration: TWO } },
      { killedBefore: command, killedIn: "take_over" },
    );
    killed = wasKilled;
    expect(machine.configured).toBe(hash(TWO));
    expectRunning(machine, TWO);
  }
});

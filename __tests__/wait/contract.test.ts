/**
 * What the VM's own scripts report, judged. The watcher, declaration.py and common.sh are the real ones; the metadata
 * server, docker, systemd and the app are stand-ins: see WatchedMachine.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { judge } from "../../lib/wait/judge";
import { hashOf, parseStatus, Version } from "../../lib/wait/status";
import { Declaration } from "../../lib/boot/declaration";
import { textOf } from "../support/folder";
import { FakePrograms } from "../support/fake-programs";
import { Metadata, textOfDeclaration, USER_DATA, WatchedMachine } from "../support/watched-machine";
import { ENDED, machineWith, ONE, short, version } from "../support/watched-versions";

const guestAttributes = new FakePrograms({ curl: "" });

/** What the machine reports at this moment, byte for byte. */
function reported(machine: WatchedMachine): string {
  execFileSync("bash", ["-c", 'source "$1/common.sh"; publish_state', "-", machine.scripts], {
    env: {
      PATH: `${join(guestAttributes.folder, "bin")}:${process.env.PATH}`,
      HOME: machine.home,
      RUN_FOLDER: machine.run,
    },
  });
  return textOf(join(machine.run, "status.json"));
}

/** The judgement of a machine with this metadata, after a minute. */
function judged(machine: WatchedMachine, metadata: Metadata, seconds = 60) {
  machine.watch(seconds, { 1: metadata });
  return judge({ lifecycle: "RUNNING", wanted: wantedBy(metadata), status: parseStatus(reported(machine)) });
}

function wantedBy({ declaration, userData = USER_DATA }: Metadata): Version {
  return { declaration: hashOf(textOfDeclaration(declaration!)), userData: hashOf(userData) };
}

const before = `(declaration ${short(ONE)} is live)`;

test("a new version that stays up is live", () => {
  const declaration: Declaration = version("2", { environment: { GREETING: "ü \u{1f600}" } });
  expect(judged(machineWith(), { declaration })).toEqual({
    kind: "live",
    what: `declaration ${short(declaration)}, user-data ${hashOf(USER_DATA).slice(0, 12)}`,
  });
});

test("one that can still be taken back is not yet", () => {
  expect(judged(machineWith(), { declaration: version("2") }, 10)).toEqual({
    kind: "waiting",
    for: "the new version is live; it has to stay up for some seconds",
  });
});

test("one that ends is not", () => {
  const declaration = version("ends");
  expect(judged(machineWith(), { declaration })).toEqual({
    kind: "failed",
    reason: `declaration ${short(declaration)} was taken back, and the one before runs: ${ENDED} ${before}`,
  });
});

test("one that never takes a connection is not", () => {
  const declaration = version("deaf", { startTimeoutSeconds: 5 });
  expect(judged(machineWith(), { declaration })).toEqual({
    kind: "failed",
    reason: `declaration ${short(declaration)} was taken back, and the one before runs: it has not come to life within 5 seconds: the container runs, but port 8080 takes no connection yet ${before}`,
  });
});

test("one that cannot be pulled is not", () => {
  const machine = machineWith();
  machine.setMissing("app:2");
  expect(judged(machine, { declaration: version("2") })).toEqual({
    kind: "failed",
    reason: `cannot pull app:2: manifest unknown ${before}`,
  });
});

test("one that is no JSON is not", () => {
  expect(judged(machineWith(), { declaration: "{" })).toMatchObject({
    kind: "failed",
    reason: expect.stringMatching(/^the declaration is not valid: it is not JSON: .*\(declaration \w{12} is live\)$/),
  });
});

test("a machine that has not seen the change says nothing against it", () => {
  const machine = machineWith();
  machine.watch(60, { 1: { declaration: version("ends") } });
  const wanted = wantedBy({ declaration: version("2") });
  expect(judge({ lifecycle: "RUNNING", wanted, status: parseStatus(reported(machine)) })).toMatchObject({
    kind: "waiting",
    for: expect.stringContaining("has not seen"),
  });
});

test("a machine that is to reboot for other scripts runs neither yet", () => {
  expect(judged(machineWith(), { declaration: ONE, userData: "#cloud-config\n# another version\n" })).toMatchObject({
    kind: "waiting",
    for: expect.stringMatching(/^the update is rebooting: into user-data/),
  });
});

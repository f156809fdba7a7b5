/** What the watcher decides. What is simulated: see WatchedMachine. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../../lib/boot/declaration";
import { mountOf } from "../../support/sample-declaration";
import { hashOf, USER_DATA, WatchedMachine } from "../../support/watched-machine";
import { expectRunning, hash, machineWith, ONE, short, TWO, version } from "../../support/watched-versions";

/** What systemd is told when the second mount is new, or another one. */
const OTHER_MOUNT = [
  "stop app.service",
  "daemon-reload",
  "restart --no-block gcsfuse@1.service",
  "start --no-block app.service",
];

describe("an update", () => {
  test("of the app alone restarts the app alone, after its image was pulled with the new version's registries", () => {
    const machine = machineWith();
    const registries = ["europe-docker.pkg.dev"];
    const declaration = version("2", { registries });
    const { systemctl, updates, docker } = machine.watch(30, { 1: { declaration } });
    expect(docker.filter((call) => call.startsWith("pull"))).toEqual(["pull --quiet app:2"]);
    expect(machine.get("pulled-with")).toBe(`${machine.run}/declarations/${hash(declaration)}/docker\n`);
    expect(systemctl).toEqual(["restart --no-block app.service"]);
    // The next container is there before the one that serves is stopped.
    expect(docker.filter((call) => call.startsWith("create --name="))).toEqual([
      expect.stringMatching(/^create --name=app-next .* app:2$/),
    ]);
    expect(readFileSync(join(machine.run, "prepared"), "utf8")).toBe(hash(declaration));
    expect(updates).toEqual(["pulling app:2", `starting declaration ${short(declaration)}`, "none "]);
    expectRunning(machine, declaration);
    expect(machine.unitVersions["gcsfuse@0.service"]).toBe(hash(ONE));
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(declaration));
  });

  test.each<[string, Partial<Declaration>]>([
    ["environment", { environment: { A: "1" } }],
    ["a port", { ports: [{ containerPort: 80, hostPort: 80, protocol: "tcp" }] }],
    ["args", { args: ["x"] }],
    ["the time to stop", { stopTimeoutSeconds: 7 }],
    ["the metadata server", { metadataServerAccess: true }],
  ])("of %s restarts the app, and pulls nothing", (_, options) => {
    const machine = machineWith();
    const declaration = version("1", options);
    const { systemctl, docker } = machine.watch(30, { 1: { declaration } });
    expect(systemctl).toEqual(["restart --no-block app.service"]);
    expect(docker.filter((call) => call.startsWith("pull"))).toEqual([]);
    expectRunning(machine, declaration);
  });

  test.each<[string, Partial<Declaration>]>([
    ["what is only for the next update", { startTimeoutSeconds: 7, registries: [] }],
    ["nothing, in other words", {}],
  ])("of %s restarts nothing", (_, options) => {
    const machine = machineWith();
    const text = JSON.stringify(version("1", options), null, 2);
    const { systemctl, updates } = machine.watch(30, { 1: { declaration: text } });
    expect(systemctl).toEqual([]);
    expect(updates.at(-1)).toBe("none ");
    expect(machine.configured).toBe(hashOf(text));
    expect(readFileSync(join(machine.run, "running"), "utf8")).toBe(hashOf(text));
    expect(machine.onDisk("declaration")).toBe(text);
    expect(machine.state("app")).toBe("live ");
  });

  test("of a mount stops the app, restarts that mount alone, and starts the app", () => {
    const mounts = [mountOf(), mountOf({ path: "/b" })];
    const machine = machineWith(version("1", { mounts }));
    const declaration = version("1", { mounts: [mounts[0], mountOf({ path: "/b", bucket: "media" })] });
    const { systemctl } = machine.watch(30, { 1: { declaration } });
    expect(systemctl.filter((call) => call !== "restart app.service")).toEqual(OTHER_MOUNT);
    expectRunning(machine, declaration);
    expect(machine.settingOf(1, "command")).toContain("\0media\0");
  });

  test("to more mounts, and to fewer: the units' order follows, and what is gone is stopped and unmounted", () => {
    const mounts = [mountOf(), mountOf({ path: "/b" })];
    const machine = machineWith(ONE);
    const more = version("1", { mounts });
    const first = machine.watch(30, { 1: { declaration: more } });
    expect(first.systemctl.filter((call) => call !== "restart app.service")).toEqual(OTHER_MOUNT);
    expectRunning(machine, more);
    const second = machine.watch(30, { 1: { declaration: ONE } });
    expect(second.systemctl.filter((call) => call !== "restart app.service")).toEqual([
      "stop app.service",
      "daemon-reload",
      "stop gcsfuse@1.service",
      "start --no-block app.service",
    ]);
    expect(second.umounted).toEqual([`--lazy ${machine.run}/gcsfuse-1/fs ${machine.run}/gcsfuse-1`]);
    expect(machine.dropIn).not.toContain("gcsfuse@1");
    expectRunning(machine, ONE);
  });

  test("of the sidecar's image restarts every mount", () => {
    const machine = machineWith();
    const declaration = version("1", { gcsfuse: { image: "gcsfuse:2", privileged: false } });
    const { systemctl } = machine.watch(30, { 1: { declaration } });
    expect(systemctl).toContain("restart --no-block gcsfuse@0.service");
    expectRunning(machine, declaration);
  });

  test("to an image with another user restarts the mounts, whose files are to be that user's", () => {
    const machine = new WatchedMachine();
    machine.setMetadata({ declaration: ONE });
    machine.watch(30);
    const same = machine.watch(30, { 1: { declaration: TWO } });
    expect(same.systemctl).toEqual(["restart --no-block app.service"]);
    machine.set("user-app:3", "www-data\n");
    const other = machine.watch(30, { 1: { declaration: version("3") } });
    expect(other.systemctl).toContain("restart --no-block gcsfuse@0.service");
    expect(machine.settingOf(0, "owner")).toBe("33:33\n");
  });

  test("to an image without the user that it is to run as is not begun", () => {
    const machine = machineWith();
    const declaration = version("2", { user: "nobody" });
    const { systemctl } = machine.watch(30, { 1: { declaration } });
    expect(systemctl).toEqual([]);
    expect(machine.state("update")).toBe("failed cannot find the owner of the files: the image has no user 'nobody'");
    expectRunning(machine, ONE);
  });

  test("whose image is missing never touches the old version, and is tried again, at ever longer intervals", () => {
    const machine = machineWith();
    machine.setMissing("app:2");
    const { systemctl, docker } = machine.watch(120, { 1: { declaration: TWO } });
    expect(systemctl).toEqual([]);
    expect(machine.state("update")).toBe("failed cannot pull app:2: manifest unknown");
    const tries = docker.filter((call) => call === "pull --quiet app:2").length;
    expect(tries).toBeGreaterThanOrEqual(3);
    expect(tries).toBeLessThanOrEqual(5);
    machine.setMissing();
    machine.watch(150);
    expectRunning(machine, TWO);
    expect(machine.state("update")).toBe("none ");
  });

  test("that was corrected while it was tried begins at once", () => {
    const machine = machineWith();
    machine.setMissing("app:2");
    machine.watch(300, { 1: { declaration: TWO } });
    machine.watch(20, { 1: { declaration: version("3") } });
    expectRunning(machine, version("3"));
  });

  test.each(["{", '{"schemaVersion":1}', JSON.stringify({ ...TWO, sidecar: {} })])(
    "that is not valid never touches the old version: %s",
    (declaration) => {
      const machine = machineWith();
      const { systemctl, docker } = machine.watch(30, { 1: { declaration } });
      expect(systemctl).toEqual([]);
      expect(docker.filter((call) => call.startsWith("pull"))).toEqual([]);
      expect(machine.state("update")).toMatch(/^failed the declaration is not valid: /);
      expectRunning(machine, ONE);
    },
  );

  test("that is replaced while it is pulled is not started", () => {
    const machine = machineWith();
    const three = version("3");
    const { systemctl } = machine.watch(40, { 1: { declaration: TWO }, 2: { declaration: three } });
    expectRunning(machine, three);
    expect(systemctl).toEqual(["restart --no-block app.service"]);
  });

  test("an environment variable of the name image is no image to pull", () => {
    const machine = machineWith();
    const declaration = version("2", { environment: { image: "not-one" } });
    machine.setMissing("not-one");
    machine.watch(30, { 1: { declaration } });
    expectRunning(machine, declaration);
  });

  test("that is replaced while an image is pulled that never comes gives way", () => {
    const machine = machineWith();
    const three = JSON.stringify({ "gcs-backed-container-app": JSON.stringify(version("3")), "user-data": USER_DATA });
    machine.set("three", three);
    // A registry that hangs.
    const hangs = `[[ $3 != app:2 ]] || { mv "$state/three" "$state/attributes"; echo e99 >"$state/etag"; exec /bin/sleep 60; }`;
    machine.set("while-pulling", hangs);
    const { updates } = machine.watch(40, { 1: { declaration: TWO } });
    expect(updates).toEqual(["pulling app:2", "pulling app:3", `starting declaration ${short(version("3"))}`, "none "]);
    expectRunning(machine, version("3"));
  });

  test("of what needs no restart restarts an app that is not up: it may wait for what the old version names", () => {
    const machine = new WatchedMachine();
    const mounts: never[] = [];
    machine.setMetadata({ declaration: version("1", { mounts, registries: [] }) });
    const declaration = version("1", { mounts });
    const { systemctl } = machine.watch(30, {
      1: "say 'starting cannot pull app:1: denied'; due ''",
      2: { declaration },
    });
    expect(systemctl).toContain("restart --no-block app.service");
    expectRunning(machine, declaration);
  });
});

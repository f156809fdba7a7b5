/** What the watcher decides. What is simulated: see WatchedMachine. */
import { mountOf } from "../../support/sample-declaration";
import { Metadata, WatchedMachine } from "../../support/watched-machine";
import { expectRunning, machineWith, ONE, TWO, version } from "../../support/watched-versions";

describe("the first boot", () => {
  test("starts what is declared: mounts first, then the app, which waits for them; nothing is waited for", () => {
    const machine = new WatchedMachine();
    machine.setImages();
    const declaration = version("1", { mounts: [mountOf(), mountOf({ path: "/b" })] });
    machine.setMetadata({ declaration });
    const { systemctl, updates } = machine.watch(30);
    expect(systemctl.filter((call) => call !== "restart app.service")).toEqual([
      "daemon-reload",
      "restart --no-block gcsfuse@0.service",
      "restart --no-block gcsfuse@1.service",
      "start --no-block app.service",
    ]);
    const both = "gcsfuse@0.service gcsfuse@1.service";
    expect(machine.dropIn).toBe(`[Unit]\nWants=${both}\nAfter=${both}\nPartOf=${both}\n`);
    expectRunning(machine, declaration);
    expect(updates).toEqual(["none "]);
  });

  test("a version has proven itself when it has been live for ten seconds, and is kept on the disk", () => {
    const machine = new WatchedMachine();
    machine.setMetadata({ declaration: ONE });
    machine.watch(8);
    expect(machine.onDisk("declaration")).toBeUndefined();
    machine.watch(12);
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(ONE));
  });

  test("an app that is done, as it is to be, has proven itself too", () => {
    const machine = new WatchedMachine();
    machine.setMetadata({ declaration: version("done", { restartPolicy: "no" }) });
    machine.watch(30);
    expect(machine.onDisk("declaration")).toBeDefined();
    expect(machine.state("update")).toBe("none ");
  });

  test.each<[string, Metadata, string]>([
    ["no declaration", {}, "the metadata has no gcs-backed-container-app: there is no declaration of what to run"],
    [
      "no user-data",
      { declaration: ONE, userData: "" },
      "the metadata has no user-data: the next boot would bring up nothing",
    ],
    ["no JSON", { declaration: "{" }, "the declaration is not valid: it is not JSON: "],
    [
      "another schema",
      { declaration: '{"schemaVersion":2}' },
      "the declaration is not valid: the declaration has no image",
    ],
  ])("with %s starts nothing, and says so", (_, metadata, reason) => {
    const machine = new WatchedMachine();
    machine.setMetadata(metadata);
    const { systemctl } = machine.watch(30);
    expect(systemctl).toEqual([]);
    expect(machine.state("update")).toMatch(new RegExp(`^failed ${reason}`));
    expect(machine.state("app")).toBe("starting nothing runs: there is no declaration that came to life before");
    machine.setMetadata({ declaration: ONE });
    machine.watch(30);
    expectRunning(machine, ONE);
    expect(machine.state("update")).toBe("none ");
  });

  test("without an answer of the metadata server starts nothing, and goes on asking", () => {
    const machine = new WatchedMachine();
    machine.set("no-metadata", "");
    machine.setMetadata({ declaration: ONE });
    expect(machine.watch(20, { 25: 'rm "$state/no-metadata"' }).systemctl).toEqual([]);
    machine.watch(30);
    expectRunning(machine, ONE);
  });

  test.each([
    ["ends at once", "ends"],
    ["never takes a connection", "deaf"],
  ])("a first version that %s is never taken back: its units go on trying", (_, tag) => {
    const machine = new WatchedMachine();
    const declaration = version(tag, { startTimeoutSeconds: 5 });
    machine.setMetadata({ declaration });
    machine.watch(60);
    expectRunning(machine, declaration);
    expect(machine.state("app")).toMatch(/^starting (the app ended with|the container starts|the container runs, but)/);
    expect(machine.onDisk("taken-back")).toBeUndefined();
    expect(machine.onDisk("declaration")).toBeUndefined();
    // The next one takes its place like any other.
    machine.setMetadata({ declaration: ONE });
    machine.watch(40);
    expectRunning(machine, ONE);
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(ONE));
  });
});

describe("a boot with a version on the disk that has proven itself", () => {
  test("starts what is declared at once where its images are there", () => {
    const machine = machineWith();
    machine.setImages("app:2", "gcsfuse:1");
    machine.reboot();
    machine.setMetadata({ declaration: TWO });
    const { systemctl, docker } = machine.watch(30);
    expect(systemctl.filter((call) => call.startsWith("restart --no-block"))).toHaveLength(1);
    expect(docker.filter((call) => call.startsWith("pull"))).toEqual([]);
    expectRunning(machine, TWO);
  });

  test("starts the old one while the images of the new one are pulled", () => {
    const machine = machineWith();
    machine.reboot();
    machine.setMetadata({ declaration: TWO });
    const { updates } = machine.watch(2);
    expect(updates).toEqual(["pulling app:2"]);
    expectRunning(machine, ONE);
    machine.watch(30);
    expectRunning(machine, TWO);
  });

  test.each<[string, Metadata, RegExp]>([
    ["images are missing", { declaration: version("typo") }, /^failed cannot pull app:typo: manifest unknown$/],
    ["the declaration is none", { declaration: "{" }, /^failed the declaration is not valid: it is not JSON/],
    ["the declaration is gone", {}, /^failed the metadata has no gcs-backed-container-app/],
    ["the user-data is gone", { declaration: TWO, userData: "" }, /^failed the metadata has no user-data/],
  ])("starts that one where %s, and says why", (_, metadata, reason) => {
    const machine = machineWith();
    machine.setMissing("app:typo");
    machine.reboot();
    machine.setMetadata(metadata);
    machine.watch(30);
    expectRunning(machine, ONE);
    expect(machine.state("update")).toMatch(reason);
    expect(machine.state("app")).toBe("live ");
  });

  test("starts it where the metadata server does not answer", () => {
    const machine = machineWith();
    machine.reboot();
    machine.set("no-metadata", "");
    machine.watch(30);
    expectRunning(machine, ONE);
  });

  test("starts it where it is the one that is declared, though its images are gone: its units pull them", () => {
    const machine = machineWith();
    machine.setImages();
    machine.setMissing("app:1");
    machine.reboot();
    machine.watch(30);
    expectRunning(machine, ONE);
    expect(machine.state("update")).toBe("none ");
  });
});

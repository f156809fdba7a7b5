/** What the watcher decides. What is simulated: see WatchedMachine. */
import { WatchedMachine } from "../../support/watched-machine";
import { hash, machineWith, ONE, TWO, version } from "../../support/watched-versions";

describe("images and files of versions that are no longer needed go", () => {
  test("once the new version has proven itself, and not before", () => {
    const machine = machineWith(ONE, ["app:1", "gcsfuse:1"]);
    machine.watch(8, { 1: { declaration: TWO } });
    expect(machine.images).toEqual(["app:1", "app:2", "gcsfuse:1"]);
    expect(machine.versions).toEqual([hash(ONE), hash(TWO)].sort());
    machine.watch(30);
    expect(machine.images).toEqual(["app:2", "gcsfuse:1"]);
    expect(machine.versions).toEqual([hash(TWO)]);
  });

  test("before those of the next one come, which may have no room beside them", () => {
    const machine = machineWith();
    machine.setImages("app:1", "gcsfuse:1", "old:0");
    const { docker } = machine.watch(30, { 1: { declaration: TWO } });
    expect(docker.indexOf("image rm --force id-old:0")).toBeGreaterThan(-1);
    expect(docker.indexOf("image rm --force id-old:0")).toBeLessThan(docker.indexOf("pull --quiet app:2"));
    expect(docker.indexOf("image rm --force id-app:1")).toBeGreaterThan(docker.indexOf("pull --quiet app:2"));
  });

  test("those of the version that others are taken back to stay", () => {
    const machine = machineWith();
    machine.setMissing("app:3");
    machine.watch(20, { 1: { declaration: version("deaf") } });
    machine.watch(60, { 1: { declaration: version("3") } });
    expect(machine.images).toEqual(["app:1", "app:deaf", "gcsfuse:1"]);
    expect(machine.versions).toContain(hash(ONE));
  });

  test("those of a version that was taken back go before another one comes", () => {
    const machine = machineWith();
    machine.watch(60, { 1: { declaration: version("ends") } });
    machine.watch(40, { 1: { declaration: TWO } });
    expect(machine.images).toEqual(["app:2", "gcsfuse:1"]);
  });

  test("five updates in a row leave one version behind", () => {
    const machine = machineWith();
    for (let number = 2; number < 7; number++) machine.watch(30, { 1: { declaration: version(String(number)) } });
    expect(machine.images).toEqual(["app:6", "gcsfuse:1"]);
    expect(machine.versions).toEqual([hash(version("6"))]);
  });

  test("none goes where nothing could be read", () => {
    const machine = new WatchedMachine();
    machine.setMetadata({ declaration: "{" });
    machine.watch(60);
    expect(machine.images).toEqual(["app:1", "gcsfuse:1"]);
  });
});

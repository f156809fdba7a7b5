/** What the watcher decides. What is simulated: see WatchedMachine. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { hashOf, USER_DATA, WatchedMachine } from "../../support/watched-machine";
import { expectRunning, hash, machineWith, ONE, TWO, version } from "../../support/watched-versions";

describe("another user-data", () => {
  const NEW = "#cloud-config\n# another version of the library\n";

  test("is booted into once the images of its declaration are there", () => {
    const machine = machineWith();
    const { updates } = machine.watch(60, { 1: { declaration: TWO, userData: NEW } });
    expect(updates).toEqual(["pulling app:2", `rebooting into user-data ${hashOf(NEW)}`]);
    expect(machine.rebooted).toBe(true);
    expectRunning(machine, ONE);
    machine.reboot(NEW);
    machine.watch(30);
    expectRunning(machine, TWO);
    expect(machine.state("update")).toBe("none ");
    // The same one may be gone back to later.
    expect(machine.onDisk("rebooted-for")).toBeUndefined();
  });

  test("may come with a declaration of a schema that this version does not know", () => {
    const machine = machineWith();
    const declaration = JSON.stringify({ schemaVersion: 2, app: { image: "app:2" } });
    const { docker } = machine.watch(60, { 1: { declaration, userData: NEW } });
    expect(docker).toContain("pull --quiet app:2");
    // With the logins of the version that runs.
    expect(machine.get("pulled-with")).toBe(`${machine.run}/declarations/${hash(ONE)}/docker\n`);
    expect(machine.rebooted).toBe(true);
  });

  test.each<[string, string, RegExp]>([
    ["names no image", "{}", /^failed the declaration is not valid: it names no image$/],
    ["is no JSON", "{", /^failed the declaration is not valid: it is not JSON/],
  ])("is not booted into with a declaration that %s", (_, declaration, reason) => {
    const machine = machineWith();
    machine.watch(60, { 1: { declaration, userData: NEW } });
    expect(machine.rebooted).toBe(false);
    expect(machine.state("update")).toMatch(reason);
    expectRunning(machine, ONE);
  });

  test("is not booted into without its images", () => {
    const machine = machineWith();
    machine.setMissing("app:2");
    machine.watch(60, { 1: { declaration: TWO, userData: NEW } });
    expect(machine.rebooted).toBe(false);
    expect(machine.state("update")).toBe("failed cannot pull app:2: manifest unknown");
    expectRunning(machine, ONE);
  });

  test("a reboot that brings no other one is the last: what has proven itself runs, and the state says why", () => {
    const machine = machineWith();
    machine.watch(60, { 1: { declaration: TWO, userData: NEW } });
    machine.reboot(USER_DATA);
    machine.watch(200);
    expect(machine.rebooted).toBe(false);
    expectRunning(machine, ONE);
    expect(machine.state("update")).toBe(
      `failed this machine has rebooted for user-data ${hashOf(NEW)}, and another one came up`,
    );
    // Yet another one is another matter.
    machine.watch(60, { 1: { declaration: TWO, userData: `${NEW}# and one more\n` } });
    expect(machine.rebooted).toBe(true);
  });

  test("is tried again where the reboot fails", () => {
    const machine = machineWith();
    machine.set("on-reboot", 'echo "Failed to talk to init daemon." >&2; exit 1');
    machine.watch(20, { 1: { declaration: ONE, userData: NEW } });
    expect(machine.state("update")).toBe(
      `failed cannot reboot into user-data ${hashOf(NEW)}: Failed to talk to init daemon.`,
    );
    expectRunning(machine, ONE);
    machine.set("on-reboot", "");
    machine.watch(120);
    expect(machine.rebooted).toBe(true);
  });

  test("that was replaced while the images were pulled is not booted into", () => {
    const machine = machineWith();
    const later = `${NEW}# later\n`;
    const { updates } = machine.watch(60, {
      1: { declaration: TWO, userData: NEW },
      2: { declaration: version("3"), userData: later },
    });
    expect(updates).toEqual(["pulling app:2", "pulling app:3", `rebooting into user-data ${hashOf(later)}`]);
  });

  test("is not booted into where the disk has no room to note it: it could not be the only time", () => {
    const machine = machineWith();
    mkdirSync(join(machine.home, "rebooted-for.new"));
    machine.watch(60, { 1: { declaration: ONE, userData: NEW } });
    expect(machine.rebooted).toBe(false);
    expect(machine.state("update")).toMatch(/^failed cannot write .*rebooted-for: /);
  });

  test("while the machine boots for the first time: nothing runs until it has rebooted", () => {
    const machine = new WatchedMachine();
    machine.setMetadata({ declaration: ONE, userData: NEW });
    machine.watch(60);
    expect(machine.rebooted).toBe(true);
    machine.reboot(NEW);
    machine.watch(30);
    expectRunning(machine, ONE);
  });
});

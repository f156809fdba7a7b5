/** What the watcher decides. What is simulated: see WatchedMachine. */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mountOf } from "../../support/sample-declaration";
import {
  ENDED,
  expectRunning,
  hash,
  machineWith,
  ONE,
  short,
  takenBack,
  TWO,
  version,
} from "../../support/watched-versions";

describe("a version that does not stay up is taken back", () => {
  test.each<[string, string, string]>([
    ["ends at once", "ends", ENDED],
    ["ends after a few seconds", "ends-later", ENDED],
    [
      "never takes a connection",
      "deaf",
      "it has not come to life within 5 seconds: the container runs, but port 8080 takes no connection yet",
    ],
    ["takes too long", "slow", "it has not come to life within 5 seconds: the container starts"],
  ])("one that %s", (_, tag, why) => {
    const machine = machineWith();
    const bad = version(tag, { startTimeoutSeconds: 5 });
    const { updates, systemctl } = machine.watch(60, { 1: { declaration: bad } });
    expect(updates).toEqual([`pulling app:${tag}`, `starting declaration ${short(bad)}`, takenBack(bad, why)]);
    // To it, and back, once: it is not tried again and again.
    expect(systemctl).toEqual(["restart --no-block app.service", "restart --no-block app.service"]);
    expectRunning(machine, ONE);
    expect(machine.state("app")).toBe("live ");
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(ONE));
  });

  test("within its time, and no sooner", () => {
    const machine = machineWith();
    const slow = version("slow", { startTimeoutSeconds: 90 });
    machine.watch(60, { 1: { declaration: slow } });
    expect(machine.state("update")).toBe(`starting declaration ${short(slow)}`);
    machine.watch(30);
    expectRunning(machine, slow);
    expect(machine.state("update")).toBe("none ");
  });

  test("but not one that ends after it has proven itself: that is no matter of the update", () => {
    const machine = machineWith();
    const late = version("ends-late");
    machine.watch(200, { 1: { declaration: late } });
    expectRunning(machine, late);
    expect(machine.onDisk("taken-back")).toBeUndefined();
  });

  test("with its mounts", () => {
    const machine = machineWith();
    const bad = version("ends", { mounts: [mountOf({ bucket: "media" }), mountOf({ path: "/b" })] });
    machine.watch(60, { 1: { declaration: bad } });
    expectRunning(machine, ONE);
    expect(machine.settingOf(0, "command")).toContain("\0files\0");
    expect(machine.dropIn).not.toContain("gcsfuse@1");
  });

  test("the next boot decides the same, and so does each after it", () => {
    const machine = machineWith();
    const bad = version("ends");
    machine.watch(60, { 1: { declaration: bad } });
    for (let boot = 0; boot < 2; boot++) {
      machine.reboot();
      const { systemctl } = machine.watch(40);
      expect(systemctl.filter((call) => call.startsWith("restart --no-block"))).toHaveLength(1);
      expectRunning(machine, ONE);
      expect(machine.state("update")).toBe(takenBack(bad, ENDED));
    }
  });

  test("a boot with a new version that ends takes it back too", () => {
    const machine = machineWith();
    const bad = version("ends");
    machine.setImages("app:1", "gcsfuse:1", "app:ends");
    machine.reboot();
    machine.setMetadata({ declaration: bad });
    machine.watch(60);
    expectRunning(machine, ONE);
    expect(machine.state("update")).toBe(takenBack(bad, ENDED));
  });

  test("another change is tried like any other, and what was taken back too, once something else was declared", () => {
    const machine = machineWith();
    const bad = version("ends");
    machine.watch(60, { 1: { declaration: bad } });
    machine.watch(40, { 1: { declaration: TWO } });
    expectRunning(machine, TWO);
    expect(machine.onDisk("taken-back")).toBeUndefined();
    const { updates } = machine.watch(60, { 1: { declaration: bad } });
    expect(updates).toContain(`starting declaration ${short(bad)}`);
    expectRunning(machine, TWO);
  });

  test("declared again after the one before was, it is tried again", () => {
    const machine = machineWith();
    const bad = version("ends");
    machine.watch(60, { 1: { declaration: bad } });
    machine.watch(20, { 1: { declaration: ONE } });
    expect(machine.state("update")).toBe("none ");
    const { updates } = machine.watch(60, { 1: { declaration: bad } });
    expect(updates).toEqual(["pulling app:ends", `starting declaration ${short(bad)}`, takenBack(bad, ENDED)]);
  });

  test("once, though the disk has no room for what was decided", () => {
    const machine = machineWith();
    const bad = version("ends");
    mkdirSync(join(machine.home, "taken-back.new"));
    const { systemctl } = machine.watch(300, { 1: { declaration: bad } });
    expect(systemctl).toEqual(["restart --no-block app.service", "restart --no-block app.service"]);
    expectRunning(machine, ONE);
    expect(machine.state("update")).toBe(takenBack(bad, ENDED));
  });

  test("one that lives, where the disk has no room to keep it, is left running, and the state says so", () => {
    const machine = machineWith();
    mkdirSync(join(machine.home, "declaration.new"));
    machine.watch(60, { 1: { declaration: TWO } });
    expectRunning(machine, TWO);
    expect(machine.state("update")).toMatch(/^failed cannot write .*declaration: /);
    rmSync(join(machine.home, "declaration.new"), { recursive: true });
    machine.watch(60);
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(TWO));
    expect(machine.state("update")).toBe("none ");
  });

  test("what is said against another version is not held against this one", () => {
    const machine = machineWith();
    const { updates } = machine.watch(60, {
      1: { declaration: TWO },
      6: `printf '%s' '${hash(ONE)} ${ENDED}' >"$run/blame"`,
    });
    expect(updates.at(-1)).toBe("none ");
    expectRunning(machine, TWO);
  });
});

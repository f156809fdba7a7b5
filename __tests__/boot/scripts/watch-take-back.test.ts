/** What the watcher decides. What is simulated: see WatchedMachine. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
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
    // What it does later is no matter of the update.
    const { updates, systemctl } = machine.watch(60, { 1: `printf '%s' '${hash(TWO)} ${ENDED}' >"$run/blame"` });
    expect([updates, systemctl]).toEqual([[], []]);
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

  test("declared again while the one after it has to prove itself, it is tried again", () => {
    const machine = machineWith();
    const bad = version("ends");
    machine.watch(60, { 1: { declaration: bad } });
    const { updates } = machine.watch(60, { 1: { declaration: version("deaf") }, 20: { declaration: bad } });
    expect(updates.slice(-2)).toEqual([`starting declaration ${short(bad)}`, takenBack(bad, ENDED)]);
    expectRunning(machine, ONE);
  });

  test("the time that the one before takes to stop is not held against it", () => {
    const machine = machineWith();
    machine.set("stops-slowly", "25");
    machine.watch(60, { 1: { declaration: version("2", { startTimeoutSeconds: 5 }) } });
    expectRunning(machine, version("2", { startTimeoutSeconds: 5 }));
    expect(machine.state("update")).toBe("none ");
  });

  test("that the one before comes to life while it is stopped is no proof of it", () => {
    const machine = machineWith();
    machine.set("stops-slowly", "25");
    const bad = version("ends");
    machine.watch(90, { 1: { declaration: bad }, 8: "say 'live '" });
    expectRunning(machine, ONE);
    expect(machine.state("update")).toBe(takenBack(bad, ENDED));
  });

  test("one with other mounts: the app is stopped before anything else is done", () => {
    const machine = machineWith();
    machine.watch(30, { 1: { declaration: version("1", { mounts: [mountOf({ bucket: "media" })] }) } });
    expect(machine.get("stopped-as")).toBe("live ");
  });

  describe("not to what these scripts do not know: it is left running, and the state says what runs", () => {
    test.each(["ends", "2"])("app:%s", (tag) => {
      const machine = machineWith();
      machine.reboot();
      writeFileSync(join(machine.home, "declaration"), '{"schemaVersion":0,"image":"app:1"}');
      machine.setImages("app:1", "gcsfuse:1", `app:${tag}`);
      machine.setMetadata({ declaration: version(tag) });
      expect(machine.watch(60).updates).toEqual(["none "]);
      expect(machine.unitVersions["app.service"]).toBe(hash(version(tag)));
      // Nor does a boot.
      machine.reboot();
      writeFileSync(join(machine.home, "declaration"), '{"schemaVersion":0,"image":"app:1"}');
      writeFileSync(join(machine.home, "taken-back"), `${hash(version(tag))} ${ENDED}\n`);
      expect(machine.watch(60).updates).toEqual(["none "]);
      expect(machine.unitVersions["app.service"]).toBe(hash(version(tag)));
    });
  });

  test("while the images of yet another one are pulled, which may be never", () => {
    const machine = machineWith();
    const bad = version("ends");
    machine.set(
      "while-pulling",
      `[[ $3 != app:3 ]] || until [[ $(<"$run/activated") == ${hash(ONE)} ]]; do read -t 0.1 <> <(:); done`,
    );
    const { systemctl } = machine.watch(60, { 1: { declaration: bad }, 5: { declaration: version("3") } });
    expect(systemctl).toHaveLength(3);
    expectRunning(machine, version("3"));
  });
});

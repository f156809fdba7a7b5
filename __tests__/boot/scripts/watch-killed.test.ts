/** What the watcher decides. What is simulated: see WatchedMachine. */
import { Declaration } from "../../../lib/boot/declaration";
import { mountOf } from "../../support/sample-declaration";
import { hashOf, WatchedMachine } from "../../support/watched-machine";
import { ENDED, expectRunning, machineWith, hash, ONE, takenBack, version } from "../../support/watched-versions";

describe("the watcher may be killed at any point, and comes back", () => {
  /** Kills before so many commands, spread over the whole of an update, another time each run. */
  const POINTS = 4;
  const COMMANDS = 700;
  const points = Array.from(
    { length: POINTS },
    (_, index) => Math.floor(((index + Math.random()) * COMMANDS) / POINTS) + 1,
  );

  const BAD = version("ends", { mounts: [mountOf({ bucket: "media" })] });
  const OTHER = version("2", { mounts: [mountOf({ bucket: "media" }), mountOf({ path: "/b" })] });

  /** Every unit has the settings of the version, whichever it was started with. */
  function expectSettings(machine: WatchedMachine, declaration: Declaration) {
    expectRunning(machine, declaration);
    declaration.mounts.forEach(({ bucket }, index) => {
      expect(machine.settingOf(index, "command")).toContain(`\0${bucket}\0`);
    });
    expect(machine.state("app")).toBe("live ");
  }

  test.each(points)("before command %d of an update", (killedBefore) => {
    const machine = machineWith();
    machine.watch(60, { 1: { declaration: OTHER } }, { killedBefore });
    expectSettings(machine, OTHER);
    expect(machine.state("update")).toBe("none ");
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(OTHER));
  });

  test.each(points)("before command %d of an update that is revoked, or replaced by another", (killedBefore) => {
    const machine = machineWith();
    // What is declared next is there when the watcher comes back.
    const then = { declaration: killedBefore % 2 ? ONE : version("3") };
    machine.setMetadata({ declaration: OTHER });
    machine.watch(60, {}, { killedBefore, then });
    expectSettings(machine, then.declaration);
    expect(machine.state("update")).toBe("none ");
  });

  test.each(points)("before command %d of one that is taken back", (killedBefore) => {
    const machine = machineWith();
    machine.watch(60, { 1: { declaration: BAD } }, { killedBefore });
    expectSettings(machine, ONE);
    expect(machine.state("update")).toBe(takenBack(BAD, ENDED));
    expect(machine.onDisk("declaration")).toBe(JSON.stringify(ONE));
  });

  // The steps of these depend on each other.
  const steps = (most: number) =>
    Array.from({ length: 5 }, (_, index) => 1 + Math.floor(((index + Math.random()) * most) / 5));

  test.each(steps(45))("before command %d of the activation of a version that is revoked meanwhile", (killedBefore) => {
    const machine = machineWith();
    const then = { declaration: ONE };
    const happenings = { 1: { declaration: OTHER } };
    const { wasKilled } = machine.watch(60, happenings, { killedBefore, killedIn: "activate", then });
    expect(wasKilled).toBe(true);
    expectSettings(machine, ONE);
    expect(machine.state("update")).toBe("none ");
  });

  test.each(steps(40))("before command %d of taking back", (killedBefore) => {
    const machine = machineWith();
    const { wasKilled } = machine.watch(60, { 1: { declaration: BAD } }, { killedBefore, killedIn: "take_back" });
    expect(wasKilled).toBe(true);
    expectSettings(machine, ONE);
    expect(machine.state("update")).toBe(takenBack(BAD, ENDED));
  });

  test.each([1, 2, 3, 4, 5, 6])(
    "before command %d of taking back an app that has ended without an error",
    (killedBefore) => {
      const machine = machineWith();
      const done = version("done", { restartPolicy: "on-failure" });
      const blames = `printf '%s' '${hash(done)} the app ended with exit code 0' >"$run/blame"; say 'stopped the app ended with exit code 0'`;
      machine.watch(60, { 1: { declaration: done }, 6: blames }, { killedBefore, killedIn: "take_back" });
      expectSettings(machine, ONE);
    },
  );

  describe("before a reboot into another user-data", () => {
    const NEW = "#cloud-config\n# another version of the library\n";
    const happenings = { 1: { declaration: ONE, userData: NEW } };

    function expectRebooted(machine: WatchedMachine) {
      expect(machine.rebooted).toBe(true);
      expect(machine.state("update")).toBe(`rebooting into user-data ${hashOf(NEW)}`);
      machine.reboot(NEW);
      machine.watch(30);
      expectSettings(machine, ONE);
      expect(machine.state("update")).toBe("none ");
    }

    test.each(steps(50))("before command %d", (killedBefore) => {
      const machine = machineWith();
      const { wasKilled } = machine.watch(60, happenings, { killedBefore, killedIn: "reboot_for_user_data" });
      expect(wasKilled).toBe(true);
      expectRebooted(machine);
    });

    test("after it was noted on the disk, and before it began", () => {
      const machine = machineWith();
      machine.set("on-reboot", 'kill -KILL "$watcher"; exit');
      machine.watch(60, happenings);
      expect(machine.onDisk("rebooted-for")).toContain(hashOf(NEW));
      expect(machine.rebooted).toBe(false);
      machine.set("on-reboot", "");
      machine.watch(60);
      expectRebooted(machine);
    });
  });

  test("the commands reach to the end of an update", () => {
    const machine = machineWith();
    expect(machine.watch(20, { 1: { declaration: OTHER } }, { killedBefore: 150 }).wasKilled).toBe(true);
  });
});

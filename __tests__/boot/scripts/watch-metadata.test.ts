/** What the watcher decides. What is simulated: see WatchedMachine. */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../../lib/boot/declaration";
import { mountOf, sample } from "../../support/sample-declaration";
import { hashOf, Metadata, USER_DATA, WatchedMachine } from "../../support/watched-machine";

const hash = (declaration: Declaration) => hashOf(JSON.stringify(declaration));
const short = (declaration: Declaration) => hash(declaration).slice(0, 12);
/** A version whose app does what its tag says. */
const version = (tag: string, options: Partial<Declaration> = {}) => sample({ image: `app:${tag}`, ...options });
const [ONE, TWO] = [version("1"), version("2")];

/** A machine on which a version has proven itself. */
function machineWith(declaration = ONE, images = [declaration.image, declaration.gcsfuse.image]): WatchedMachine {
  const machine = new WatchedMachine();
  machine.setImages(...images);
  machine.setMetadata({ declaration });
  machine.watch(30);
  expect(machine.onDisk("declaration")).toBe(JSON.stringify(declaration));
  return machine;
}

/** What runs on the machine, is what is configured, and which state that is. */
function expectRunning(machine: WatchedMachine, declaration: Declaration, mounts = declaration.mounts.length) {
  const units = ["app.service", ...Array.from({ length: mounts }, (_, index) => `gcsfuse@${index}.service`)];
  expect(Object.keys(machine.unitVersions)).toEqual(units);
  expect(machine.unitVersions["app.service"]).toBe(hash(declaration));
  expect(machine.configured).toBe(hash(declaration));
  expect(readFileSync(join(machine.run, "running"), "utf8")).toBe(hash(declaration));
}

const takenBack = (declaration: Declaration, why: string) =>
  `failed declaration ${short(declaration)} was taken back, and the one before runs: ${why}`;
const ENDED = "the app ended with exit code 3";

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

describe("an update", () => {
  test("of the app alone restarts the app alone, after its image was pulled with the new version's registries", () => {
    const machine = machineWith();
    const registries = ["europe-docker.pkg.dev"];
    const declaration = version("2", { registries });
    const { systemctl, updates, docker } = machine.watch(30, { 1: { declaration } });
    expect(docker.filter((call) => call.startsWith("pull"))).toEqual(["pull --quiet app:2"]);
    expect(machine.get("pulled-with")).toBe(`${machine.run}/declarations/${hash(declaration)}/docker\n`);
    expect(systemctl).toEqual(["restart --no-block app.service"]);
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
    expect(systemctl.filter((call) => call !== "restart app.service")).toEqual([
      "stop app.service",
      "daemon-reload",
      "restart --no-block gcsfuse@1.service",
      "start --no-block app.service",
    ]);
    expectRunning(machine, declaration);
    expect(machine.fileOf("gcsfuse@1.service", "gcsfuse-1/command")).toContain("\0media\0");
  });

  test("to more mounts, and to fewer: the units' order follows, and what is gone is stopped and unmounted", () => {
    const mounts = [mountOf(), mountOf({ path: "/b" })];
    const machine = machineWith(ONE);
    const more = version("1", { mounts });
    const first = machine.watch(30, { 1: { declaration: more } });
    expect(first.systemctl.filter((call) => call !== "restart app.service")).toEqual([
      "stop app.service",
      "daemon-reload",
      "restart --no-block gcsfuse@1.service",
      "start --no-block app.service",
    ]);
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
    expect(machine.fileOf("gcsfuse@0.service", "gcsfuse-0/owner")).toBe("33:33\n");
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
});

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
    expect(machine.fileOf("gcsfuse@0.service", "gcsfuse-0/command")).toContain("\0files\0");
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

  test("ten updates in a row leave one version behind", () => {
    const machine = machineWith();
    for (let number = 2; number < 12; number++) machine.watch(30, { 1: { declaration: version(String(number)) } });
    expect(machine.images).toEqual(["app:11", "gcsfuse:1"]);
    expect(machine.versions).toEqual([hash(version("11"))]);
  });

  test("none goes where nothing could be read", () => {
    const machine = new WatchedMachine();
    machine.setMetadata({ declaration: "{" });
    machine.watch(60);
    expect(machine.images).toEqual(["app:1", "gcsfuse:1"]);
  });
});

describe("the watcher may be killed at any point, and comes back", () => {
  /** Kills before so many commands, spread over the whole of an update, another time each run. */
  const POINTS = 8;
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
      expect(machine.fileOf(`gcsfuse@${index}.service`, `gcsfuse-${index}/command`)).toContain(`\0${bucket}\0`);
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
    machine.watch(5, { 1: { declaration: OTHER } }, { killedBefore });
    machine.setMetadata(then);
    machine.watch(60);
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

  test("the commands reach to the end of an update", () => {
    const machine = machineWith();
    expect(machine.watch(20, { 1: { declaration: OTHER } }, { killedBefore: 150 }).wasKilled).toBe(true);
  });
});

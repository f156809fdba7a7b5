/** Secrets of a new version are read while the one before serves. What is simulated: see WatchedMachine. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { modeOf, textOf } from "../../support/folder";
import { expectRunning, hash, machineWith, ONE, short, version } from "../../support/watched-versions";

const SECRET = { secret: "projects/p-12345/secrets/db", version: "3" };
const WITH = version("2", { secrets: { DB: SECRET }, secretFiles: { "/run/secrets/db": SECRET } });
const DENIED = '{"error":{"code":403,"status":"PERMISSION_DENIED","message":"denied"}}';
const REASON = "cannot read secret projects/p-12345/secrets/db/versions/3: HTTP 403 PERMISSION_DENIED denied";

test("they are there when the app is told to restart, which then need not ask", () => {
  const machine = machineWith();
  const { docker, updates } = machine.watch(30, { 1: { declaration: WITH } });
  const folder = join(machine.run, "declarations", hash(WITH), "secrets-app");
  expect(textOf(join(folder, "environment"))).toBe("DB=hunter2\0");
  expect(textOf(join(folder, "file-0"))).toBe("hunter2");
  expect(existsSync(join(folder, "read-ahead"))).toBe(true);
  expect([modeOf(join(folder, "environment")), modeOf(join(folder, "..")), modeOf(folder)]).toEqual([
    "400",
    "700",
    "700",
  ]);
  // The next container is there before the one that serves is stopped, and docker is told where the values are, at most.
  const [created] = docker.filter((call) => call.startsWith("create --name=app-next "));
  expect(created).toContain(`"source=${folder}/file-0","target=/run/secrets/db",readonly`);
  expect(docker.join("\n")).not.toContain("hunter2");
  expect(updates.at(-1)).toBe("none ");
  expectRunning(machine, WITH);
});

test("one that cannot be read leaves the version before in service, and is tried again until it can", () => {
  const machine = machineWith();
  machine.setSecret("403", DENIED);
  const refused = machine.watch(60, { 1: { declaration: WITH } });
  expect(refused.updates.at(-1)).toBe(`failed ${REASON}`);
  expect(refused.systemctl).toEqual([]);
  expectRunning(machine, ONE);
  machine.setSecret("200", '{"payload":{"data":"eA=="}}');
  const { updates } = machine.watch(300);
  expect(updates).toEqual([`starting declaration ${short(WITH)}`, "none "]);
  expectRunning(machine, WITH);
});

test("so does a gcsfuse image without the program that sets them", () => {
  const machine = machineWith();
  machine.set("passwd", "");
  const { updates, systemctl } = machine.watch(60, {
    1: { declaration: version("2", { secrets: { DB: SECRET }, user: "1" }) },
  });
  expect(updates.at(-1)).toMatch(/^failed the image gcsfuse:1 has no \/usr\/local\/bin\/with-secrets, /);
  expect(systemctl).toEqual([]);
  expectRunning(machine, ONE);
});

test("an update to another version of a secret restarts the app alone", () => {
  const machine = machineWith(WITH);
  const declaration = version("2", { ...WITH, secrets: { DB: { ...SECRET, version: "4" } } });
  const { systemctl, docker } = machine.watch(30, { 1: { declaration } });
  expect(systemctl).toEqual(["restart --no-block app.service"]);
  expect(docker.filter((call) => call.startsWith("pull"))).toEqual([]);
  expectRunning(machine, declaration);
});

test("no change of the secrets restarts nothing, though they have been read in between", () => {
  const machine = machineWith(WITH);
  machine.watch(30, { 1: { declaration: { ...WITH, startTimeoutSeconds: 7 } } });
  expect(machine.watch(30, { 1: { declaration: WITH } }).systemctl).toEqual([]);
});

test("at boot the version is started at once, with what it reads itself", () => {
  const machine = machineWith(WITH);
  machine.setSecret("403", DENIED);
  machine.reboot();
  const { systemctl } = machine.watch(10);
  expect(systemctl).toContain("start --no-block app.service");
  expect(existsSync(join(machine.run, "declarations", hash(WITH), "secrets-app"))).toBe(false);
});

test("what is left of a version goes with it", () => {
  const machine = machineWith(WITH);
  machine.watch(400, { 1: { declaration: version("3") } });
  expect(machine.versions).toEqual([hash(version("3"))]);
});

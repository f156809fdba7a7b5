import { spawn, spawnSync, SpawnSyncReturns } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { folderWith, write } from "../support/folder";
import { newThings, remainsOf, surroundings } from "../support/run/surroundings";

const ROOT = join(__dirname, "../..");

/** Not one that has ended and that nobody has waited for. */
const isRunning = (pid: string | number) =>
  /^[^Z\s]/.test(spawnSync("ps", ["-o", "stat=", "-p", String(pid)]).stdout.toString());

/** Runs jest, with this project's setup and teardown, on one test whose body is given; `machines` is its temporary folder. */
function runTest(body: string, env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> & { machines: string } {
  const project = folderWith({ "one.test.js": `test("one", () => { ${body} });` });
  write(
    project,
    "jest.config.js",
    `const { globalSetup, globalTeardown, cacheDirectory } = require(${JSON.stringify(join(ROOT, "jest.config.js"))});
    const inProject = (path) => path.replace("<rootDir>", ${JSON.stringify(ROOT)});
    module.exports = {
      transform: { "\\\\.ts$": [${JSON.stringify(require.resolve("ts-jest"))}, { isolatedModules: true, tsconfig: ${JSON.stringify(join(ROOT, "tsconfig.json"))} }] },
      cacheDirectory: inProject(cacheDirectory),
      globalSetup: inProject(globalSetup),
      globalTeardown: inProject(globalTeardown),
    };`,
  );
  const machines = join(project, "tmp");
  mkdirSync(machines);
  const jest = join(ROOT, "node_modules/.bin/jest");
  const result = spawnSync(jest, ["--rootDir", project, "--config", join(project, "jest.config.js")], {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, TMPDIR: machines, TESTS_ALONE: "0", ...env },
  });
  return { ...result, machines };
}

describe("a run of jest", () => {
  test("that leaves nothing passes, and its temporary folder is gone with all that the tests put there", () => {
    const { status, stderr, machines } = runTest(
      'require("node:fs").mkdtempSync(require("node:path").join(require("node:os").tmpdir(), "folder-"));',
    );
    expect(stderr).toMatch(/Tests: +1 passed/);
    expect(stderr).not.toContain("left behind");
    expect(status).toBe(0);
    expect(readdirSync(machines)).toEqual([]);
  }, 180_000);

  test("that leaves a process fails, names it and ends it", () => {
    const { status, stderr, machines } = runTest(
      'require("node:child_process").spawn("sleep", ["1234"], { detached: true, stdio: "ignore" }).unref();',
    );
    expect(stderr).toMatch(/Tests: +1 passed/);
    const [, pid] = /the tests left behind:\n +process (\d+) \(sleep 1234\)/.exec(stderr)!;
    expect(status).toBe(1);
    expect(isRunning(pid)).toBe(false);
    expect(readdirSync(machines)).toEqual([]);
  }, 180_000);

  test("that writes into the machine's own temporary folder fails where it is alone, and warns elsewhere", () => {
    const body = 'require("node:fs").writeFileSync(process.env.TMPDIR + "/../stray", "");';
    const shared = runTest(body);
    expect(shared.stderr).toMatch(new RegExp(`perhaps of others:[^]*file ${shared.machines}/stray\n`));
    expect(shared.status).toBe(0);
    const alone = runTest(body, { TESTS_ALONE: "1" });
    expect(alone.stderr).toMatch(new RegExp(`left behind:[^]*file ${alone.machines}/stray\n`));
    expect(alone.status).toBe(1);
  }, 180_000);
});

test("a run that is killed leaves neither its folder nor its processes", async () => {
  const machines = mkdtempSync(join(tmpdir(), "machine-"));
  const module = JSON.stringify(join(ROOT, "__tests__/support/run/test-run"));
  const program = `
    const { folder } = require(${module}).startRun();
    const { pid } = require("node:child_process").spawn("sleep", ["1234"], { detached: true, stdio: "ignore" });
    console.log(JSON.stringify({ folder, pid }));
    setInterval(() => {}, 1000);`;
  const run = spawn(process.execPath, ["-r", "sucrase/register/ts", "-e", program], {
    cwd: ROOT,
    env: { ...process.env, TMPDIR: machines },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(run.stdout, "data")) as [Buffer];
  const { folder, pid } = JSON.parse(line.toString()) as { folder: string; pid: number };
  expect([existsSync(folder), isRunning(pid)]).toEqual([true, true]);
  run.kill("SIGKILL");
  for (let tries = 0; existsSync(folder) && tries < 600; tries++) await sleep(100);
  expect([existsSync(folder), isRunning(pid)]).toEqual([false, false]);
  expect(readdirSync(machines)).toEqual([]);
}, 180_000);

describe("what is told of a machine", () => {
  /** A copy of /proc with one process. */
  function proc(mounts: string[], network: string): string {
    const folder = folderWith({
      "self/mounts": mounts.map((path) => `none ${path} tmpfs rw 0 0\n`).join(""),
      "7/status": "State:\tS (sleeping)\nPPid:\t1\n",
      "7/cmdline": "dockerd\0--debug\0",
      "7/environ": "A=B\0TEST_RUN_ID=of-this\0",
    });
    mkdirSync(join(folder, "7/ns"));
    symlinkSync(network, join(folder, "7/ns/net"));
    return folder;
  }

  test("new mounts, network namespaces and files", () => {
    const folder = folderWith({ old: "" });
    const before = surroundings([folder], proc(["/"], "net:[1]"));
    expect(newThings(before, surroundings([folder], proc(["/"], "net:[1]")))).toEqual([]);
    write(folder, "new", "");
    rmSync(join(folder, "old"));
    expect(newThings(before, surroundings([folder], proc(["/", "/mnt/files"], "net:[2]")))).toEqual([
      `file ${folder}/new`,
      "mount /mnt/files",
      "network namespace net:[2]",
    ]);
  });

  test("a run's own mounts and processes, and no others", () => {
    const run = { folder: "/tmp/tests-1", pid: 9_999_999 };
    const fake = proc(["/tmp/tests-1/mnt", "/tmp/tests-12/mnt"], "net:[1]");
    expect(newThings({}, remainsOf({ ...run, id: "of-this" }, fake))).toEqual([
      "process 7 (dockerd --debug)",
      "mount /tmp/tests-1/mnt",
    ]);
    expect(newThings({}, remainsOf({ ...run, id: "of-another" }, fake))).toEqual(["mount /tmp/tests-1/mnt"]);
  });
});

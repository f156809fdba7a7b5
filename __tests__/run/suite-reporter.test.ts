import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { folderWith, textOf } from "../support/folder";

const ROOT = join(__dirname, "../..");
const SUPPORT = join(ROOT, "__tests__/e2e/support/jest");
const REASON = "Error: Failed to query available provider packages";

/** One suite with the providers and one without, run where the providers are or are missing for a reason. */
function run(missing: string | undefined, env: NodeJS.ProcessEnv = {}, more: Record<string, string> = {}) {
  const ts = { isolatedModules: true, tsconfig: join(ROOT, "tsconfig.json") };
  const project = folderWith({
    "with.test.ts": `
      import { describeWithProviders } from ${JSON.stringify(join(SUPPORT, "with-providers"))};
      describeWithProviders("an apply", () => {
        beforeAll(() => process.stdout.write("applying"));
        test("creates", () => undefined);
        test("destroys", () => undefined);
      });`,
    ...more,
    "without.test.ts": 'test("a plan", () => undefined); export {};',
    "jest.config.json": JSON.stringify({
      testMatch: ["**/*.test.ts"],
      transform: { "\\.ts$": [require.resolve("ts-jest"), ts] },
      cacheDirectory: join(ROOT, "node_modules/.cache/jest"),
      reporters: ["default", join(SUPPORT, "suite-reporter.js")],
    }),
  });
  const file = join(project, "not-run");
  const { status, stdout, stderr } = spawnSync(
    join(ROOT, "node_modules/.bin/jest"),
    ["--rootDir", project, "--runInBand"],
    {
      cwd: project,
      encoding: "utf8",
      // .ci/run sets the first one for this run, too.
      env: {
        ...process.env,
        E2E_WITHOUT_PROVIDERS: "",
        E2E_NOT_RUN_FILE: file,
        E2E_MISSING_PROVIDERS: missing,
        ...env,
      },
    },
  );
  return { status, stdout, stderr, notRun: existsSync(file) ? textOf(file) : undefined };
}

test("where the providers are, everything runs, and the list of what did not is empty", () => {
  const { status, stdout, stderr, notRun } = run("");
  expect(stderr).toMatch(/Tests: +3 passed, 3 total/);
  expect(stdout).toContain("applying");
  expect(stdout).toMatch(/seconds of each suite, the slowest last:\n +\d+\.\d s {2}with/);
  expect([status, notRun]).toEqual([0, ""]);
}, 180_000);

test("where they are missing, what needs them is skipped and listed with Terraform's reason, and the run fails", () => {
  const { status, stdout, stderr, notRun } = run(REASON);
  expect(stderr).toMatch(/Tests: +2 skipped, 1 passed, 3 total/);
  expect(stdout).not.toContain("applying");
  expect(notRun).toMatch(
    /^2 tests did not run:\n {2}with\.test\.ts: an apply creates\n {2}with\.test\.ts: an apply destroys\n/,
  );
  expect(notRun).toContain(REASON);
  expect(stdout).toContain(notRun);
  expect(stdout).toContain("set E2E_WITHOUT_PROVIDERS=1");
  expect(status).toBe(1);
}, 180_000);

test("it passes where that was said to be right", () => {
  const { status, notRun } = run(REASON, { E2E_WITHOUT_PROVIDERS: "1" });
  expect(status).toBe(0);
  expect(notRun).toContain("an apply creates");
}, 180_000);

test("a suite that nobody asked the providers for does not pass", () => {
  const { status, stderr } = run(undefined);
  expect(stderr).toContain("the global setup has not asked for the providers");
  expect(status).toBe(1);
}, 180_000);

test("a suite that says why it does not run is listed, whether the providers are there or not", () => {
  const own = 'describe.skip("an app (not run: no source)", () => test("starts", () => undefined)); export {};';
  const { status, stdout, notRun } = run("", {}, { "own.test.ts": own });
  expect(notRun).toBe("1 tests did not run:\n  own.test.ts: an app (not run: no source) starts\n");
  expect(stdout).toContain(notRun);
  expect(status).toBe(0);
  const both = run(REASON, {}, { "own.test.ts": own });
  expect(both.notRun).toMatch(/^1 tests did not run:\n[^]*\n2 tests did not run:\n/);
  expect(both.status).toBe(1);
}, 180_000);

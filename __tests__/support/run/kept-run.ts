import { TestRun } from "./test-run";

/** jest loads global setup and global teardown separately: only globalThis is common to both. */
const holder = globalThis as { testRun?: TestRun };

export function keepRun(run: TestRun): void {
  holder.testRun = run;
}

export function keptRun(): TestRun {
  if (!holder.testRun) throw new Error("no test run was started");
  return holder.testRun;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { newThings, remainsOf, surroundings } from "./surroundings";

/** How long what the tests have ended may take to be gone. */
const SECONDS_TO_END = 5;

/** How many things that are perhaps of others are named. */
const NAMED = 10;

export interface TestRun {
  /** Its temporary folder. */
  readonly folder: string;
  /**
   * Removes all that is the run's, and returns what it should not have left: a line for each. `others` are differences
   * that somebody else on this machine may have caused.
   */
  end(): Promise<{ left: string[]; others: string[] }>;
}

/**
 * Gives what this process starts a temporary folder of its own. It is removed whole when the run ends, however it ends:
 * a process that waits for that does it.
 */
export function startRun(): TestRun {
  const machines = realpathSync(tmpdir());
  const shared = [...new Set([machines, "/tmp"])];
  const before = surroundings(shared);
  // Short: the path of a socket in it has no more than 107 bytes.
  const folder = mkdtempSync(join(machines, `tests-${process.pid}-`));
  // As a machine's own: tests start programs as other users.
  chmodSync(folder, 0o1777);
  const id = `${process.pid}-${Date.now()}`;
  const janitor = spawn(join(__dirname, "janitor.sh"), [folder, id], {
    detached: true,
    stdio: ["pipe", "ignore", "inherit"],
  });
  janitor.unref();
  (janitor.stdin as unknown as { unref(): void }).unref();
  process.env.TMPDIR = folder;
  process.env.TEST_RUN_ID = id;
  const remains = () => newThings({}, remainsOf({ id, folder, pid: process.pid, janitor: janitor.pid }));

  return {
    folder,
    end: async () => {
      for (let tries = 0; remains().length > 0 && tries < SECONDS_TO_END * 10; tries++) await sleep(100);
      const left = remains();
      const ended = once(janitor, "exit");
      janitor.ref();
      janitor.stdin.end();
      await ended;
      process.env.TMPDIR = machines;
      if (existsSync(folder)) left.push(`file ${folder}`);
      return { left, others: newThings(before, surroundings(shared)).filter((line) => !left.includes(line)) };
    },
  };
}

/** Ends a run and throws if it left anything; where others work on the machine too, only what is surely its own. */
export async function endRun(run: TestRun, more: readonly string[] = []): Promise<void> {
  const { left, others } = await run.end();
  const all = [...left, ...more];
  if (process.env.TESTS_ALONE === "1") all.push(...others);
  else if (others.length > 0) {
    process.stderr.write(`\nnew on this machine since the tests began, perhaps of others:\n${lines(few(others))}`);
  }
  if (all.length > 0) throw new Error(`the tests left behind:\n${lines(all)}`);
}

function few(items: readonly string[]): string[] {
  return items.length > NAMED ? [...items.slice(0, NAMED), `and ${items.length - NAMED} more`] : [...items];
}

function lines(items: readonly string[]): string {
  return items.map((item) => `  ${item}\n`).join("");
}

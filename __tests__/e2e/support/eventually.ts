import { setTimeout as sleep } from "node:timers/promises";

/** Asks again until `check` neither throws nor gives undefined or false; then its last error is the test's. */
export async function eventually<T>(
  check: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 60_000, everyMs = 200, what = "what was waited for" } = {},
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const result = await check();
      if (result !== undefined && result !== false) return result;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > end) throw failure ?? new Error(`${what} did not come within ${timeoutMs / 1000} s`);
    await sleep(everyMs);
  }
}

import execa from "execa";
import { join } from "node:path";
import { cacheDir } from "./cache";

/**
 * Runs `work` while no other process does the same: two test runs on one machine must not build one tool twice.
 * The lock is flock(2)'s, held by a child process, so that it goes with the process that holds it, however that ends.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const release = await takeLock(name);
  try {
    return await work();
  } finally {
    await release();
  }
}

/** The same for longer than one call; returns what gives it back. A shared one is had by several at once. */
export async function takeLock(name: string, kind: "exclusive" | "shared" = "exclusive"): Promise<() => Promise<void>> {
  const holder = execa("flock", [`--${kind}`, join(cacheDir("locks"), name), "sh", "-c", "echo locked; cat"], {
    stdin: "pipe",
  });
  await new Promise<void>((resolve, reject) => {
    holder.stdout?.once("data", () => resolve());
    holder.catch(reject);
  });
  return async () => {
    holder.stdin?.end();
    await holder;
  };
}

import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where built tools, images and packages are kept between test runs: outside the clone, which CI creates anew. */
export function cachePath(...parts: string[]): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "gcs-backed-container-app", ...parts);
}

/** A folder of the cache, created if it is missing. */
export function cacheDir(...parts: string[]): string {
  const dir = cachePath(...parts);
  mkdirSync(dir, { recursive: true });
  return dir;
}

import { invalidInput, quote } from "../checks/invalid-input";
import { memoryOf } from "./machine-memory";

/** How the app's next version comes behind the proxy. */
export enum Updates {
  /** The version that runs ends, then the next one starts. Requests wait in the proxy meanwhile, up to 60 seconds. */
  REPLACE = "replace",
  /**
   * The next version starts beside the one that runs. Once it answers, and goes on doing so for 10 seconds, it gets the requests;
   * the one before finishes those that it has, for as long as `stopTimeoutSeconds` says, and ends. A version that does not
   * come to life never gets a request. Where more than the app's own container changes, a mount or a sidecar, the app is
   * replaced all the same.
   */
  OVERLAP = "overlap",
}

/** What an app must be like for two of it to run at once. */
export interface OverlappingApp {
  readonly disks: readonly unknown[];
  /** The ports that are published beside the proxy's. */
  readonly published: readonly unknown[];
  readonly memoryMib?: number;
}

/**
 * Checks that two versions of the app can run at once.
 *
 * @throws if they cannot
 */
export function requireOverlapPossible({ disks, published, memoryMib }: OverlappingApp): void {
  const refused = (reason: string) => invalidInput("https.updates", Updates.OVERLAP, reason);
  if (disks.length > 0) {
    throw refused(
      'the app has disks, and what keeps its data on one, such as a database, must not run twice at once: use "replace", or give the disks to a sidecar',
    );
  }
  if (published.length > 0) {
    throw refused(
      'the app publishes ports of its own, which two containers cannot have: use "replace", or leave them out',
    );
  }
  if (memoryMib === undefined) {
    throw refused(
      "two versions of the app run at once for a while, and memoryMib is missing: give the most that one may use",
    );
  }
}

/** MiB for Container-Optimized OS, Docker and gcsfuse. */
const SYSTEM_MIB = 512;

/**
 * Checks that a machine has the memory for two versions of the app, as far as it is known what it has.
 *
 * @throws if it has not
 */
export function requireRoomForTwo(
  machineType: string,
  {
    memoryMib = 0,
    sidecars,
  }: { readonly memoryMib?: number; readonly sidecars: readonly { readonly memoryMib?: number }[] },
): void {
  const has = memoryOf(machineType);
  const others = sidecars.reduce((sum, sidecar) => sum + (sidecar.memoryMib ?? 0), 0);
  const needed = 2 * memoryMib + others + SYSTEM_MIB;
  if (has !== undefined && needed > has) {
    throw invalidInput(
      "machine.machineType",
      machineType,
      `it has ${has} MiB of memory, and https.updates ${quote(Updates.OVERLAP)} needs ${needed}: twice memoryMib (${memoryMib}), ${others} for the sidecars and ${SYSTEM_MIB} for the system: use a larger one, a smaller memoryMib, or "replace"`,
    );
  }
}

/** What is held on a file at this moment, which gcsfuse never hears of. */
export interface Held {
  readonly kind: "lock" | "map";
  /** The file system's device, as in /proc/self/mountinfo. */
  readonly device: string;
  readonly inode: string;
}

/** Locks, as /proc/locks has them. @see https://man7.org/linux/man-pages/man5/proc_locks.5.html */
export function parseLocks(text: string): Held[] {
  return [...text.matchAll(/^\d+: (?:POSIX|FLOCK|OFDLCK) +\S+ +\S+ +\S+ ([0-9a-f]+):([0-9a-f]+):(\d+) /gm)].map(
    ([, major, minor, inode]) => ({ kind: "lock", device: deviceOf(major, minor), inode }),
  );
}

/** Memory maps that write to their file, as /proc/PID/maps has them. @see https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html */
export function parseMaps(text: string): Held[] {
  return [...text.matchAll(/^[0-9a-f]+-[0-9a-f]+ .w.s [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) (\d+) /gm)].map(
    ([, major, minor, inode]) => ({ kind: "map", device: deviceOf(major, minor), inode }),
  );
}

function deviceOf(major: string, minor: string): string {
  return `${parseInt(major, 16)}:${parseInt(minor, 16)}`;
}

/** A lock on a file, or a memory map of it, at this moment. gcsfuse is told of neither. */
export interface LockOrMap {
  readonly kind: "lock" | "map";
  /** The file system's device, as in /proc/self/mountinfo. */
  readonly device: string;
  readonly inode: string;
}

/**
 * Reads the locks in the text of /proc/locks.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_locks.5.html
 */
export function parseLocks(text: string): LockOrMap[] {
  return [...text.matchAll(/^\d+: (?:POSIX|FLOCK|OFDLCK) +\S+ +\S+ +\S+ ([0-9a-f]+):([0-9a-f]+):(\d+) /gm)].map(
    ([, major, minor, inode]) => ({ kind: "lock", device: deviceOf(major, minor), inode }),
  );
}

/**
 * Reads the memory maps in the text of /proc/PID/maps that write to their file.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_maps.5.html
 */
export function parseMaps(text: string): LockOrMap[] {
  return [...text.matchAll(/^[0-9a-f]+-[0-9a-f]+ .w.s [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) (\d+) /gm)].map(
    ([, major, minor, inode]) => ({ kind: "map", device: deviceOf(major, minor), inode }),
  );
}

function deviceOf(major: string, minor: string): string {
  return `${parseInt(major, 16)}:${parseInt(minor, 16)}`;
}

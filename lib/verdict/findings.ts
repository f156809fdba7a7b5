import { findDatabases, ListedObject, SQLITE_COMPANION } from "./databases";
import { FileActivity, RiskyOperation } from "./file-activity";
import { LockOrMap } from "./locks-and-maps";
import { MountRights, RefusedUser } from "./processes";

/** Something that the app does and a bucket does not support or does slowly. */
export interface Finding {
  readonly what: string;
  readonly files: readonly string[];
  readonly advice: string;
}

/** What was observed of one mount. */
export interface MountObservation {
  /** Where the app has it. */
  readonly path: string;
  readonly activity: FileActivity;
  /** The objects of the bucket, by their paths in the app. */
  readonly objects: ReadonlyMap<string, ListedObject>;
  /** Those on files of this mount. */
  readonly locksAndMaps: readonly LockOrMap[];
  /** Paths of the image's files and folders that the mount hides. */
  readonly hidden: readonly string[];
  /** Undefined while it is not mounted. */
  readonly rights?: MountRights;
  /** Those whose processes may not write to it. */
  readonly refused: readonly RefusedUser[];
}

/** A file that is still open is reported after this many seconds without a save; an upload may pause for less. */
const OPEN_TOO_LONG = 10;
/** A file that was written for at least this many seconds, at less than this rate, is reported as a log. */
const LONG = 60;
const SLOW_BYTES_PER_SECOND = 1024;
const SMALL_FILE = 64 * 1024;
const MANY_FILES = 500;
/** The smallest disk: https://cloud.google.com/compute/docs/disks#pdspecs */
const LEAST_DISK_GB = 10;

const RISKS: Readonly<Record<RiskyOperation, Omit<Finding, "files">>> = {
  link: {
    what: "Hard links were asked for, and refused: a bucket has none",
    advice: "Let the app copy the file, or create a symbolic link.",
  },
  "rename-folder": {
    what: "Folders were renamed: every file in them was copied, which is slow with many files, and is not atomic",
    advice:
      "Let the app create folders under their final names, keep folders that are renamed out of the mount, or use a bucket with a hierarchical namespace.",
  },
  edit: {
    what: "Files were edited in place: each time the whole file is read, and uploaded again when it is closed",
    advice: "Let the app write a new file instead and rename it.",
  },
  append: {
    what: "Files were appended to: each time the whole file is uploaded again",
    advice: "Let the app begin a new file instead, for example one a day, or log to standard output.",
  },
};

/** What a disk would serve for. */
const WRITES_IN_PLACE: readonly string[] = ["edit", "append"] satisfies RiskyOperation[];

/** The findings about one mount; none if all went well. */
export function findingsOf(mount: MountObservation): Finding[] {
  const { activity, objects, locksAndMaps } = mount;
  const onDisk = diskInstead(mount);
  const databases = findDatabases(objects, activity.paths);
  const ofDatabase = (file: string) =>
    databases.some(({ path }) => file === path || file.replace(SQLITE_COMPANION, "") === path);
  const findings: Finding[] = [];
  const add = (finding: Omit<Finding, "files">, files: readonly string[]) => {
    if (files.length > 0) {
      findings.push({ ...finding, files });
    }
  };
  add(
    {
      what: "There are databases in the mounted folder: they need locks and edits in place, and can be damaged on a bucket",
      advice: `Use a database service (Cloud SQL, for example), or ${onDisk}.`,
    },
    databases.map(({ kind, path }) => `${path} (${kind})`),
  );
  for (const [operation, finding] of Object.entries(RISKS)) {
    const files = [...(activity.risks.get(operation as RiskyOperation) ?? [])];
    add(
      WRITES_IN_PLACE.includes(operation) ? { ...finding, advice: `${finding.advice} Or ${onDisk}.` } : finding,
      files.filter((file) => !ofDatabase(file)),
    );
  }
  add(
    {
      what: "Files are kept open while they are written: what was written since is not in the bucket, and is lost if the VM dies",
      advice: `Let the app close the file after each piece, or log to standard output, or ${onDisk}.`,
    },
    activity.unsaved
      .filter((file) => file.bytes > 0 && isKeptOpen(file))
      .filter(({ path }) => !ofDatabase(path))
      .map(
        ({ path, seconds, bytes, isOpen }) =>
          `${path} (${bytes} bytes ${isOpen ? "not saved for" : "that were saved only after"} ${Math.round(seconds)} seconds)`,
      ),
  );
  add(
    {
      what: "Files were shortened by name (truncate), which gcsfuse has not saved: it does so when a file is closed that was opened for it",
      advice: "Let the app open the file, change it and close it, or write a new one and rename it.",
    },
    activity.unsaved.filter(({ bytes, isOpen }) => bytes === 0 && isOpen).map(({ path }) => path),
  );
  const locked = pathsOf(activity, locksAndMaps, "lock");
  add(
    {
      what: "Files are locked at this moment: a lock holds within one VM only, since a bucket has no locks",
      advice: `Run one VM only, or ${onDisk}.`,
    },
    locked,
  );
  add(
    {
      what: "Files were opened that are named as locks are: a lock holds within one VM only, since a bucket has no locks, and each new lock file is an upload",
      advice: `Run one VM only, let the app keep its locks outside the mount if it has a setting for that, or ${onDisk}.`,
    },
    activity.lockFiles.filter((file) => !locked.includes(file) && !ofDatabase(file)),
  );
  add(
    {
      what: "Files are mapped into memory for writing at this moment: what is written there is saved only when the file is closed",
      advice: `Keep such files out of a bucket: ${onDisk}.`,
    },
    pathsOf(activity, locksAndMaps, "map"),
  );
  const small = activity.created.filter((size) => size < SMALL_FILE).length;
  add(
    {
      what: "Many small files were created: each costs several requests, and tens of milliseconds in the cloud",
      advice: "Pack them into few files, or keep caches and sessions out of the mount.",
    },
    small >= MANY_FILES ? [`${small} files below ${SMALL_FILE / 1024} KiB`] : [],
  );
  add(
    {
      what: "Operations failed, and the app got the errors",
      advice: "See whether the app needs them; a bucket has no extended attributes, reserved space or special files.",
    },
    activity.failures.map(
      ({ operation, path, error, count }) => `${path}: ${operation}: ${error}${count > 1 ? ` (${count} times)` : ""}`,
    ),
  );
  add(
    {
      what: "The image has files where the bucket is mounted, which the app does not see: the bucket was not empty",
      advice:
        "Let the folder be empty when the app starts, and the image's files are copied into it, or copy them yourself; noCopy: true on the mount says that they are not wanted.",
    },
    mount.hidden,
  );
  add(
    {
      what: "Processes of the app may not write to the mount, since its files belong to another user",
      advice: `If they are to write, ${rightsFor(mount.refused)}.`,
    },
    mount.refused.map(({ uid, programs }) => {
      const { rights } = mount;
      const owner =
        rights === undefined ? "" : `, which belongs to ${rights.uid}:${rights.gid} with the mode ${rights.mode}`;
      return `${mount.path}: user ${uid} (${programs.join(", ")})${owner}`;
    }),
  );
  return findings;
}

/** A bucket may be mounted inside a disk's folder, not the other way round. */
function diskInstead({ path, objects }: MountObservation): string {
  const bytes = [...objects.values()].reduce((sum, { size }) => sum + size, 0);
  const sizeGb = Math.max(LEAST_DISK_GB, Math.ceil((2 * bytes) / 1e9));
  return `keep this folder on a disk (disks: [{ path: ${JSON.stringify(path)}, sizeGb: ${sizeGb} }]) and mount the bucket at a folder inside it that has no such files`;
}

function rightsFor(refused: readonly RefusedUser[]): string {
  return refused.length === 1
    ? `set uid: ${refused[0].uid} on the mount`
    : 'set fileMode: "0666" and dirMode: "0777" on the mount';
}

function isKeptOpen({ seconds, bytes, isOpen }: { seconds: number; bytes: number; isOpen: boolean }): boolean {
  return isOpen ? seconds >= OPEN_TOO_LONG : seconds >= LONG && bytes / seconds < SLOW_BYTES_PER_SECOND;
}

function pathsOf(activity: FileActivity, locksAndMaps: readonly LockOrMap[], kind: LockOrMap["kind"]): string[] {
  const inodes = new Set(locksAndMaps.filter((one) => one.kind === kind).map(({ inode }) => inode));
  return [...inodes].map((inode) => activity.pathOf(inode) ?? `inode ${inode}`);
}

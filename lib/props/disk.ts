import { Token } from "cdktf";
import { isInside } from "../checks/container-path";
import { invalidInput, quote, requireInteger, requireMatch } from "../checks/invalid-input";
import { checkShape, Shape } from "../checks/shape";
import { checkDiskSize, checkDiskType } from "./disk-types";
import { checkPath } from "./gcs-mount";

/**
 * A persistent disk for a folder that needs a real file system, such as that of a database. It outlives the VM. A
 * blank one gets an ext4 file system, and is filled with the files that the image has at the path. The disk is never
 * formatted again, and the app does not start without it.
 */
export interface Disk {
  /**
   * The absolute path of the disk's folder in the container, for example `/var/lib/postgresql/data`. A bucket may be
   * mounted inside it.
   *
   * @throws if it is not absolute and normalized, is in a system folder, is a mount's path or inside one, or overlaps
   * with another disk's path
   */
  readonly path: string;

  /**
   * The disk's name within the app, at most 35 lower-case letters, digits and hyphens. Compute Engine's name of the
   * disk is the app's name and this one, joined by "-". Another name is another, blank disk: the one before goes as if
   * its entry had been removed, see `deleteDataOnDestroy`.
   *
   * @default - from the path: `srv-data` for `/srv/data`. To give an existing disk another path, give its name
   * @throws if it does not have that form, is the app's name, or if another disk of the app has it
   */
  readonly name?: string;

  /**
   * The disk's size in GB. A larger one grows the disk and its file system while the app runs. A smaller one is refused
   * by `diff` and `deploy`. The limits depend on the type: 10 to 65536 for `pd-balanced`.
   *
   * @default - must be given for a disk that is created
   * @throws if it is missing or out of range, or is given with `existingDisk`
   * @see https://cloud.google.com/compute/docs/disks/resize-persistent-disk
   */
  readonly sizeGb?: number;

  /**
   * The disk's type. Another one is refused by `diff` and `deploy`, since the disk would be replaced.
   *
   * @default "pd-balanced" - "hyperdisk-balanced" for machine families that take nothing else
   * @throws if it does not have the form of a disk type, if the machine family takes no disk of that kind, or is given
   * with `existingDisk`
   * @see https://cloud.google.com/compute/docs/disks
   */
  readonly type?: string;

  /**
   * The name of an existing disk of the app's project and zone, or its self link, instead of one that is created. It is
   * attached to the VM and mounted. Nothing else of it is changed, and it stays when the app is destroyed. Its file
   * system must be ext4 without a partition; one that another app made is taken, too. A blank disk is formatted.
   *
   * @default - a disk is created
   * @throws if it is not the name of a disk, if it is in another project or zone, if another app of the stack has it, or if it
   * is given with what is for a disk that is created
   */
  readonly existingDisk?: string;

  /**
   * The snapshot that the disk is created from, by name or self link. It matters only when the disk is created: later
   * it can be left out. This is how data gets to another zone or type, or to another app.
   *
   * @default - a blank disk
   * @throws if it is not the name of a snapshot, or is given with `existingDisk`
   * @see https://cloud.google.com/compute/docs/disks/restore-snapshot
   */
  readonly sourceSnapshot?: string;

  /**
   * Whether a snapshot is taken every day. Snapshots stay when the disk goes. Each is what a sudden power cut would
   * have left, which databases recover from.
   *
   * @default true
   * @throws if it is given with `existingDisk`
   * @see https://cloud.google.com/compute/docs/disks/about-snapshot-schedules
   */
  readonly dailySnapshots?: boolean;

  /**
   * Days after which a daily snapshot is deleted, 1 to 36500.
   *
   * @default 14
   * @throws if it is out of range, if `dailySnapshots` is off, or if it is given with `existingDisk`
   */
  readonly snapshotRetentionDays?: number;

  /**
   * The hour in which the daily snapshot is taken, in UTC, for example `04:00`.
   *
   * @default "04:00"
   * @throws if it is not a full hour, if `dailySnapshots` is off, or if it is given with `existingDisk`
   */
  readonly snapshotStartTime?: string;

  /**
   * Whether the disk's data goes with the disk. Takes effect only once deployed, so deploy it before `destroy`.
   *
   * @default false - `destroy` is refused while the disk is in `disks`. When its entry is removed, the disk is detached,
   * and deleted after a last snapshot, whose name begins with the disk's and ends with the time; of a name of more than 48
   * characters it has the beginning and a hash
   * @throws if it is given with `existingDisk`, which always stays
   */
  readonly deleteDataOnDestroy?: boolean;
}

const SHAPE: Shape<Disk> = {
  path: "string",
  name: "string?",
  sizeGb: "number?",
  type: "string?",
  existingDisk: "string?",
  sourceSnapshot: "string?",
  dailySnapshots: "boolean?",
  snapshotRetentionDays: "number?",
  snapshotStartTime: "string?",
  deleteDataOnDestroy: "boolean?",
};

const EXAMPLE = '{ path: "/var/lib/postgresql/data", sizeGb: 10 }';

/** The props that are for a disk that is created. */
const OF_CREATED_DISK = [
  "sizeGb",
  "type",
  "sourceSnapshot",
  "dailySnapshots",
  "snapshotRetentionDays",
  "snapshotStartTime",
  "deleteDataOnDestroy",
] as const;

/** With the longest name of an app, "-", and this many characters, a disk's name has Compute Engine's 63. */
const NAME = /^[a-z]([a-z0-9-]{0,33}[a-z0-9])?$/;
const NAME_ADVICE =
  'at most 35 lower-case letters, digits and "-", beginning with a letter and not ending with "-", such as "data"';

/** @see https://cloud.google.com/compute/docs/naming-resources */
const RESOURCE = "[a-z]([a-z0-9-]{0,61}[a-z0-9])?";
const DISK = new RegExp(`^([\\w.:/-]*zones/[\\w-]+/disks/)?${RESOURCE}$`);
const SNAPSHOT = new RegExp(`^([\\w.:/-]*snapshots/)?${RESOURCE}$`);

/** A disk that is created, checked and complete, except for the default type, which depends on the VM. */
export interface CreatedDisk {
  readonly sizeGb: number;
  readonly type?: string;
  readonly sourceSnapshot?: string;
  /** The schedule of the snapshots; undefined for none. */
  readonly snapshots?: { readonly retentionDays: number; readonly startTime: string };
  readonly deleteDataOnDestroy: boolean;
  /** What to do instead of moving it. Default: what is done with a disk of the user's. */
  readonly toMove?: string;
}

/** A disk, checked. */
export interface ResolvedDisk {
  /** Also the device's name in the VM. */
  readonly name: string;
  readonly path: string;
  /** The disk to create, or the name of an existing one. */
  readonly disk: CreatedDisk | string;
}

/**
 * Checks the disks of one container, and adds the defaults.
 *
 * @param what the prop that has them, for messages
 * @param disks the disks
 * @param mounts the same container's mounts
 * @throws if one is not valid, or if two overlap
 */
export function resolveDisks(
  what: string,
  disks: readonly Disk[],
  mounts: readonly { readonly path: string }[],
): ResolvedDisk[] {
  // Spread, so that the holes of a list are seen as undefined.
  [...disks].forEach((disk, index) => checkShape(`${what}[${index}]`, disk, SHAPE, { example: EXAMPLE }));
  checkPaths(what, disks, mounts);
  const resolved = disks.map((disk, index) => resolveDisk(`${what}[${index}]`, disk));
  resolved.forEach(({ name }, index) => {
    const other = resolved.findIndex((one) => one.name === name);
    if (other < index) {
      const advice = disks[index].name === undefined ? "it comes from the path: " : "";
      throw invalidInput(`${what}[${index}].name`, name, `${advice}${what}[${other}] has it: give each disk its own`);
    }
  });
  return resolved;
}

/**
 * Checks that no two disks of a VM have one name, and that no disk is attached twice.
 *
 * @param lists the disks of each container, and what a message calls the list
 * @throws if one is not
 */
export function requireDistinctDisks(lists: readonly { what: string; disks: readonly ResolvedDisk[] }[]): void {
  const all = lists.flatMap(({ what, disks }) =>
    disks.map(({ name, disk }, index) => ({
      what: `${what}[${index}]`,
      name,
      existing: typeof disk === "string" ? disk : undefined,
    })),
  );
  all.forEach(({ what, name, existing }, index) => {
    const before = all.slice(0, index);
    const other = before.find((one) => one.name === name);
    if (other !== undefined) {
      const owner = other.what.startsWith("https.") ? "that of the certificates of https" : other.what;
      throw invalidInput(`${what}.name`, name, `${owner} has it: give each disk a name of its own`);
    }
    const attached = existing && before.find((one) => one.existing && nameIn(one.existing) === nameIn(existing));
    if (attached) {
      throw invalidInput(`${what}.existingDisk`, existing, `${attached.what} has it: a VM has a disk once`);
    }
  });
}

/** Compute Engine's name of a disk that is created for an app. */
export function diskName(app: string, { name }: Pick<ResolvedDisk, "name">): string {
  return `${app}-${name}`;
}

/** The name of a disk that is given by its name or its self link. */
export function nameIn(disk: string): string {
  return Token.isUnresolved(disk) ? disk : disk.slice(disk.lastIndexOf("/") + 1);
}

function resolveDisk(what: string, disk: Disk): ResolvedDisk {
  const { path, existingDisk } = disk;
  const name = nameOf(what, disk);
  if (existingDisk === undefined) {
    return { name, path, disk: resolveCreated(what, disk) };
  }
  requireMatch(
    `${what}.existingDisk`,
    existingDisk,
    DISK,
    'use the name of a disk such as "gallery-data", or its self link (gcloud compute disks list)',
  );
  const given = OF_CREATED_DISK.find((prop) => disk[prop] !== undefined);
  if (given !== undefined) {
    throw invalidInput(
      `${what}.${given}`,
      disk[given],
      `it is for a disk that is created, and existingDisk ${quote(existingDisk)} is left as it is: give only one of the two`,
    );
  }
  return { name, path, disk: existingDisk };
}

function nameOf(what: string, { name, path }: Disk): string {
  if (name !== undefined) {
    if (Token.isUnresolved(name)) {
      throw new Error(`${what}.name is an unresolved token: use a text that is known at synthesis`);
    }
    requireMatch(`${what}.name`, name, NAME, `use ${NAME_ADVICE}`);
    return name;
  }
  if (Token.isUnresolved(path)) {
    throw new Error(`${what}.name is missing: it cannot come from a path that is an unresolved token: give the name`);
  }
  const derived = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[0-9-]+|-+$/g, "");
  if (!NAME.test(derived)) {
    throw new Error(`${what}.name is missing: none can be made of path ${quote(path)}: give ${NAME_ADVICE}`);
  }
  return derived;
}

function resolveCreated(what: string, disk: Disk): CreatedDisk {
  const { sizeGb, type, sourceSnapshot } = disk;
  if (type !== undefined) {
    checkDiskType(`${what}.type`, type);
  }
  if (sizeGb === undefined) {
    throw invalidInput(`${what}.sizeGb`, sizeGb, "it is missing: use a number of GB such as 10, or give existingDisk");
  }
  // Without a type it is one that takes at least what pd-balanced does.
  checkDiskSize(`${what}.sizeGb`, sizeGb, type ?? "pd-balanced");
  if (sourceSnapshot !== undefined) {
    requireMatch(
      `${what}.sourceSnapshot`,
      sourceSnapshot,
      SNAPSHOT,
      'use the name of a snapshot such as "gallery-data-20261126-040000", or its self link (gcloud compute snapshots list)',
    );
  }
  return {
    sizeGb,
    type,
    sourceSnapshot,
    snapshots: resolveSnapshots(what, disk),
    deleteDataOnDestroy: disk.deleteDataOnDestroy ?? false,
  };
}

function resolveSnapshots(what: string, disk: Disk): CreatedDisk["snapshots"] {
  const { snapshotRetentionDays = 14, snapshotStartTime = "04:00" } = disk;
  if (!Token.isUnresolved(snapshotRetentionDays)) {
    requireInteger(`${what}.snapshotRetentionDays`, snapshotRetentionDays, 1, 36500);
  }
  requireMatch(
    `${what}.snapshotStartTime`,
    snapshotStartTime,
    /^([01][0-9]|2[0-3]):00$/,
    'use a full hour of UTC such as "04:00"',
  );
  if (disk.dailySnapshots ?? true) {
    return { retentionDays: snapshotRetentionDays, startTime: snapshotStartTime };
  }
  for (const prop of ["snapshotRetentionDays", "snapshotStartTime"] as const) {
    if (disk[prop] !== undefined) {
      throw invalidInput(`${what}.${prop}`, disk[prop], "dailySnapshots is off: leave it out, or turn them on");
    }
  }
  return undefined;
}

function checkPaths(what: string, disks: readonly Disk[], mounts: readonly { readonly path: string }[]): void {
  const paths = disks
    .map(({ path }, index) => ({ what: `${what}[${index}].path`, path }))
    .filter(({ path }) => !Token.isUnresolved(path));
  paths.forEach((disk) => checkPath(disk.what, disk.path));
  paths.forEach((disk, index) => {
    const other = paths.slice(0, index).find(({ path }) => isInside(path, disk.path) || isInside(disk.path, path));
    if (other !== undefined) {
      throw invalidInput(
        disk.what,
        disk.path,
        `it overlaps with ${other.what} ${quote(other.path)}: give folders that are not inside each other, or one disk`,
      );
    }
    const mount = mounts.findIndex(({ path }) => !Token.isUnresolved(path) && isInside(disk.path, path));
    if (mount >= 0) {
      throw invalidInput(
        disk.what,
        disk.path,
        `it is in ${what.replace(/disks$/, "mounts")}[${mount}] ${quote(mounts[mount].path)}: a mount may be inside a disk, and no disk inside a mount`,
      );
    }
  });
}

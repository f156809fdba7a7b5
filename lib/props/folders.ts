import { Disk } from "./disk";
import { GcsMount } from "./gcs-mount";

/** The paths of a container at which something is mounted. */
export function foldersOf({
  mounts = [],
  disks = [],
}: {
  readonly mounts?: readonly GcsMount[];
  readonly disks?: readonly Disk[];
}): string[] {
  return [...mounts, ...disks].map(({ path }) => path);
}

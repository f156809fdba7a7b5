import { ContainerDeclaration } from "../../boot/declaration";

/** The folders of a container that are kept. */
export type Folders = Pick<ContainerDeclaration, "mounts" | "disks">;

/** What keeps the files of a folder: the mount or disk at its path, or the nearest one around it. */
export function keeperOf({ mounts, disks = [] }: Folders, path: string): string | undefined {
  const keepers = [
    ...mounts.map((mount) => ({ path: mount.path, words: `the bucket ${mount.bucket}` })),
    ...disks.map((disk) => ({ path: disk.path, words: `the disk ${disk.name}` })),
  ];
  const [nearest] = keepers
    .filter((keeper) => path === keeper.path || path.startsWith(`${keeper.path.replace(/\/$/, "")}/`))
    .sort((a, b) => b.path.length - a.path.length);
  return nearest?.words;
}

/** What becomes of what the app writes to a folder from now on, where nothing else keeps it. */
export const LOST_WITH_CONTAINER =
  "What the app writes to this folder from now on stays in its container, and is lost with it";

export function writtenTo(keeper: string): string {
  return `What the app writes to this folder from now on goes to ${keeper}`;
}

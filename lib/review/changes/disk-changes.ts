import { DiskDeclaration } from "../../boot/declaration";
import { Change } from "./change";
import { hasLastSnapshot, KeptDisk } from "../apps/disks";
import { Json, textAt } from "../read/json";
import { Resource } from "../read/stack";

/** What becomes of the data of a disk that is destroyed. */
export function fateOfDisk(disk: Resource): string {
  return hasLastSnapshot(disk)
    ? `a last snapshot is taken before, named ${textAt(disk.values, "create_snapshot_before_destroy_prefix") ?? textAt(disk.values, "name") ?? "as the disk"}-DATE-TIME: give it as sourceSnapshot to have the data again`
    : "its data is deleted with it (deleteDataOnDestroy)";
}

/** Changes of a disk that is kept, which its arguments alone do not tell. */
export function weakenedDisk(before: Resource, after: Resource): Change[] {
  return hasLastSnapshot(before) && !hasLastSnapshot(after)
    ? [
        {
          what: "disk",
          name: "create_snapshot_before_destroy",
          before: true,
          after: false,
          note: "destroying the disk now deletes its data (deleteDataOnDestroy)",
          effect: "data could be lost",
        },
      ]
    : [];
}

/** Whether another size is a smaller one, for which the disk would be replaced. */
export function shrinks(attribute: string, before: Json | undefined, after: Json | undefined): boolean {
  return attribute === "size" && Number(after) < Number(before);
}

/** What another disk under the same name does, of which the declaration says nothing. */
export function attachedDiskChanges(before: readonly KeptDisk[], after: readonly KeptDisk[]): Change[] {
  return after.flatMap(({ declared, source }): Change[] => {
    const was = before.find((kept) => kept.declared.name === declared.name)?.source;
    return was === undefined || source === undefined || nameIn(was) === nameIn(source)
      ? []
      : [
          {
            what: "disk",
            name: declared.path,
            before: was,
            after: source,
            effect: "data could be lost",
            also: ["app restarts"],
            note: "another disk: the app no longer sees what is on the one before",
          },
        ];
  });
}

/** A disk is named by its name, or by a link that ends with it. */
function nameIn(source: string): string {
  return source.slice(source.lastIndexOf("/") + 1);
}

/** What changes of the folders that are on disks. */
export function diskChanges(before: readonly DiskDeclaration[], after: readonly DiskDeclaration[]): Change[] {
  const find = (disks: readonly DiskDeclaration[], name: string) => disks.find((disk) => disk.name === name);
  const all = [...new Set([...before, ...after].map(({ name }) => name))];
  return all.flatMap((name): Change[] => {
    const [old, wanted] = [find(before, name), find(after, name)];
    const change = { what: "disk", name, before: old?.path, after: wanted?.path, effect: "app restarts" } as const;
    if (wanted === undefined) {
      return [
        {
          ...change,
          effect: "data could be lost",
          also: ["app restarts"],
          note: after.some(({ path }) => path === change.before)
            ? "the app no longer sees what is on this disk: another one takes its place"
            : "the app no longer sees what is on the disk. What it writes to this folder from now on stays in its container, and is lost with it",
        },
      ];
    }
    if (old === undefined) {
      return [
        {
          ...change,
          note: "the folder's files come from the disk, which is a new one; a blank one gets those of the image",
        },
      ];
    }
    return JSON.stringify(old) === JSON.stringify(wanted) ? [] : [change];
  });
}

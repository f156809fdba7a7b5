import { Declaration, DiskDeclaration } from "../../boot/declaration";
import { Change } from "./change";
import { Folders, keeperOf, LOST_WITH_CONTAINER } from "./covering";
import { hasLastSnapshot, KeptDisk } from "../apps/disks";
import { blocksAt, Json, stableText, textAt } from "../read/json";
import { Resource } from "../read/stack";

/** What becomes of the data of a disk that is destroyed. */
export function fateOfDisk(disk: Resource): string {
  return hasLastSnapshot(disk)
    ? `a last snapshot is taken before, named ${textAt(disk.values, "create_snapshot_before_destroy_prefix") ?? textAt(disk.values, "name") ?? "as the disk"}-DATE-TIME: give it as sourceSnapshot to have the data again`
    : "its data is deleted with it, without a last snapshot";
}

/** Changes of a disk that is kept, which its arguments alone do not tell. */
export function weakenedDisk(before: Resource, after: Resource): Change[] {
  return hasLastSnapshot(before) && !hasLastSnapshot(after)
    ? [
        {
          what: "disk",
          of: textAt(after.values, "name"),
          name: "create_snapshot_before_destroy",
          before: true,
          after: false,
          note: "destroying the disk now deletes its data (deleteDataOnDestroy)",
          effect: "data could be lost",
        },
      ]
    : [];
}

/** Whether the disk's precondition (lib/cloud/disk.ts) refuses a change of an argument. */
export function staysAsCreated(disk: Resource, attribute: string | undefined): boolean {
  return (
    ["name", "project", "zone", "type"].includes(attribute ?? "") &&
    blocksAt(disk.values, "lifecycle", "precondition").some(({ condition }) =>
      /\bterraform_data\..*created-as/.test(String(condition)),
    )
  );
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

/** Which container has a disk, by the names of the disks: `the app`, or `sidecar db`. */
export type DisksByName = ReadonlyMap<string, string>;

export function disksByName(declaration: Declaration): DisksByName {
  const ofContainer = (who: string, { disks = [] }: Folders) => disks.map(({ name }) => [name, who] as const);
  return new Map([
    ...ofContainer("the app", declaration),
    ...(declaration.sidecars ?? []).flatMap((sidecar) => ofContainer(`sidecar ${sidecar.name}`, sidecar)),
  ]);
}

/**
 * What changes of a container's folders that are on disks.
 *
 * @param had which container had which disk before
 */
export function diskChanges(before: Folders, after: Folders, had: DisksByName): Change[] {
  const find = ({ disks = [] }: Folders, name: string) => disks.find((disk) => disk.name === name);
  const all = [...new Set([...(before.disks ?? []), ...(after.disks ?? [])].map(({ name }) => name))];
  return all.flatMap((name): Change[] => {
    const [old, wanted] = [find(before, name), find(after, name)];
    const change = { what: "disk", name, before: old?.path, after: wanted?.path, effect: "app restarts" } as const;
    if (old === undefined) {
      return [{ ...change, note: cameWith(had.get(name)) }];
    }
    if (wanted === undefined) {
      return [left(change, "the app no longer sees what is on the disk", keeperOf(after, old.path))];
    }
    if (old.path !== wanted.path) {
      const note = `the app sees what is on the disk at ${wanted.path} instead`;
      return [left(change, note, keeperOf(after, old.path))];
    }
    return stableText(old as unknown as Json) === stableText(wanted as unknown as Json)
      ? []
      : [{ ...change, note: otherwiseMounted(old, wanted) }];
  });
}

/** The app no longer sees the disk where it was. */
function left(change: Change, seen: string, keeper: string | undefined): Change {
  const now =
    keeper === undefined
      ? LOST_WITH_CONTAINER
      : `Its folder before shows what ${keeper} has, and what is written there goes to it`;
  return { ...change, effect: "data could be lost", also: ["app restarts"], note: `${seen}. ${now}` };
}

function cameWith(owner: string | undefined): string {
  return owner === undefined
    ? "the folder's files are those of the disk; a blank one gets those of the image"
    : `the folder's files come from the disk, which ${owner} had before, with all that is on it`;
}

function otherwiseMounted(old: DiskDeclaration, wanted: DiskDeclaration): string {
  return old.disk === wanted.disk
    ? "it is mounted anew: whether a file system from elsewhere is taken (sourceSnapshot) has changed"
    : "it is mounted anew: its name in Compute Engine has changed";
}

import { Construct } from "constructs";
import { isSameMount } from "../boot/declaration";
import { invalidInput, quote } from "../checks/invalid-input";
import { nameConstructInErrors } from "../checks/name-construct";
import { resolveTokens } from "../terraform/template-text";
import { ResolvedMount } from "./gcs-mount";

const ADVICE =
  "give each mount that writes a prefix of its own, neither inside the other, or set readOnly for one of the two";
const OR_SHARE = ", or give both the same options but for the path: the two containers share one mount then";

/** The mounts of a container, and what a message calls the list. */
export interface MountList {
  readonly what: string;
  readonly mounts: readonly ResolvedMount[];
}

/**
 * Checks that no two mounts that write share a folder of a bucket, where their files would mix. Two containers may have the
 * same mount: one gcsfuse serves both.
 *
 * @param scope the app
 * @param lists the mounts of the app, and of each sidecar
 * @param ownBucket the name of the bucket of the mounts that name none
 * @throws if the folders of two are the same, or one is inside the other
 */
export function requireSeparateFolders(scope: Construct, lists: readonly MountList[], ownBucket: string): void {
  checkFolders(lists, ownBucket, (text) => text);
  // Two references to one bucket are two tokens, and can be compared only after cdktf has prepared those to other stacks.
  scope.node.addValidation({
    validate: () => {
      nameConstructInErrors(scope, () => checkFolders(lists, ownBucket, (text) => resolveTokens(scope, text)));
      return [];
    },
  });
}

/** The mounts of an app, each with its bucket and folder. */
export function located(
  lists: readonly MountList[],
  ownBucket: string,
  textOf: (text: string) => string,
): LocatedMount[] {
  return lists.flatMap(({ what: list, mounts }) =>
    mounts.map((mount, index) => {
      const bucket = textOf(mount.bucket ?? ownBucket);
      return { list, what: `${list}[${index}]`, mount, bucket, folder: textOf(folderOf(mount)) };
    }),
  );
}

function checkFolders(lists: readonly MountList[], ownBucket: string, textOf: (text: string) => string): void {
  const all = located(lists, ownBucket, textOf);
  const writing = all.filter(({ mount }) => !mount.readOnly);
  writing.forEach((one, position) => {
    const other = writing
      .slice(0, position)
      .find((before) => before.bucket === one.bucket && overlap(before.folder, one.folder) && !isShared(before, one));
    if (other !== undefined) {
      const where = other.folder === "" ? "the whole" : quote(other.folder);
      throw invalidInput(
        `${one.what}.prefix`,
        one.folder === "" ? undefined : one.folder,
        `${other.what} writes to ${where} of the same bucket: ${ADVICE}${other.list === one.list ? "" : OR_SHARE + difference(other, one)}`,
      );
    }
  });
  checkUnshared(
    all.filter(({ mount }) => mount.readOnly),
    writing,
  );
}

/** Of a mount that only reads: what another one writes is seen late there. */
function checkUnshared(reading: readonly LocatedMount[], writing: readonly LocatedMount[]): void {
  for (const one of reading.filter(({ mount }) => mount.changedByOthers === false)) {
    const other = writing.find((writer) => isSameFolder(writer, one));
    if (other !== undefined) {
      throw changedBy(other.what, one);
    }
  }
}

/** That a mount which says that nobody else changes its folder is of one that another mount writes to. */
export function changedBy(writer: string, { what }: LocatedMount): Error {
  const consequence = "what it writes would be seen up to an hour later: leave it out";
  return invalidInput(`${what}.changedByOthers`, false, `${writer} writes to the same folder, and ${consequence}`);
}

/** Whether two mounts have one folder of a bucket, or one of them a folder inside that of the other. */
export function isSameFolder(
  one: Pick<LocatedMount, "bucket" | "folder">,
  other: Pick<LocatedMount, "bucket" | "folder">,
) {
  return one.bucket === other.bucket && overlap(one.folder, other.folder);
}

/** A mount with its bucket and folder as texts. */
export interface LocatedMount {
  readonly what: string;
  readonly list: string;
  readonly mount: ResolvedMount;
  readonly bucket: string;
  readonly folder: string;
}

/** Whether two containers have one mount. Two references to a bucket, or to a folder, are two texts, and may be one. */
function isShared(one: LocatedMount, other: LocatedMount): boolean {
  return one.list !== other.list && isSameMount(withTexts(one), withTexts(other));
}

function withTexts({ mount, bucket, folder }: LocatedMount): ResolvedMount {
  return { ...mount, bucket, gcsfuseConfig: { ...mount.gcsfuseConfig, "only-dir": folder } };
}

/** In what two mounts of one folder differ, in words; nothing where the folders are two. */
function difference(one: LocatedMount, other: LocatedMount): string {
  if (one.folder !== other.folder) {
    return "";
  }
  const [a, b] = [one, other].map(withTexts).map((mount) => new Map(settings(mount as unknown as Settings)));
  const names = [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
  return `. They differ in ${names.sort().join(", ")}`;
}

type Settings = { readonly [name: string]: unknown };

/** The settings of a mount but its path, by their names in the declaration: `uid`, `gcsfuseConfig.file-cache.max-size-mb`. */
function settings(of: Settings, prefix = ""): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(of)
    .filter(([name, value]) => prefix + name !== "path" && value !== undefined)
    .flatMap(([name, value]) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? settings(value as Settings, `${prefix}${name}.`)
        : [[prefix + name, Array.isArray(value) ? JSON.stringify(value) : value] as const],
    );
}

/** The folder of the bucket; empty for all of it. */
function folderOf({ gcsfuseConfig }: ResolvedMount): string {
  const folder = gcsfuseConfig["only-dir"];
  return typeof folder === "string" ? folder : "";
}

/** Whether two folders are one, or one is inside the other. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((folder) => (folder === "" ? "" : `${folder}/`));
  return a.startsWith(b) || b.startsWith(a);
}

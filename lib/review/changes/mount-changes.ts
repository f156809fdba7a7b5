import { isSameMount, MountDeclaration } from "../../boot/declaration";
import { Change } from "./change";
import { Folders, keeperOf, LOST_WITH_CONTAINER, writtenTo } from "./covering";
import { isObject, Json, JsonObject, own, stableText } from "../read/json";
import { sharedWith } from "../apps/shared-folders";

type Mounts = readonly MountDeclaration[];

/** The settings of gcsfuse that are props of a mount, by their names in the declaration. */
const PROPS: { readonly [setting: string]: string } = {
  "only-dir": "prefix",
  "file-cache.max-size-mb": "fileCacheMaxSizeMib",
  "file-system.uid": "uid",
  "file-system.gid": "gid",
  "file-system.file-mode": "fileMode",
  "file-system.dir-mode": "dirMode",
  "file-system.rename-dir-limit": "renameDirLimit",
  "file-system.kernel-list-cache-ttl-secs": "kernelListCacheTtlSeconds",
  "gcs-connection.custom-endpoint": "customEndpoint",
  "metadata-cache.ttl-secs": "metadataCacheTtlSeconds",
};

/** Settings that the library derives from a prop: no rows of their own where the prop changes. */
const DERIVED: { readonly [setting: string]: string } = {
  "gcsfuseConfig.file-system.fuse-options": "readOnly",
  "gcsfuseConfig.cache-dir": "fileCacheMaxSizeMib",
  "gcsfuseConfig.enable-hns": "customEndpoint",
};

const NOTES: { readonly [prop: string]: string } = {
  bucket: "the app no longer sees the files of the bucket before; none is moved",
  prefix: "the app sees other files here; those it saw before stay in the bucket",
  noCopy: "from the next start, says whether an empty folder of the bucket gets what the image has there",
};

/** What changes of the folders that are kept in buckets. */
export function mountChanges(before: Folders, after: Folders): Change[] {
  const isIn = (mounts: Mounts) => (mount: MountDeclaration) => mounts.some(({ path }) => path === mount.path);
  return [
    ...before.mounts.filter((mount) => !isIn(after.mounts)(mount)).map((mount) => removed(mount, after)),
    ...after.mounts.flatMap((mount) => {
      const old = before.mounts.find(({ path }) => path === mount.path);
      return old === undefined ? [added(mount, after)] : settingChanges(old, mount);
    }),
  ];
}

/** The files before are safe. Those that an app goes on writing there are not, if it could write. */
function removed(mount: MountDeclaration, after: Folders): Change {
  const elsewhere = after.mounts.filter((other) => isSameMount(other, mount)).map(({ path }) => path);
  const change: Change = {
    what: "mount",
    name: mount.path,
    before: sourceInWords(mount),
    effect: "app restarts",
    note:
      elsewhere.length > 0
        ? `the app sees these files at ${elsewhere.join(", ")} instead`
        : "the app no longer sees these files; they stay in the bucket",
  };
  if (mount.readOnly) {
    return change;
  }
  const keeper = keeperOf(after, mount.path);
  return keeper === undefined
    ? {
        ...change,
        effect: "data could be lost",
        also: ["app restarts"],
        note: `${change.note}. ${LOST_WITH_CONTAINER}`,
      }
    : { ...change, note: `${change.note}. ${writtenTo(keeper)}` };
}

function added(mount: MountDeclaration, all: Folders): Change {
  const around = keeperOf({ ...all, mounts: all.mounts.filter((other) => other !== mount) }, mount.path);
  const hidden = around === undefined ? "" : `, and what ${around} has there is hidden`;
  const shared = sharedWith(mount, all.mounts).length > 0 ? "; the app sees these files in another folder as well" : "";
  return {
    what: "mount",
    name: mount.path,
    after: sourceInWords(mount),
    effect: "app restarts",
    note: `the folder's files come from the bucket; what the image has there is ${imageFiles(mount)}${hidden}${shared}`,
  };
}

function imageFiles({ readOnly, noCopy }: MountDeclaration): string {
  return readOnly || noCopy === true ? "hidden" : "copied into it if it is empty, and hidden if it is not";
}

/** One change for each prop. */
function settingChanges(before: MountDeclaration, after: MountDeclaration): Change[] {
  const [old, wanted] = [before, after].map(settingsOf);
  const differ = [...new Set([...old.keys(), ...wanted.keys()])]
    .filter((prop) => stableText(old.get(prop)) !== stableText(wanted.get(prop)))
    .sort();
  return differ
    .filter((prop) => !differ.includes(own(DERIVED, prop) ?? ""))
    .map((prop) => ({
      what: "mount",
      name: `${after.path}: ${prop}`,
      before: old.get(prop),
      after: wanted.get(prop),
      effect: "app restarts",
      note: own(NOTES, prop) ?? "the mount restarts, and the app with it",
    }));
}

/** What the library sets for every mount. */
export const USUAL: { readonly [setting: string]: Json } = {
  "gcsfuseConfig.implicit-dirs": true,
  "gcsfuseConfig.file-system.fuse-options": ["allow_other"],
  "gcsfuseConfig.file-system.temp-dir": "/var/tmp",
  "gcsfuseConfig.logging.severity": "info",
  "gcsfuseConfig.logging.format": "json",
  renameDirLimit: 10000,
};

/** What the rest of a mount says already. */
const SHOWN_ELSEWHERE = ["path", "bucket", "readOnly", "prefix", "uid", "gid"];
/** What follows from the boot disk, and is about speed alone. */
const OF_THE_DISK = ["fileCacheMaxSizeMib"];

/** The settings of gcsfuse that a mount has otherwise than every mount, by the names of their props. */
export function unusualSettings(mount: MountDeclaration): readonly (readonly [name: string, value: Json])[] {
  const all = settingsOf(mount);
  const isDerived = (name: string) =>
    name === "gcsfuseConfig.file-system.fuse-options" ? mount.readOnly : all.has(DERIVED[name]);
  return [...all]
    .filter(
      ([name, value]) =>
        ![...SHOWN_ELSEWHERE, ...OF_THE_DISK].includes(name) &&
        !isDerived(name) &&
        stableText(value) !== stableText(USUAL[name]),
    )
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What is set for a mount, by the names of its props. */
function settingsOf({ gcsfuseConfig, ...mount }: MountDeclaration): ReadonlyMap<string, Json> {
  const config = leaves(gcsfuseConfig as JsonObject).map(
    ([setting, value]) => [own(PROPS, setting) ?? `gcsfuseConfig.${setting}`, value] as const,
  );
  const props = Object.entries(mount as unknown as JsonObject).filter(([, value]) => value !== undefined);
  return new Map([...props, ...config]);
}

/** The values of a config by their paths. A section without any is as good as none. */
function leaves(config: JsonObject, path: readonly string[] = []): [string, Json][] {
  return Object.entries(config).flatMap(([key, value]): [string, Json][] =>
    isObject(value) ? leaves(value, [...path, key]) : [[[...path, key].join("."), value]],
  );
}

/** The bucket, and the folder of it that is mounted: `BUCKET/photos/`. */
function sourceInWords({ bucket, gcsfuseConfig }: MountDeclaration): string {
  const folder = gcsfuseConfig["only-dir"];
  return typeof folder === "string" && folder !== "" ? `${bucket}/${folder}/` : bucket;
}

import { Token } from "cdktf";
import { posix } from "path";
import { GCSFUSE_DEFAULTS, mergeGcsfuseConfig } from "../boot/gcsfuse-config";
import { GcsfuseConfig, MountDeclaration } from "../boot/declaration";
import { invalidInput, quote, requireInteger, requireMatch } from "../checks/invalid-input";
import { checkBucketName } from "../checks/naming";
import { checkContainerPath, isInside } from "../checks/container-path";
import { isPlainText, PLAIN_TEXT } from "../checks/plain-text";
import { checkShape, Shape } from "../checks/shape";
import { checkCache, checkConfig, checkLogging, checkSections, NEEDS_CACHE } from "./gcsfuse-config-checks";
import { CacheHost, cachingConfig, MountContent } from "./mount-caching";

/** A bucket, or a folder of it, that gcsfuse mounts into the app's container. */
export interface GcsMount {
  /**
   * The absolute path of the mount in the app's container, for example `/srv/app/uploads`.
   *
   * @throws if it is not absolute and normalized, is over Linux's limits (4095 bytes, 255 for a folder's name), is in a
   * system folder, or overlaps with another mount's path
   */
  readonly path: string;

  /**
   * The name of an existing bucket. The app's service account is granted access to its objects. Nothing else of the
   * bucket is changed.
   *
   * @default - the app's own bucket
   * @throws if it is not a valid bucket name, or names the bucket that is created for the app
   */
  readonly bucket?: string;

  /**
   * The folder of the bucket that is mounted (gcsfuse's `only-dir`), for example `photos/2026`. Access is still granted
   * on the whole bucket. Several mounts of one bucket need a prefix each, or their files would mix.
   *
   * @default - the whole bucket
   * @throws if it is not a relative folder of at most 1024 bytes, or if another mount of the same bucket has the same
   * folder, one inside it, or one around it, and neither of the two is `readOnly`
   */
  readonly prefix?: string;

  /**
   * Whether the app may only read. Such a mount may have the folder of another one, to show it at a second path.
   *
   * @default false
   */
  readonly readOnly?: boolean;

  /**
   * Leaves an empty folder of the bucket empty, as Docker's volume option `nocopy` does. Otherwise what the app's image
   * has at `path` is copied into it once, before the app is started: as Docker does with an empty volume. Nothing that is
   * there is ever replaced, and nothing is copied into a `readOnly` mount. A folder whose files have all been removed is
   * empty, too: the next start of the mount fills it again.
   *
   * @default false
   * @see https://docs.docker.com/engine/storage/volumes/#mounting-a-volume-over-existing-data
   */
  readonly noCopy?: boolean;

  /**
   * The user id that owns the files, 0 to 4294967294. Where the app starts as root and its workers run as another user,
   * it is theirs.
   *
   * @default - the user that the app runs as, looked up in its image on the VM. If that is root: the owner of the folder
   * at `path` in the image, or of the nearest folder above that the image has. If that is root, too, every user in the
   * app's container may write, change modes and set times
   * @throws if it is out of range
   */
  readonly uid?: number;

  /**
   * The group id of the files, 0 to 4294967294.
   *
   * @default - the group that the app runs as, looked up in its image on the VM. If the app starts as root: that of the
   * folder in the image, as with `uid`
   * @throws if it is out of range
   */
  readonly gid?: number;

  /**
   * The permission bits of all files, octal. Cloud Storage stores no modes.
   *
   * @default "0644"; if the app starts as root and gives no owner, "0664" or "0666" where the image's own folder is
   * writable for its group or for all
   * @throws if it is not three octal digits, with or without a leading 0
   */
  readonly fileMode?: string;

  /**
   * The permission bits of all folders, octal.
   *
   * @default "0755"; "0775" or "0777" where `fileMode` is "0664" or "0666"
   * @throws if it is not three octal digits, with or without a leading 0
   */
  readonly dirMode?: string;

  /**
   * What most of the files are, where they are such that caching pays: written once, read often, seldom renamed. Files that were
   * read are then kept on the boot disk, `fileCacheMaxSizeMib` of them, and are read again without a request. With `LARGE_MEDIA`,
   * a file of which a part is read is fetched whole, in parallel parts and while the part is answered, so that seeking in it
   * again needs no request, either. Not for folders in which a name is a file and then a folder, as in a git repository: gcsfuse's
   * file cache fails to read those.
   *
   * @default - not said: what was read is kept as long as the kernel has memory for it
   * @throws if it is none of these, is an unresolved token, or is given beside a `fileCacheMaxSizeMib` of 0
   * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/file-caching
   */
  readonly content?: MountContent;

  /**
   * Whether anything else changes files of the folder: another VM, a function, a person with gcloud, or another mount of the
   * folder. Without that, what is known of a file is believed for an hour instead of a minute, and that there is none for an
   * hour instead of 5 seconds. What others change nevertheless is seen up to an hour later, and opening what they changed or
   * removed may fail once until then (`ESTALE`).
   *
   * @default true
   * @throws if it is false and another VM's app of the stack writes to the folder, or if it is false for a `readOnly` mount of a
   * folder that another mount of the app writes to
   * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/caching
   */
  readonly changedByOthers?: boolean;

  /**
   * Seconds for which gcsfuse may serve cached metadata of a file, so that changes by others are seen later. -1 for
   * forever, 0 for no cache. If `changedByOthers` is false, also for names that are not there.
   *
   * @default - 60, or 3600 if `changedByOthers` is false
   * @throws if it is below -1, over 2147483647 or not a whole number
   * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/caching
   */
  readonly metadataCacheTtlSeconds?: number;

  /**
   * Seconds for which the kernel may cache the listing of a folder, -1 for forever, 0 for no cache. Linux 6.9 to 6.12 keeps
   * it for longer: with a boot image that has or may have such a kernel there is a warning at synthesis. While a list is kept, an
   * app that reads a folder of more than a thousand names in pieces, and removes some of them meanwhile, may miss others.
   *
   * @default 0
   * @throws if it is below -1, over 2147483647 or not a whole number
   * @see https://github.com/GoogleCloudPlatform/gcsfuse/issues/2792
   */
  readonly kernelListCacheTtlSeconds?: number;

  /**
   * The maximum size in MiB of the cache of files that were read, on the boot disk; -1 for no limit, 0 for no cache. A cached
   * file is served as long as its metadata is that of the bucket; the cache is thrown away when gcsfuse ends. Folders are not
   * counted: each has 4 KiB of its own.
   *
   * @default - 0; with `content` the mount's part of the boot disk: half of what is over 8 GB, shared by 2, 4, 8, … such mounts:
   * 3072 on the default disk with one or two; 512 on your computer
   * @throws if it is below -1, over 2147483647 or not a whole number
   * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/file-caching
   */
  readonly fileCacheMaxSizeMib?: number;

  /**
   * The maximum number of files in a folder that can be renamed. Without hierarchical namespace each file is copied.
   *
   * @default 10000
   * @throws if it is negative or not a whole number
   */
  readonly renameDirLimit?: number;

  /**
   * The address of the Cloud Storage API, for example a Private Service Connect endpoint or an emulator (gcsfuse's
   * `gcs-connection.custom-endpoint`).
   *
   * @default - https://storage.googleapis.com
   * @throws if it is not an http or https URL
   */
  readonly customEndpoint?: string;

  /**
   * Any key of gcsfuse's config file, nested as there. It wins over the other props.
   *
   * @default - none
   * @throws if a key or text in it is not valid, if a section of the file is no object, if uid or gid are not whole
   * numbers, or if it says something of a file cache that the mount does not have, or hides gcsfuse's errors
   * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/config-file
   */
  // jsii does not support `unknown`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly gcsfuseConfig?: { [key: string]: any };
}

const SHAPE: Shape<GcsMount> = {
  path: "string",
  bucket: "string?",
  prefix: "string?",
  readOnly: "boolean?",
  noCopy: "boolean?",
  uid: "number?",
  gid: "number?",
  fileMode: "mode?",
  dirMode: "mode?",
  content: "choice? such as MountContent.LARGE_MEDIA",
  changedByOthers: "boolean?",
  metadataCacheTtlSeconds: "number?",
  kernelListCacheTtlSeconds: "number?",
  fileCacheMaxSizeMib: "number?",
  renameDirLimit: "number?",
  customEndpoint: "string?",
  gcsfuseConfig: 'object? such as { "file-system": { "rename-dir-limit": 500 } }',
};

/** Linux's largest id: 2^32-1 means "do not change" to chown. */
const MOST_ID = 4294967294;
const MOST_SECONDS = 2147483647;

/** Cloud Storage's limit for an object's name: https://cloud.google.com/storage/quotas#objects */
const MOST_PREFIX_BYTES = 1024;

/** Folders without which a container does not work. */
// prettier-ignore
const SYSTEM_FOLDERS = [
  "/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys",
  "/usr/bin", "/usr/lib", "/usr/lib64", "/usr/sbin",
];

/** A mount, checked and complete, except for the bucket, which is undefined for the app's own. */
export interface ResolvedMount extends Omit<MountDeclaration, "bucket"> {
  readonly bucket?: string;
  /** Undefined for true. */
  readonly changedByOthers?: boolean;
}

/**
 * Checks the mounts of a container, and adds the defaults.
 *
 * @param cacheHost what the caches are kept on
 * @param list what a message calls the list
 * @throws if one is not valid, or if two overlap
 */
export function resolveMounts(mounts: readonly GcsMount[], cacheHost: CacheHost, list = "mounts"): ResolvedMount[] {
  // Spread, so that the holes of a list are seen as undefined.
  [...mounts].forEach((mount, index) =>
    checkShape(`${list}[${index}]`, mount, SHAPE, { example: '{ path: "/srv/app/uploads" }' }),
  );
  checkPaths(list, mounts);
  return mounts.map((mount, index) => {
    const what = `${list}[${index}]`;
    checkMount(what, mount);
    checkConfig(`${what}.gcsfuseConfig`, mount.gcsfuseConfig ?? {});
    const own = mergeGcsfuseConfig(GCSFUSE_DEFAULTS, cachingConfig(mount, cacheHost), typedConfig(mount));
    checkSections(`${what}.gcsfuseConfig`, mount.gcsfuseConfig ?? {}, own);
    const gcsfuseConfig = withNormalFolder(mergeGcsfuseConfig(own, mount.gcsfuseConfig ?? {}));
    const { uid, gid } = (gcsfuseConfig["file-system"] ?? {}) as { uid?: number; gid?: number };
    checkIds(`${what}.gcsfuseConfig.file-system`, { uid, gid });
    checkCache(`${what}.gcsfuseConfig`, gcsfuseConfig, mount.content);
    checkLogging(`${what}.gcsfuseConfig.logging`, gcsfuseConfig);
    const noCopy = mount.noCopy === true ? true : undefined;
    return {
      path: mount.path,
      bucket: mount.bucket,
      readOnly: mount.readOnly ?? false,
      changedByOthers: mount.changedByOthers === false ? false : undefined,
      noCopy,
      uid,
      gid,
      gcsfuseConfig,
    };
  });
}

/** With the folder of the bucket as gcsfuse reads it: the same folder is the same text, and the whole bucket has none. */
function withNormalFolder(config: GcsfuseConfig): GcsfuseConfig {
  const { "only-dir": folder, ...rest } = config;
  if (typeof folder !== "string" || Token.isUnresolved(folder)) {
    return config;
  }
  const normal = posix.normalize(folder).replace(/^\/+|\/$/g, "");
  return normal === "" || normal === "." ? rest : { ...config, "only-dir": normal };
}

function typedConfig(mount: GcsMount): GcsfuseConfig {
  return {
    "only-dir": mount.prefix,
    "file-system": {
      uid: mount.uid,
      gid: mount.gid,
      "file-mode": mount.fileMode,
      "dir-mode": mount.dirMode,
      "rename-dir-limit": mount.renameDirLimit,
      "fuse-options": mount.readOnly ? ["allow_other", "ro"] : undefined,
    },
    "gcs-connection": { "custom-endpoint": mount.customEndpoint },
    // gcsfuse asks for a hierarchical namespace over gRPC, which other endpoints seldom offer.
    "enable-hns": mount.customEndpoint === undefined ? undefined : false,
  };
}

function checkMount(what: string, mount: GcsMount): void {
  if (mount.bucket !== undefined) {
    checkBucketName(`${what}.bucket`, mount.bucket);
  }
  if (mount.prefix !== undefined) {
    checkPrefix(`${what}.prefix`, mount.prefix);
  }
  for (const [prop, mode] of Object.entries({ fileMode: mount.fileMode, dirMode: mount.dirMode })) {
    if (mode !== undefined) {
      requireMatch(`${what}.${prop}`, mode, /^0?[0-7]{3}$/, 'use octal permission bits such as "0644"');
    }
  }
  checkContent(what, mount);
  checkIds(what, { uid: mount.uid, gid: mount.gid });
  const { metadataCacheTtlSeconds, kernelListCacheTtlSeconds, fileCacheMaxSizeMib, renameDirLimit } = mount;
  for (const [prop, value] of Object.entries({
    metadataCacheTtlSeconds,
    kernelListCacheTtlSeconds,
    fileCacheMaxSizeMib,
  })) {
    if (value !== undefined) {
      requireInteger(`${what}.${prop}`, value, -1, MOST_SECONDS);
    }
  }
  if (renameDirLimit !== undefined) {
    requireInteger(`${what}.renameDirLimit`, renameDirLimit, 0, MOST_SECONDS);
  }
  if (mount.customEndpoint !== undefined) {
    checkEndpoint(`${what}.customEndpoint`, mount.customEndpoint);
  }
}

function checkContent(what: string, { content, fileCacheMaxSizeMib }: GcsMount): void {
  if (content === undefined) {
    return;
  }
  if (!Object.values(MountContent).includes(content)) {
    throw invalidInput(
      `${what}.content`,
      content,
      'use MountContent.SMALL_FILES or MountContent.LARGE_MEDIA ("small-files" or "large-media")',
    );
  }
  if (fileCacheMaxSizeMib === 0) {
    throw invalidInput(`${what}.fileCacheMaxSizeMib`, fileCacheMaxSizeMib, NEEDS_CACHE);
  }
}

function checkIds(what: string, ids: { uid?: number; gid?: number }): void {
  for (const [prop, id] of Object.entries(ids)) {
    if (id !== undefined) {
      requireInteger(`${what}.${prop}`, id, 0, MOST_ID);
    }
  }
}

function checkEndpoint(what: string, endpoint: string): void {
  if (Token.isUnresolved(endpoint)) {
    return;
  }
  if (!/^https?:\/\/[!-~]+$/.test(endpoint) || !URL.canParse(endpoint)) {
    throw invalidInput(what, endpoint, 'use a URL such as "https://storage.example.com"');
  }
}

function checkPrefix(what: string, prefix: string): void {
  if (Token.isUnresolved(prefix)) {
    return;
  }
  const segments = prefix.replace(/\/$/, "").split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..") || !isPlainText(prefix)) {
    throw invalidInput(
      what,
      prefix,
      `use a folder of the bucket such as "photos/2026": no leading slash, no empty, "." or ".." segments, ${PLAIN_TEXT}`,
    );
  }
  if (Buffer.byteLength(prefix) > MOST_PREFIX_BYTES) {
    throw invalidInput(what, prefix, `use at most ${MOST_PREFIX_BYTES} bytes of UTF-8`);
  }
}

function checkPaths(list: string, mounts: readonly GcsMount[]): void {
  const paths = mounts
    .map(({ path }, index) => ({ what: `${list}[${index}].path`, path }))
    .filter(({ path }) => !Token.isUnresolved(path));
  paths.forEach(({ what, path }) => checkPath(what, path));
  paths.forEach(({ what, path }, index) => {
    for (const other of paths.slice(0, index)) {
      if (path === other.path) {
        throw invalidInput(what, path, `${other.what} is the same: give each path once`);
      }
      if (isInside(path, other.path) || isInside(other.path, path)) {
        throw invalidInput(
          what,
          path,
          `it overlaps with ${other.what} ${quote(other.path)}: mount folders that are not inside each other`,
        );
      }
    }
  });
}

/** Checks the absolute path of a folder of the container that something is mounted at. */
export function checkPath(what: string, path: string): void {
  checkContainerPath(what, path, "/srv/app/uploads");
  const system = path === "/usr" ? path : SYSTEM_FOLDERS.find((folder) => isInside(path, folder));
  if (system !== undefined) {
    throw invalidInput(
      what,
      path,
      `${quote(system)} is a system folder of the container: mount the folder that the app writes to`,
    );
  }
}

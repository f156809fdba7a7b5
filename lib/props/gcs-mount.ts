import { Token } from "cdktf";
import { GCSFUSE_DEFAULTS, mergeGcsfuseConfig } from "../boot/gcsfuse-config";
import { GcsfuseConfig, MountSpec } from "../boot/spec";
import { invalidInput, quote, requireInteger, requireMatch } from "../checks/invalid-input";

/** A bucket, or a folder of it, mounted by gcsfuse where the app writes. */
export interface GcsMount {
  /** The absolute path in the app's container, for example `/srv/app/uploads`. */
  readonly path: string;

  /**
   * The name of an existing bucket. The app's service account is granted access to its objects; nothing else of it is
   * touched.
   *
   * @default - the app's own bucket
   */
  readonly bucket?: string;

  /**
   * The folder of the bucket that is mounted (gcsfuse's `only-dir`), for example `photos/2026`. Access is granted on the
   * whole bucket all the same.
   *
   * @default - the whole bucket
   */
  readonly prefix?: string;

  /**
   * Whether the app may only read.
   *
   * @default false
   */
  readonly readOnly?: boolean;

  /**
   * The files' owner, a user id.
   *
   * @default - the user that the app's image runs as, found on the machine from the image
   */
  readonly uid?: number;

  /**
   * The files' group, a group id.
   *
   * @default - the group that the app's image runs as, found on the machine from the image
   */
  readonly gid?: number;

  /**
   * The permission bits of files, octal. Cloud Storage keeps no modes: all files have this one.
   *
   * @default "0644"
   */
  readonly fileMode?: string;

  /**
   * The permission bits of folders, octal.
   *
   * @default "0755"
   */
  readonly dirMode?: string;

  /**
   * Seconds for which what is known of a file may be old, where something else changes the bucket; -1: for ever, 0: never.
   *
   * @default 60
   * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/caching
   */
  readonly metadataCacheTtl?: number;

  /**
   * Seconds for which the kernel may keep a folder's listing; -1: for ever, 0: not at all.
   *
   * @default 0
   */
  readonly kernelListCacheTtl?: number;

  /**
   * The most MiB of the boot disk that hold copies of files that were read; -1: as much as there is.
   *
   * @default - no file cache
   */
  readonly fileCacheMaxSize?: number;

  /**
   * The most files that a folder may have to be renamed: without hierarchical namespace each of them is copied.
   *
   * @default 10000
   */
  readonly renameDirLimit?: number;

  /**
   * The address of the Cloud Storage API, for example a Private Service Connect endpoint or an emulator (gcsfuse's
   * `gcs-connection.custom-endpoint`).
   *
   * @default - https://storage.googleapis.com
   */
  readonly customEndpoint?: string;

  /**
   * Any other key of gcsfuse's config file, nested as there; wins over all of the above.
   *
   * @default - none
   * @see https://cloud.google.com/storage/docs/cloud-storage-fuse/config-file
   */
  // jsii knows no `unknown`.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly gcsfuseConfig?: { [key: string]: any };
}

/** Folders that an image cannot run without, or that are the machine's own. */
const SYSTEM_FOLDERS = ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys"].concat([
  "/usr/bin",
  "/usr/lib",
  "/usr/lib64",
  "/usr/sbin",
]);

/**
 * The mounts with their defaults.
 *
 * @throws if one is not valid, or if they get in each other's way
 */
export function mountSpecs(mounts: readonly GcsMount[], defaultBucket: string): MountSpec[] {
  checkPaths(mounts);
  return mounts.map((mount) => {
    checkMount(mount);
    const config = mergeGcsfuseConfig(GCSFUSE_DEFAULTS, typedConfig(mount), mount.gcsfuseConfig ?? {});
    const fileSystem = (config["file-system"] ?? {}) as { uid?: number; gid?: number };
    return {
      path: mount.path,
      bucket: mount.bucket ?? defaultBucket,
      readOnly: mount.readOnly ?? false,
      uid: fileSystem.uid,
      gid: fileSystem.gid,
      config,
    };
  });
}

function typedConfig(mount: GcsMount): GcsfuseConfig {
  return {
    "only-dir": mount.prefix === undefined ? undefined : mount.prefix.replace(/\/$/, ""),
    "cache-dir": mount.fileCacheMaxSize === undefined ? undefined : "/var/cache/gcsfuse",
    "file-cache": { "max-size-mb": mount.fileCacheMaxSize },
    "file-system": {
      uid: mount.uid,
      gid: mount.gid,
      "file-mode": mount.fileMode,
      "dir-mode": mount.dirMode,
      "rename-dir-limit": mount.renameDirLimit,
      "kernel-list-cache-ttl-secs": mount.kernelListCacheTtl,
      "fuse-options": mount.readOnly ? ["allow_other", "ro"] : undefined,
    },
    "gcs-connection": { "custom-endpoint": mount.customEndpoint },
    // gcsfuse would look for a hierarchical namespace over gRPC, which another address seldom offers.
    "enable-hns": mount.customEndpoint === undefined ? undefined : false,
    "metadata-cache": { "ttl-secs": mount.metadataCacheTtl },
  };
}

function checkMount(mount: GcsMount): void {
  if (mount.bucket !== undefined) {
    checkBucketName(mount.bucket);
  }
  if (mount.prefix !== undefined) {
    checkPrefix(mount.prefix);
  }
  for (const [what, mode] of Object.entries({ fileMode: mount.fileMode, dirMode: mount.dirMode })) {
    if (mode !== undefined) {
      requireMatch(what, mode, /^0?[0-7]{3}$/, 'use octal permission bits such as "0644"');
    }
  }
  for (const [what, id] of Object.entries({ uid: mount.uid, gid: mount.gid })) {
    if (id !== undefined) {
      requireInteger(what, id, 0, 4294967294);
    }
  }
  for (const [what, size] of Object.entries({
    metadataCacheTtl: mount.metadataCacheTtl,
    kernelListCacheTtl: mount.kernelListCacheTtl,
    fileCacheMaxSize: mount.fileCacheMaxSize,
  })) {
    if (size !== undefined) {
      requireInteger(what, size, -1, 2147483647);
    }
  }
  if (mount.renameDirLimit !== undefined) {
    requireInteger("renameDirLimit", mount.renameDirLimit, 0, 2147483647);
  }
  if (mount.customEndpoint !== undefined) {
    requireMatch(
      "customEndpoint",
      mount.customEndpoint,
      /^https?:\/\/[^\s/]+/,
      'use an address such as "https://storage.example.com"',
    );
  }
}

/** @see https://cloud.google.com/storage/docs/buckets#naming */
export function checkBucketName(name: string): void {
  requireMatch(
    "bucket",
    name,
    /^(?=.{3,222}$)(?!goog)(?!.*google)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?)*$/,
    'use 3 to 63 lower-case letters, digits, "-" and "_", beginning and ending with a letter or digit, without the word "google"',
  );
}

function checkPrefix(prefix: string): void {
  if (Token.isUnresolved(prefix)) {
    return;
  }
  const segments = prefix.replace(/\/$/, "").split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..") || !isPlainText(prefix)) {
    throw invalidInput(
      "prefix",
      prefix,
      'use a folder of the bucket such as "photos/2026": no leading slash, no empty, "." or ".." segments, no space at either end, no line breaks, Unicode in form NFC',
    );
  }
}

function checkPaths(mounts: readonly GcsMount[]): void {
  const paths = mounts.map((mount) => mount.path).filter((path) => !Token.isUnresolved(path));
  paths.forEach(checkPath);
  paths.forEach((path, index) => {
    for (const other of paths.slice(index + 1)) {
      if (path === other) {
        throw invalidInput("mounts", path, "it is mounted twice: give each path once");
      }
      if (`${path}/`.startsWith(`${other}/`) || `${other}/`.startsWith(`${path}/`)) {
        throw invalidInput(
          "mounts",
          path,
          `it overlaps with ${quote(other)}: mount folders that are not inside each other`,
        );
      }
    }
  });
}

function checkPath(path: string): void {
  const segments = path.split("/").slice(1);
  const normal = segments.every((segment) => segment !== "" && segment !== "." && segment !== "..");
  if (!path.startsWith("/") || !normal || !isPlainText(path)) {
    throw invalidInput(
      "mount path",
      path,
      'use an absolute path in the container such as "/srv/app/uploads": not "/", no empty, "." or ".." segments, no trailing slash, no space at either end, no line breaks, Unicode in form NFC',
    );
  }
  const system = path === "/usr" ? path : SYSTEM_FOLDERS.find((folder) => `${path}/`.startsWith(`${folder}/`));
  if (system !== undefined) {
    throw invalidInput(
      "mount path",
      path,
      `${quote(system)} is a system folder of the container: mount the folder that the app writes to`,
    );
  }
}

/**
 * Terraform would normalize other Unicode, a line break would end the argument that the value is part of, and docker
 * refuses spaces at the ends of a mount's fields.
 */
function isPlainText(value: string): boolean {
  return !/[\u0000-\u001f\u007f]/.test(value) && value.trim() === value && value.normalize("NFC") === value;
}

import { Token } from "cdktf";

/** What most of a mount's files are. They are written once, read often, and seldom renamed. */
export enum MountContent {
  /** Pictures, documents: each is read from its beginning. */
  SMALL_FILES = "small-files",
  /** Videos and archives of hundreds of MB, in which people seek. */
  LARGE_MEDIA = "large-media",
}

/** Those props of a mount that its caches follow from. */
export interface CachingProps {
  readonly content?: MountContent;
  readonly changedByOthers?: boolean;
  readonly metadataCacheTtlSeconds?: number;
  readonly kernelListCacheTtlSeconds?: number;
  readonly fileCacheMaxSizeMib?: number;
}

/** What the caches of a mount are kept on. */
export interface CacheHost {
  /** MiB of the disk for the files of each mount that has a cache. */
  readonly fileCacheMib: number;
}

/** What the operating system and two versions of the images need of a boot disk, in GiB. */
const OF_OTHERS_GIB = 8;
/** Of what is then left, the part that all caches together may have: the rest is for files that are being uploaded. */
const CACHES_PART = 1 / 2;
/** What a mount may keep on a computer that is not only for the app, in MiB. */
const LOCAL_FILE_CACHE_MIB = 512;
/** The smallest boot disk, in GB. */
const LEAST_BOOT_DISK_GB = 10;
/** Seconds for which what one has written alone is known without asking again. */
const UNSHARED_TTL_SECONDS = 3600;

/**
 * A VM's part of its boot disk for each mount that has a cache. Their number counts in steps, so that one more seldom changes what
 * the others have, and with it their restarts.
 */
export function cacheHostOf(bootDiskSizeGb: number, mounts: number): CacheHost {
  const shares = 2 ** Math.ceil(Math.log2(Math.max(mounts, 2)));
  const spare = spareMib(bootDiskSizeGb) ?? overOthersMib(LEAST_BOOT_DISK_GB);
  return { fileCacheMib: Math.floor((spare * CACHES_PART) / shares) };
}

/** MiB of a boot disk that caches and files being uploaded may have; undefined if only Terraform knows its size. */
export function spareMib(bootDiskSizeGb: number): number | undefined {
  return Token.isUnresolved(bootDiskSizeGb) ? undefined : overOthersMib(bootDiskSizeGb);
}

function overOthersMib(bootDiskSizeGb: number): number {
  return (bootDiskSizeGb - OF_OTHERS_GIB) * 1024;
}

export const LOCAL_CACHE_HOST: CacheHost = { fileCacheMib: LOCAL_FILE_CACHE_MIB };

/**
 * Linux 6.9 to 6.12 keeps the list of a folder for longer than it is told. Container-Optimized OS has 6.6 up to milestone
 * 121, 6.12 in 125 and 129, and 6.18 in 133. A family like cos-stable moves from one to the next.
 *
 * @see https://github.com/GoogleCloudPlatform/gcsfuse/issues/2792
 */
export function kernelExpiresLists(bootImage: string): boolean {
  if (Token.isUnresolved(bootImage)) {
    return false;
  }
  const [, milestone] = /(?:^|\/)cos-(?:(?:stable|beta|dev|rc)-)?(\d{2,3})-/.exec(bootImage) ?? [];
  return milestone !== undefined && (Number(milestone) < 125 || Number(milestone) >= 133);
}

/**
 * What gcsfuse caches, and for how long. What has been read is kept on the boot disk where the props say what the files are, and
 * served as long as the file's metadata says that it is the same. Not for every mount: gcsfuse's file cache has a file for each
 * object, under its name, and fails to read a name that was a file and is a folder now, or the other way round, as git leaves them.
 */
export function cachingConfig(mount: CachingProps, { fileCacheMib }: CacheHost) {
  const { content, changedByOthers = true, metadataCacheTtlSeconds } = mount;
  const unshared = changedByOthers ? undefined : (metadataCacheTtlSeconds ?? UNSHARED_TTL_SECONDS);
  const size = mount.fileCacheMaxSizeMib ?? (content === undefined ? 0 : fileCacheMib);
  return {
    // The sidecar's own layer: what a gcsfuse leaves behind when it ends goes with its container.
    "cache-dir": size === 0 ? undefined : "/var/cache/gcsfuse",
    "file-cache": size === 0 ? {} : fileCache(size, content),
    "metadata-cache": { "ttl-secs": unshared ?? metadataCacheTtlSeconds, "negative-ttl-secs": unshared },
    "file-system": { "kernel-list-cache-ttl-secs": mount.kernelListCacheTtlSeconds },
  };
}

function fileCache(size: number, content: MountContent | undefined) {
  return {
    "max-size-mb": size,
    // A cached file is fetched in parallel parts unless that is turned off.
    "cache-file-for-range-read": content === MountContent.LARGE_MEDIA ? true : undefined,
  };
}

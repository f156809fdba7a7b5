import { resolveMounts, type GcsMount } from "../../../lib/props/gcs-mount";
import { cacheHostOf, MountContent } from "../../../lib/props/mount-caching";
import { BUCKET } from "./storage";

/** The name of our column, and how those of its variants begin. */
export const OURS = "ours";
export const MOUNT_PATH = "/mnt/files";

/** A way to have the files of a bucket in a folder. */
export interface Column {
  readonly name: string;
  readonly what: string;
  /** Undefined: a folder on the machine's own disk. */
  readonly mount?: (endpoint: string) => MountCommand;
}

export interface MountCommand {
  readonly command: readonly string[];
  /** gcsfuse's, in /srv/config.yaml */
  readonly config: object;
}

/** How the emulator is reached: it has no tokens and no gRPC, and there is no metadata server to ask about the machine. */
const toEmulator = (endpoint: string) => [
  ...[`--custom-endpoint=${endpoint}`, "--anonymous-access", "--enable-hns=false", "--machine-type=e2-small"],
];

const gcsfuse =
  (...flags: string[]) =>
  (endpoint: string): MountCommand => ({
    command: ["gcsfuse", "--foreground", ...flags, ...toEmulator(endpoint), BUCKET, MOUNT_PATH],
    config: {},
  });

/** As the machine starts it, with what the construct renders. */
const construct =
  (props: Omit<GcsMount, "path"> = {}) =>
  (endpoint: string): MountCommand => {
    const [mount] = resolveMounts([{ path: MOUNT_PATH, ...props }], cacheHostOf(20, 1));
    const flags = ["--uid=0", "--gid=0", "--config-file=/srv/config.yaml"];
    return { ...gcsfuse(...flags)(endpoint), config: mount.gcsfuseConfig };
  };

const rclone = (endpoint: string): MountCommand => ({
  command: [
    ...["rclone", "mount", `:gcs:${BUCKET}`, MOUNT_PATH, "--allow-other", "--vfs-cache-mode=full"],
    ...["--cache-dir=/var/cache/rclone", "--gcs-anonymous", `--gcs-endpoint=${endpoint}`],
  ],
  config: {},
});

export const COLUMNS: readonly Column[] = [
  {
    name: "tutorials",
    what: "gcsfuse with the flags of most tutorials",
    mount: gcsfuse("--implicit-dirs", "-o", "allow_other"),
  },
  { name: "gcsfuse", what: "gcsfuse with its own defaults", mount: gcsfuse() },
  { name: OURS, what: "a mount of the construct, with its defaults", mount: construct() },
  {
    name: `${OURS} small files`,
    what: "a mount of the construct with content: MountContent.SMALL_FILES",
    mount: construct({ content: MountContent.SMALL_FILES }),
  },
  {
    name: `${OURS} large media`,
    what: "a mount of the construct with content: MountContent.LARGE_MEDIA",
    mount: construct({ content: MountContent.LARGE_MEDIA }),
  },
  {
    name: `${OURS} unshared`,
    what: "a mount of the construct with content: MountContent.SMALL_FILES and changedByOthers: false",
    mount: construct({ content: MountContent.SMALL_FILES, changedByOthers: false }),
  },
  { name: "rclone", what: "rclone mount with its full cache", mount: rclone },
  {
    // https://cloud.google.com/run/docs/configuring/services/cloud-storage-volume-mounts#memory
    name: "Cloud Run",
    what: "gcsfuse with what Cloud Run documents: a stat cache of 32 MB for 60 s, and files staged in memory before they are written",
    mount: gcsfuse(
      ...["--implicit-dirs", "-o", "allow_other", "--stat-cache-max-size-mb=32", "--type-cache-max-size-mb=4"],
      ...["--metadata-cache-ttl-secs=60", "--enable-streaming-writes=false", "--temp-dir=/dev/shm"],
    ),
  },
  { name: "local disk", what: "the machine's own disk, without a bucket" },
];

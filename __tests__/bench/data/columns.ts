import { resolveMounts, type GcsMount } from "../../../lib/props/gcs-mount";
import { BUCKET } from "./storage";

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
    const [mount] = resolveMounts([{ path: MOUNT_PATH, ...props }]);
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
  { name: "ours", what: "a mount of the construct, with its defaults", mount: construct() },
  {
    name: "ours + file cache",
    what: "a mount of the construct with a file cache of 1 GiB that range reads fill, too",
    mount: construct({
      fileCacheMaxSizeMib: 1024,
      gcsfuseConfig: { "file-cache": { "cache-file-for-range-read": true } },
    }),
  },
  {
    // Hidden and experimental in gcsfuse 3.11.4: what it would be worth, before a default can be made of it.
    name: "ours + chunk cache",
    what: "a mount of the construct with a file cache of 1 GiB that holds what was read in chunks of 4 MiB",
    mount: construct({
      fileCacheMaxSizeMib: 1024,
      gcsfuseConfig: { "file-cache": { "experimental-enable-chunk-cache": true, "download-chunk-size-mb": 4 } },
    }),
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

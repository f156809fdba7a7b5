import { GcsMount, MountContent } from "../../lib";
import { resolveMounts } from "../../lib/props/gcs-mount";
import { cacheHostOf } from "../../lib/props/mount-caching";

const HOST = cacheHostOf(20, 1);

const spec = (options: Partial<GcsMount> = {}) => resolveMounts([{ path: "/data", ...options }], HOST)[0];

test("a mount is of the app's bucket, for the app's own user, with what an unmodified app needs", () => {
  expect(spec()).toEqual({
    path: "/data",
    bucket: undefined,
    readOnly: false,
    uid: undefined,
    gid: undefined,
    gcsfuseConfig: {
      "implicit-dirs": true,
      "file-cache": {},
      "gcs-connection": {},
      "metadata-cache": {},
      "file-system": { "fuse-options": ["allow_other"], "rename-dir-limit": 10000, "temp-dir": "/var/tmp" },
      logging: { severity: "info", format: "json" },
    },
  });
});

test.each<[keyof GcsMount, Partial<GcsMount>, object]>([
  ["prefix", { prefix: "photos/2026" }, { "only-dir": "photos/2026" }],
  ["prefix", { prefix: "photos/" }, { "only-dir": "photos" }],
  ["readOnly", { readOnly: true }, { "file-system": { "fuse-options": ["allow_other", "ro"] } }],
  ["uid", { uid: 0 }, { "file-system": { uid: 0 } }],
  ["gid", { gid: 4294967294 }, { "file-system": { gid: 4294967294 } }],
  ["fileMode", { fileMode: "0600" }, { "file-system": { "file-mode": "0600" } }],
  ["dirMode", { dirMode: "700" }, { "file-system": { "dir-mode": "700" } }],
  ["metadataCacheTtlSeconds", { metadataCacheTtlSeconds: -1 }, { "metadata-cache": { "ttl-secs": -1 } }],
  [
    "kernelListCacheTtlSeconds",
    { kernelListCacheTtlSeconds: 0 },
    { "file-system": { "kernel-list-cache-ttl-secs": 0 } },
  ],
  [
    "fileCacheMaxSizeMib",
    { fileCacheMaxSizeMib: 512 },
    { "file-cache": { "max-size-mb": 512 }, "cache-dir": "/var/cache/gcsfuse" },
  ],
  ["content", { content: MountContent.LARGE_MEDIA }, { "file-cache": { "cache-file-for-range-read": true } }],
  ["changedByOthers", { changedByOthers: false }, { "metadata-cache": { "negative-ttl-secs": 3600 } }],
  ["renameDirLimit", { renameDirLimit: 0 }, { "file-system": { "rename-dir-limit": 0 } }],
  [
    "customEndpoint",
    { customEndpoint: "https://storage.example.com" },
    { "gcs-connection": { "custom-endpoint": "https://storage.example.com" }, "enable-hns": false },
  ],
  ["gcsfuseConfig", { gcsfuseConfig: { write: { "block-size-mb": 8 } } }, { write: { "block-size-mb": 8 } }],
])("%s: %j", (_, options, config) => {
  expect(spec(options).gcsfuseConfig).toMatchObject(config);
});

test("noCopy is declared only where it is set", () => {
  expect(spec({ noCopy: true }).noCopy).toBe(true);
  expect(spec({ noCopy: false }).noCopy).toBeUndefined();
});

test("gcsfuseConfig wins over all else", () => {
  const options = { uid: 1, fileMode: "0600", gcsfuseConfig: { "file-system": { uid: 2 }, "implicit-dirs": false } };
  expect(spec(options)).toMatchObject({
    uid: 2,
    gcsfuseConfig: { "implicit-dirs": false, "file-system": { uid: 2, "file-mode": "0600", "temp-dir": "/var/tmp" } },
  });
});

test.each([
  ["a size", { fileCacheMaxSizeMib: 100, gcsfuseConfig: { "file-cache": { "max-parallel-downloads": 4 } } }],
  [
    "what the files are",
    { content: MountContent.SMALL_FILES, gcsfuseConfig: { "file-cache": { "enable-crc": true } } },
  ],
  ["a folder", { gcsfuseConfig: { "cache-dir": "/var/tmp/cache", "file-cache": { "max-size-mb": 5 } } }],
])("gcsfuseConfig sets up a file cache that the mount has by %s", (_, options) => {
  expect(spec(options).gcsfuseConfig["file-cache"]).toMatchObject(options.gcsfuseConfig["file-cache"]);
});

test("gcsfuseConfig may turn a file cache off that is not there", () => {
  expect(spec({ gcsfuseConfig: { "file-cache": { "max-size-mb": 0 } } }).gcsfuseConfig["cache-dir"]).toBeUndefined();
});

test("a bucket of its own", () => {
  expect(spec({ bucket: "media" }).bucket).toBe("media");
});

test.each([
  "/data",
  "/srv/app/uploads",
  "/usr/src/app/data",
  "/usr/share/nginx/html",
  "/var/lib/app",
  "/with space/ü",
  "/a,b",
  "/..a",
  "/etcetera",
  "/" + "n".repeat(255),
  "/n".repeat(2046) + "/nn",
])("path %s", (path) => {
  expect(spec({ path }).path).toBe(path);
});

test("paths that only begin alike do not overlap", () => {
  expect(() => resolveMounts([{ path: "/data" }, { path: "/data-2" }, { path: "/dat" }], HOST)).not.toThrow();
});

test.each(["abc", "b".repeat(63), "my_bucket", "1.2.3", "photos.example.com", "a-b_c"])("bucket %s", (bucket) => {
  expect(spec({ bucket }).bucket).toBe(bucket);
});

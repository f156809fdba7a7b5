import { Token } from "cdktf";
import { MountContent } from "../../lib";
import { cacheHostOf, cachingConfig, kernelExpiresLists } from "../../lib/props/mount-caching";

test.each([
  [20, 1, 3072],
  [20, 2, 3072],
  [20, 3, 1536],
  [20, 4, 1536],
  [20, 5, 768],
  [10, 1, 512],
  [10, 8, 128],
  [108, 1, 25600],
])("a boot disk of %i GB with %i mounts: %i MiB for each", (bootDiskSizeGb, mounts, fileCacheMib) => {
  expect(cacheHostOf(bootDiskSizeGb, mounts).fileCacheMib).toBe(fileCacheMib);
});

test("all caches together never have more than half of what the system and the images leave", () => {
  for (let bootDiskSizeGb = 10; bootDiskSizeGb <= 100; bootDiskSizeGb++) {
    for (let mounts = 1; mounts <= 20; mounts++) {
      const { fileCacheMib } = cacheHostOf(bootDiskSizeGb, mounts);
      expect(fileCacheMib * mounts).toBeLessThanOrEqual(((bootDiskSizeGb - 8) * 1024) / 2);
      expect(fileCacheMib).toBeGreaterThan(0);
    }
  }
});

test("a size that only Terraform knows counts as that of the smallest boot disk", () => {
  expect(cacheHostOf(Token.asNumber({ ref: "x" }), 1).fileCacheMib).toBe(512);
});

test.each([
  ["cos-cloud/cos-121-lts", true],
  ["cos-cloud/cos-117-18613-164-4", true],
  ["projects/cos-cloud/global/images/family/cos-133-lts", true],
  ["cos-133-lts", true],
  ["cos-cloud/cos-stable-117-18613-0-79", true],
  ["cos-cloud/cos-beta-129-19506-0-1", false],
  ["cos-cloud/cos-125-lts", false],
  ["cos-cloud/cos-129-19216-104-1", false],
  ["cos-cloud/cos-stable", false],
  ["cos-cloud/cos-beta", false],
  ["my-project/my-cos-121-image", false],
  ["my-project/cos-golden-2026-11", false],
  ["my-project/cos-app-3-v1", false],
  [Token.asString({ ref: "x" }), false],
])("whether the kernel of %s forgets lists in time: %s", (image, expires) => {
  expect(kernelExpiresLists(image)).toBe(expires);
});

const config = (props: object): unknown => JSON.parse(JSON.stringify(cachingConfig(props, { fileCacheMib: 100 })));
const cached = { "cache-dir": "/var/cache/gcsfuse", "file-cache": { "max-size-mb": 100 } };
const plain = { "file-cache": {}, "metadata-cache": {}, "file-system": {} };

test.each<[string, object, object]>([
  ["nothing given", {}, plain],
  ["small files", { content: MountContent.SMALL_FILES }, { ...plain, ...cached }],
  [
    "large media",
    { content: MountContent.LARGE_MEDIA },
    { ...cached, ...plain, "file-cache": { "max-size-mb": 100, "cache-file-for-range-read": true } },
  ],
  [
    "large media, in a cache of one's own size",
    { content: MountContent.LARGE_MEDIA, fileCacheMaxSizeMib: 7 },
    { ...cached, ...plain, "file-cache": { "max-size-mb": 7, "cache-file-for-range-read": true } },
  ],
  ["a cache alone", { fileCacheMaxSizeMib: -1 }, { ...plain, ...cached, "file-cache": { "max-size-mb": -1 } }],
  ["no cache", { fileCacheMaxSizeMib: 0 }, plain],
  [
    "changed by nobody else",
    { changedByOthers: false },
    { ...plain, "metadata-cache": { "ttl-secs": 3600, "negative-ttl-secs": 3600 } },
  ],
  [
    "changed by nobody else, for a time of one's own",
    { changedByOthers: false, metadataCacheTtlSeconds: -1, kernelListCacheTtlSeconds: 5 },
    {
      ...plain,
      "metadata-cache": { "ttl-secs": -1, "negative-ttl-secs": -1 },
      "file-system": { "kernel-list-cache-ttl-secs": 5 },
    },
  ],
  [
    "times of one's own",
    { metadataCacheTtlSeconds: 10, kernelListCacheTtlSeconds: 20 },
    { ...plain, "metadata-cache": { "ttl-secs": 10 }, "file-system": { "kernel-list-cache-ttl-secs": 20 } },
  ],
])("%s", (_, props, expected) => {
  expect(config(props)).toEqual(expected);
});

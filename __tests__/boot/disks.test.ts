/** What declaration.py makes of disks. */
import { listIn, rendered } from "../support/rendered";
import { mountOf, sample } from "../support/sample-declaration";

const disks = [
  { name: "srv", path: "/srv", disk: "gallery-srv" },
  { name: "old", path: "/old" },
  { name: "copy", path: "/copy", disk: "gallery-copy", anyFileSystem: true },
];
const spec = sample({
  disks,
  mounts: [mountOf({ path: "/srv/a/b" }), mountOf({ path: "/srv2" }), mountOf({ path: "/srv/c,d" })],
});
const disksOf = (options: string) =>
  listIn(options).filter((option) => /(^|,)target=\/(srv|old|copy)(,|$)/.test(option));

test("each disk has a folder of files", () => {
  const files = rendered(spec);
  expect(files).toMatchObject({
    "disk-srv/path": "/srv",
    "disk-srv/container": "app",
    "disk-srv/disk": "gallery-srv",
    "disk-srv/folders": "a/b\0c,d\0",
    "disk-old/folders": "",
    "disk-copy/any-mark": "",
  });
  expect(Object.keys(files).filter((name) => /disk-(srv\/any|old\/(any|disk))/.test(name))).toEqual([]);
});

test("the app has what is mounted there, and waits for it", () => {
  const files = rendered(spec, { RUN_FOLDER: "/run/x" });
  expect(disksOf(files["app/options"])).toEqual([
    "--mount=type=bind,source=/run/x/disk-srv/fs,target=/srv,bind-propagation=rslave",
    "--mount=type=bind,source=/run/x/disk-old/fs,target=/old,bind-propagation=rslave",
    "--mount=type=bind,source=/run/x/disk-copy/fs,target=/copy,bind-propagation=rslave",
  ]);
  expect(files["app/needs"]).toBe("disk-srv\ndisk-old\ndisk-copy\ngcsfuse-0\ngcsfuse-1\ngcsfuse-2\n");
});

test("where Docker volumes play the disks, it has them, and waits for nothing", () => {
  const files = rendered(spec, { DISK_VOLUME_PREFIX: "gallery-disk-" });
  expect(disksOf(files["app/options"])[0]).toBe("--mount=type=volume,source=gallery-disk-srv,target=/srv");
  expect(files["app/needs"]).toBe("gcsfuse-0\ngcsfuse-1\ngcsfuse-2\n");
});

test("a declaration without disks is rendered as before", () => {
  expect(Object.keys(rendered(sample())).filter((name) => name.startsWith("disk-"))).toEqual([]);
});

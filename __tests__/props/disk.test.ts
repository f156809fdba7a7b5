import { Token } from "cdktf";
import { Disk } from "../../lib";
import { resolveDisks } from "../../lib/props/disk";

const resolve = (disks: Partial<Disk>[], mounts: { path: string }[] = []) =>
  resolveDisks("disks", disks as Disk[], mounts);
const one = (options: Partial<Disk>) => resolve([{ path: "/srv", sizeGb: 10, ...options }])[0];
const existing = (options: Partial<Disk>) => resolve([{ path: "/srv", existingDisk: "old", ...options }]);

test("a disk has a snapshot every day, kept for two weeks, and is not deleted with its data", () => {
  expect(one({})).toEqual({
    name: "srv",
    path: "/srv",
    disk: {
      sizeGb: 10,
      type: undefined,
      sourceSnapshot: undefined,
      snapshots: { retentionDays: 14, startTime: "04:00" },
      deleteDataOnDestroy: false,
    },
  });
});

test.each([
  ["/var/lib/postgresql/data", "var-lib-postgresql-data"],
  ["/Data_1/a.b", "data-1-a-b"],
  ["/1/data", "data"],
])("the name of a disk at %s is %s", (path, name) => {
  expect(one({ path }).name).toBe(name);
});

test("no snapshots", () => {
  expect(one({ dailySnapshots: false }).disk).toMatchObject({ snapshots: undefined });
});

test("an existing disk, by its name or self link", () => {
  const link = "projects/demo-project-123/zones/us-east1-b/disks/old";
  expect(existing({})[0].disk).toBe("old");
  expect(existing({ existingDisk: link })[0].disk).toBe(link);
});

test("a mount may be inside a disk", () => {
  expect(resolve([{ path: "/srv", sizeGb: 10 }], [{ path: "/srv/media" }, { path: "/srv2" }])).toHaveLength(1);
});

test("unresolved tokens pass", () => {
  const token = Token.asString({ resolve: () => "", creationStack: [] } as never);
  const number = Token.asNumber({ resolve: () => 0, creationStack: [] } as never);
  expect(
    one({
      path: token,
      name: "data",
      sizeGb: number,
      type: token,
      sourceSnapshot: token,
      snapshotRetentionDays: number,
      snapshotStartTime: token,
    }).disk,
  ).toMatchObject({ sizeGb: number, type: token, sourceSnapshot: token });
  expect(existing({ existingDisk: token })[0].disk).toBe(token);
  expect(() => one({ path: token })).toThrow(
    "disks[0].name is missing: it cannot come from a path that is an unresolved token: give the name",
  );
  expect(() => one({ name: token })).toThrow(
    "disks[0].name is an unresolved token: use a text that is known at synthesis",
  );
});

const NAME =
  'at most 35 lower-case letters, digits and "-", beginning with a letter and not ending with "-", such as "data"';
const PATH = /^disks\[0\]\.path ".*" is not valid: use an absolute path in the container such as/;
const ONLY_ONE = 'it is for a disk that is created, and existingDisk "old" is left as it is: give only one of the two';

test.each<[string, () => unknown, string | RegExp]>([
  [
    "no size",
    () => one({ sizeGb: undefined }),
    "disks[0].sizeGb undefined is not valid: it is missing: use a number of GB such as 10, or give existingDisk",
  ],
  ["too small", () => one({ sizeGb: 9 }), "disks[0].sizeGb 9 is not valid: use a whole number from 10 to 65536"],
  [
    "too large",
    () => one({ sizeGb: 65537 }),
    "disks[0].sizeGb 65537 is not valid: use a whole number from 10 to 65536",
  ],
  [
    "part of a GB",
    () => one({ sizeGb: 10.5 }),
    "disks[0].sizeGb 10.5 is not valid: use a whole number from 10 to 65536",
  ],
  [
    "too small for its type",
    () => one({ sizeGb: 100, type: "pd-extreme" }),
    "disks[0].sizeGb 100 is not valid: use a whole number from 500 to 65536",
  ],
  [
    "too large for its type",
    () => one({ sizeGb: 40000, type: "hyperdisk-throughput" }),
    "disks[0].sizeGb 40000 is not valid: use a whole number from 2048 to 32768",
  ],
  ["a size as text", () => one({ sizeGb: "10" as never }), 'disks[0].sizeGb "10" is not valid: use a number'],
  [
    "type",
    () => one({ type: "ssd" }),
    'disks[0].type "ssd" is not valid: use a disk type such as "pd-balanced" (gcloud compute disk-types list)',
  ],
  ["name", () => one({ name: "My_Disk" }), `disks[0].name "My_Disk" is not valid: use ${NAME}`],
  [
    "name that is too long",
    () => one({ name: "a".repeat(36) }),
    `disks[0].name "${"a".repeat(36)}" is not valid: use ${NAME}`,
  ],
  [
    "path without letters",
    () => one({ path: "/1" }),
    `disks[0].name is missing: none can be made of path "/1": give ${NAME}`,
  ],
  [
    "path that is too long for a name",
    () => one({ path: `/${"a/".repeat(20)}a` }),
    /^disks\[0\]\.name is missing: none can be made of path/,
  ],
  ["relative path", () => one({ path: "srv" }), PATH],
  ["root", () => one({ path: "/" }), PATH],
  ["system folder", () => one({ path: "/etc/app" }), /"\/etc" is a system folder of the container/],
  ["no path", () => one({ path: undefined }), "disks[0].path undefined is not valid: it is missing: use a string"],
  [
    "unknown prop",
    () => one({ size: 10 } as never),
    /^disks\[0\]\.size is not a prop: use dailySnapshots, deleteDataOnDestroy, existingDisk/,
  ],
  [
    "no disk",
    () => resolve(["/srv" as never]),
    'disks[0] "/srv" is not valid: use an object such as { path: "/var/lib/postgresql/data", sizeGb: 10 }',
  ],
  [
    "retention",
    () => one({ snapshotRetentionDays: 0 }),
    "disks[0].snapshotRetentionDays 0 is not valid: use a whole number from 1 to 36500",
  ],
  [
    "time",
    () => one({ snapshotStartTime: "4:30" }),
    'disks[0].snapshotStartTime "4:30" is not valid: use a full hour of UTC such as "04:00"',
  ],
  [
    "retention of no snapshots",
    () => one({ dailySnapshots: false, snapshotRetentionDays: 3 }),
    "disks[0].snapshotRetentionDays 3 is not valid: dailySnapshots is off: leave it out, or turn them on",
  ],
  [
    "time of no snapshots",
    () => one({ dailySnapshots: false, snapshotStartTime: "04:00" }),
    'disks[0].snapshotStartTime "04:00" is not valid: dailySnapshots is off: leave it out, or turn them on',
  ],
  [
    "snapshot",
    () => one({ sourceSnapshot: "A B" }),
    /^disks\[0\]\.sourceSnapshot "A B" is not valid: use the name of a snapshot such as/,
  ],
  [
    "existing disk",
    () => existing({ existingDisk: "A B" }),
    /^disks\[0\]\.existingDisk "A B" is not valid: use the name of a disk such as/,
  ],
  [
    "existing disk that is a snapshot",
    () => existing({ existingDisk: "projects/p/global/snapshots/x" }),
    /^disks\[0\]\.existingDisk "projects\/p\/global\/snapshots\/x" is not valid: use the name of a disk such as/,
  ],
  [
    "snapshot that is a disk",
    () => one({ sourceSnapshot: "projects/p/zones/z/disks/x" }),
    /^disks\[0\]\.sourceSnapshot "projects\/p\/zones\/z\/disks\/x" is not valid: use the name of a snapshot such as/,
  ],
  ["size of an existing disk", () => existing({ sizeGb: 10 }), `disks[0].sizeGb 10 is not valid: ${ONLY_ONE}`],
  ["type of an existing disk", () => existing({ type: "pd-ssd" }), `disks[0].type "pd-ssd" is not valid: ${ONLY_ONE}`],
  [
    "end of an existing disk",
    () => existing({ deleteDataOnDestroy: false }),
    `disks[0].deleteDataOnDestroy false is not valid: ${ONLY_ONE}`,
  ],
  [
    "snapshots of an existing disk",
    () => existing({ dailySnapshots: true }),
    `disks[0].dailySnapshots true is not valid: ${ONLY_ONE}`,
  ],
  [
    "source of an existing disk",
    () => existing({ sourceSnapshot: "old" }),
    `disks[0].sourceSnapshot "old" is not valid: ${ONLY_ONE}`,
  ],
  [
    "a name twice",
    () =>
      resolve([
        { path: "/a", sizeGb: 10 },
        { path: "/b", name: "a", sizeGb: 10 },
      ]),
    'disks[1].name "a" is not valid: disks[0] has it: give each disk its own',
  ],
  [
    "two paths with one name",
    () =>
      resolve([
        { path: "/a-b", sizeGb: 10 },
        { path: "/a_b", sizeGb: 10 },
      ]),
    'disks[1].name "a-b" is not valid: it comes from the path: disks[0] has it: give each disk its own',
  ],
  [
    "a path twice",
    () =>
      resolve([
        { path: "/a", sizeGb: 10 },
        { path: "/a", name: "b", sizeGb: 10 },
      ]),
    'disks[1].path "/a" is not valid: it overlaps with disks[0].path "/a": give folders that are not inside each other, or one disk',
  ],
  [
    "a disk inside another",
    () =>
      resolve([
        { path: "/a", sizeGb: 10 },
        { path: "/a/b", sizeGb: 10 },
      ]),
    'disks[1].path "/a/b" is not valid: it overlaps with disks[0].path "/a": give folders that are not inside each other, or one disk',
  ],
  [
    "a disk at a mount",
    () => resolve([{ path: "/a", sizeGb: 10 }], [{ path: "/a" }]),
    'disks[0].path "/a" is not valid: it is in mounts[0] "/a": a mount may be inside a disk, and no disk inside a mount',
  ],
  [
    "a disk inside a mount",
    () => resolve([{ path: "/a/b", sizeGb: 10 }], [{ path: "/c" }, { path: "/a" }]),
    'disks[0].path "/a/b" is not valid: it is in mounts[1] "/a": a mount may be inside a disk, and no disk inside a mount',
  ],
])("%s", (_, given, message) => {
  expect(given).toThrow(message);
});

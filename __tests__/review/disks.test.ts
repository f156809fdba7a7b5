/** What the review says of disks: what is on them, and what would delete it. */
import { Disk } from "../../lib";
import { keptDisks } from "../../lib/review/apps/disks";
import { changePage } from "../../lib/review/page/change-page";
import { gatesHit } from "../../lib/review/changes/gates";
import { markdown } from "../../lib/review/format/markdown";
import { stackPage } from "../../lib/review/page/stack-page";
import { change, CloudStack, cloudStack, localStack, StackJson, theOnly } from "../support/review";

const DISK: Disk = { path: "/srv", sizeGb: 10 };
const disks = (...all: Disk[]): CloudStack => ({ props: { disks: all } });
const pageOf = (stack: CloudStack) => markdown(stackPage(cloudStack(stack), "cloud"));
const compared = (before: CloudStack, after: CloudStack) => {
  const comparison = change(before, after);
  return { comparison, page: markdown(changePage(comparison, cloudStack(after), "cloud")) };
};
const policyOf = (stack: StackJson) => theOnly(stack, "google_compute_resource_policy").snapshot_schedule_policy;
const setSchedule = (stack: StackJson, schedule: object) => (policyOf(stack).schedule = schedule);
const isLoss = (before: CloudStack, after: CloudStack) => gatesHit(["data-loss"], change(before, after)).length > 0;

test("what is on which disk, and what would delete it", () => {
  const page = pageOf(disks(DISK, { path: "/tmp-db", sizeGb: 20, deleteDataOnDestroy: true, dailySnapshots: false }));
  expect(page).toMatch(
    /\/srv.*gallery-srv.*10 GB.*pd-balanced.*Terraform refuses to destroy or replace it while its entry is in disks\. When the entry is removed, a last snapshot is kept\. A snapshot is taken every day and kept for .*14.* days/,
  );
  expect(page).toMatch(
    /\/tmp-db.*gallery-tmp-db.*\*\*Destroying the stack, or removing the entry, deletes the data\*\*: no last snapshot is taken\. No daily snapshots/,
  );
});

test("an existing disk is not in the stack", () => {
  expect(pageOf(disks({ path: "/srv", existingDisk: "old" }))).toMatch(
    /\/srv.*old.*not in this stack.*Nothing here: the stack attaches it, and neither protects nor deletes it/,
  );
});

test.each([
  ["projects/demo-project-123/zones/us-east1-b/disks/gallery-srv", true],
  ["projects/other/zones/us-east1-b/disks/gallery-srv", false],
  ["projects/demo-project-123/zones/us-west1-a/disks/gallery-srv", false],
])("a link names a disk of its project and zone only: %s", (link, isOurs) => {
  const stack = cloudStack({ props: { disks: [DISK] } });
  const machine = stack.resources.find(({ type }) => type === "google_compute_instance")!;
  const values = { ...machine.values, attached_disk: [{ device_name: "srv", source: link }] };
  const [kept] = keptDisks([{ name: "srv", path: "/srv" }], { ...machine, values }, stack.resources);
  expect(kept.disk !== undefined).toBe(isOurs);
});

test("without disks there is no word of them", () => {
  expect(pageOf({})).not.toMatch(/disks/);
});

test("locally they are Docker volumes", () => {
  const page = markdown(stackPage(localStack(undefined, { disks: [{ name: "srv", path: "/srv" }] }), "local"));
  expect(page).toMatch(/\/srv.*srv.*A Docker volume/);
});

test("a disk that is added restarts the app, and loses nothing", () => {
  const { comparison, page } = compared({}, disks(DISK));
  expect([...comparison.effects].filter((effect) => effect !== "nothing")).toEqual(["app restarts"]);
  expect(comparison.exposures).toEqual([]);
  expect(page).toContain("a blank one gets those of the image");
});

test("one that grows changes nothing that runs", () => {
  expect([...change(disks(DISK), disks({ ...DISK, sizeGb: 20 })).effects]).toEqual(["nothing"]);
});

test.each<[string, CloudStack, RegExp]>([
  [
    "removed",
    disks(),
    /destroyed: a last snapshot is taken before, named gallery-srv-DATE-TIME: give it as sourceSnapshot/,
  ],
  [
    "renamed",
    disks({ ...DISK, name: "data" }),
    /destroyed: a last snapshot is taken before, named gallery-srv-DATE-TIME/,
  ],
  ["slower", disks({ ...DISK, type: "pd-standard" }), /the deployment refuses it: the disk would be replaced/],
  ["of another type", disks({ ...DISK, type: "pd-ssd" }), /the deployment refuses it: the disk would be replaced/],
  [
    "deleted with its data from now on",
    disks({ ...DISK, deleteDataOnDestroy: true }),
    /destroying the disk now deletes its data \(deleteDataOnDestroy\)/,
  ],
])("the gate for data loss stops a disk that is %s", (_, after, text) => {
  expect(isLoss(disks(DISK), after)).toBe(true);
  expect(compared(disks(DISK), after).page).toMatch(text);
});

test.each<[string, CloudStack, CloudStack, string]>([
  [
    "is another one under the same name",
    disks({ path: "/srv", existingDisk: "old" }),
    disks({ path: "/srv", existingDisk: "other" }),
    "another disk: the app no longer sees what is on the one before",
  ],
  [
    "is no longer the one that was created",
    disks(DISK),
    disks({ path: "/srv", existingDisk: "old" }),
    "another disk: the app no longer sees what is on the one before",
  ],
  [
    "has no snapshots any more",
    disks(DISK),
    disks({ ...DISK, dailySnapshots: false }),
    "no more snapshots of the disk are taken by it",
  ],
  [
    "has its snapshots for fewer days",
    disks(DISK),
    disks({ ...DISK, snapshotRetentionDays: 3 }),
    "the snapshots are deleted earlier",
  ],
])("the gate for data loss stops a disk that %s", (_, before, after, text) => {
  expect(isLoss(before, after)).toBe(true);
  expect(compared(before, after).page).toContain(text);
});

test("more days for the snapshots, and the disk's link in place of its name, lose nothing", () => {
  expect(isLoss(disks(DISK), disks({ ...DISK, snapshotRetentionDays: 30 }))).toBe(false);
  const link = "https://www.googleapis.com/compute/v1/projects/demo-project-123/zones/us-east1-b/disks/old";
  const existing = (existingDisk: string) => disks({ path: "/srv", existingDisk });
  expect(isLoss(existing("old"), existing(link))).toBe(false);
});

test("a disk in another's place is no folder in the container", () => {
  const { page } = compared(disks(DISK), disks({ ...DISK, name: "data" }));
  expect(page).toContain("Its folder before shows what the disk data has, and what is written there goes to it");
  expect(page).not.toContain("stays in its container");
});

test("a smaller size alone is seen, too", () => {
  const { page } = compared(disks({ ...DISK, sizeGb: 20 }), disks(DISK));
  expect(page).toContain("the deployment refuses it: the disk would be replaced by a blank one");
});

test("another path of the same disk leaves its folder before on no disk", () => {
  const [before, after] = [disks({ ...DISK, name: "srv" }), disks({ ...DISK, path: "/data", name: "srv" })];
  expect(isLoss(before, after)).toBe(true);
  expect(compared(before, after).page).toMatch(
    /the app sees what is on the disk at \/data instead\. What the app writes to this folder from now on stays in its container/,
  );
});

test("disks that change places are said to", () => {
  const [one, other] = [
    { ...DISK, name: "one" },
    { path: "/data", name: "other", sizeGb: 10 },
  ];
  const { page } = compared(disks(one, other), disks({ ...one, name: "other" }, { ...other, name: "one" }));
  expect(page).toContain(
    "the app sees what is on the disk at /data instead. Its folder before shows what the disk other",
  );
});

test.each<[string, (stack: StackJson) => unknown, boolean]>([
  ["weekly", (stack) => setSchedule(stack, { weekly_schedule: { day_of_weeks: [{ day: "MONDAY" }] } }), true],
  [
    "every other day",
    (stack) => setSchedule(stack, { daily_schedule: { days_in_cycle: 2, start_time: "04:00" } }),
    true,
  ],
  [
    "at another hour",
    (stack) => setSchedule(stack, { daily_schedule: { days_in_cycle: 1, start_time: "05:00" } }),
    false,
  ],
  [
    "every four hours",
    (stack) => setSchedule(stack, { hourly_schedule: { hours_in_cycle: 4, start_time: "00:00" } }),
    false,
  ],
  [
    "gone with the disk",
    (stack) => (policyOf(stack).retention_policy.on_source_disk_delete = "APPLY_RETENTION_POLICY"),
    true,
  ],
  [
    "of another disk",
    (stack) => (theOnly(stack, "google_compute_disk_resource_policy_attachment").disk = "other"),
    true,
  ],
])("snapshots that are %s from now on", (_, edit, loss) => {
  expect(isLoss(disks(DISK), { ...disks(DISK), edit })).toBe(loss);
});

test("to keep the data of a disk from now on is no loss", () => {
  expect(isLoss(disks({ ...DISK, deleteDataOnDestroy: true }), disks(DISK))).toBe(false);
});

test("a snapshot that is no longer named says why the app restarts", () => {
  const { page } = compared(disks({ ...DISK, sourceSnapshot: "old" }), disks(DISK));
  expect(page).toContain("whether a file system from elsewhere is taken (sourceSnapshot) has changed");
});

describe("what a hand changes of the disks that the VM has", () => {
  const edited = (edit: (blocks: { [key: string]: unknown }[]) => void): CloudStack => ({
    ...disks(DISK),
    edit: (stack) => edit(theOnly(stack, "google_compute_instance").attached_disk),
  });

  test.each<[string, CloudStack, string, RegExp]>([
    ["taken away", edited((blocks) => blocks.pop()), "app removed", /it is stopped until the disk is attached/],
    ["only read", edited(([block]) => (block.mode = "READ_ONLY")), "app restarts", /attached disk `srv: mode`/],
    ["of another name", edited(([block]) => (block.device_name = "x")), "app removed", /attached disk `srv`/],
  ])("%s", (_, after, effect, text) => {
    const { comparison, page } = compared(disks(DISK), after);
    expect([...comparison.effects]).toContain(effect);
    expect(page).toMatch(text);
  });

  test("disks that only Terraform knows have a row of their own", () => {
    const edit = (stack: StackJson) => (theOnly(stack, "google_compute_instance").attached_disk = "${var.disks}");
    expect(compared(disks(DISK), { ...disks(DISK), edit }).page).toMatch(/VM `attached_disk`/);
  });

  test("another one, which no app has, stops nothing", () => {
    const after = edited((blocks) => blocks.push({ device_name: "mine", source: "mine", mode: "READ_WRITE" }));
    expect([...change(disks(DISK), after).effects]).toEqual(["nothing"]);
  });

  test("a disk of the app's own has no row beside that of its entry", () => {
    expect(compared(disks(), disks(DISK)).page).not.toMatch(/attached.disk/);
  });
});

import { TerraformVariable } from "cdktf";
import { Disk, GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { declarationOf } from "../support/declaration";
import { addresses, newStack, only, ready, synthesized, synthesizeApp } from "../support/synthesize";

const DISK = { path: "/srv", sizeGb: 10 };
const withDisk = (disk: Partial<Disk> = {}, props: Partial<GcsBackedContainerAppProps> = {}) =>
  synthesizeApp({ disks: [{ ...DISK, ...disk }], ...props });
const diskOf = (...args: Parameters<typeof withDisk>) => only(withDisk(...args), "google_compute_disk");

test("without disks nothing is different", () => {
  expect(synthesizeApp({ disks: [] })).toEqual(synthesizeApp());
  expect(declarationOf(synthesizeApp())).not.toHaveProperty("disks");
});

test("a disk of its own, which is attached to the VM under its name", () => {
  const stack = withDisk();
  expect(only(stack, "google_compute_disk")).toMatchObject({
    project: "demo-project-123",
    zone: "us-east1-b",
    name: "gallery-srv",
    size: 10,
    type: "pd-balanced",
    labels: { app: "gallery" },
  });
  const [source] = Object.keys(stack.resource.google_compute_disk);
  expect(only(stack, "google_compute_instance").attached_disk).toEqual([
    { device_name: "srv", mode: "READ_WRITE", source: `\${google_compute_disk.${source}.name}` },
  ]);
  expect(declarationOf(stack).disks).toEqual([{ name: "srv", path: "/srv", disk: "gallery-srv" }]);
});

test("nothing but the removal of its entry deletes it, and then there is a last snapshot", () => {
  expect(diskOf()).toMatchObject({
    create_snapshot_before_destroy: true,
    lifecycle: { prevent_destroy: true, create_before_destroy: true, ignore_changes: ["snapshot"] },
  });
});

test("deleteDataOnDestroy lets it go, with its data", () => {
  const { create_snapshot_before_destroy, lifecycle } = diskOf({ deleteDataOnDestroy: true });
  expect(create_snapshot_before_destroy).toBe(false);
  expect(lifecycle).not.toHaveProperty("prevent_destroy");
});

test("another zone, type or name is compared with what the disk was created as", () => {
  const stack = withDisk();
  const text = "projects/demo-project-123/zones/us-east1-b/disks/gallery-srv of type pd-balanced";
  const createdAs = Object.values(stack.resource.terraform_data).find(({ input }) => input === text);
  expect(createdAs.lifecycle).toEqual({ ignore_changes: ["input"] });
  const [{ condition, error_message }] = only(stack, "google_compute_disk").lifecycle.precondition;
  expect(condition).toMatch(new RegExp(`^\\$\\{\\(terraform_data\\.[\\w-]+\\.output == "${text}"\\)\\}$`));
  expect(error_message).toMatch(/^the disk is \$\{terraform_data\.[\w-]+\.output\}, and its data does not move to/);
});

test("a snapshot every day, which stays when the disk goes", () => {
  const stack = withDisk({ snapshotRetentionDays: 3, snapshotStartTime: "23:00" });
  expect(only(stack, "google_compute_resource_policy")).toMatchObject({
    region: "us-east1",
    name: "gallery-srv",
    snapshot_schedule_policy: {
      schedule: { daily_schedule: { days_in_cycle: 1, start_time: "23:00" } },
      retention_policy: { max_retention_days: 3, on_source_disk_delete: "KEEP_AUTO_SNAPSHOTS" },
    },
  });
  expect(only(stack, "google_compute_disk_resource_policy_attachment").zone).toBe("us-east1-b");
});

test("no snapshots", () => {
  expect(withDisk({ dailySnapshots: false }).resource).not.toHaveProperty("google_compute_resource_policy");
});

test("a type of the machine family", () => {
  const machine = { machineType: "n4-standard-2" };
  expect(diskOf({}, { machine }).type).toBe("hyperdisk-balanced");
  expect(() => withDisk({ type: "pd-ssd" }, { machine })).toThrow(
    'disks[0].type "pd-ssd" is not valid: a VM of type "n4-standard-2" takes Hyperdisks only',
  );
});

test("the boot disk's name is taken", () => {
  expect(() => withDisk({ path: "/gallery" })).toThrow(
    'disks[0].name "gallery" is not valid: the VM\'s boot disk has it: give another name',
  );
});

test("a disk from a snapshot takes the file system of the disk before it", () => {
  const stack = withDisk({ sourceSnapshot: "old-20261126-040000" });
  expect(only(stack, "google_compute_disk").snapshot).toBe("old-20261126-040000");
  expect(declarationOf(stack).disks).toEqual([{ name: "srv", path: "/srv", disk: "gallery-srv", anyFileSystem: true }]);
});

test("an existing disk is attached, and nothing else", () => {
  const stack = synthesizeApp({ disks: [{ path: "/srv", existingDisk: "old" }] });
  expect(addresses(stack)).toEqual(addresses(synthesizeApp()));
  expect(only(stack, "google_compute_instance").attached_disk).toEqual([
    { device_name: "srv", mode: "READ_WRITE", source: "old" },
  ]);
  expect(declarationOf(stack).disks).toEqual([{ name: "srv", path: "/srv" }]);
});

test("the order of the entries is of no account for the disks", () => {
  const disks = [DISK, { path: "/data", sizeGb: 20 }];
  const { google_compute_disk } = synthesizeApp({ disks }).resource;
  expect(synthesizeApp({ disks: [...disks].reverse() }).resource.google_compute_disk).toEqual(google_compute_disk);
});

test("the name of the last snapshot is not longer than the provider takes", () => {
  const name = "a".repeat(27);
  const stack = synthesizeApp({ name, disks: [{ ...DISK, name: "b".repeat(35) }] });
  const disk = only(stack, "google_compute_disk");
  expect(disk.name).toHaveLength(63);
  expect(disk.create_snapshot_before_destroy_prefix).toMatch(new RegExp(`^${name}-b{11}-[0-9a-f]{8}$`));
});

test("two disks with long names have snapshots of other names", () => {
  const disks = ["data", "wal"].map((last) => ({ ...DISK, path: `/var/lib/postgresql-main/${last}` }));
  const stack = synthesizeApp({ name: "community-forum-production", disks });
  const prefixes = Object.values<{ [key: string]: string }>(stack.resource.google_compute_disk).map(
    (disk) => disk.create_snapshot_before_destroy_prefix,
  );
  expect(prefixes.every((prefix) => prefix.length === 48)).toBe(true);
  expect(new Set(prefixes).size).toBe(2);
});

describe("two apps of a stack", () => {
  const apps = (one: Partial<GcsBackedContainerAppProps>, other: Partial<GcsBackedContainerAppProps>) => () => {
    const stack = newStack();
    new GcsBackedContainerApp(stack, "one", { ...ready(), name: "one", ...one });
    new GcsBackedContainerApp(stack, "other", { ...ready(), name: "other", ...other });
  };
  const existing = (existingDisk: string) => ({ disks: [{ path: "/srv", existingDisk }] });

  test("do not share a disk", () => {
    expect(apps({ disks: [DISK] }, existing("one-srv"))).toThrow('existingDisk "one-srv" is not valid: "cloud/one"');
    expect(apps(existing("shared"), existing("shared"))).toThrow('existingDisk "shared" is not valid: "cloud/one"');
  });

  test("in two zones of a region do not share the name of a schedule", () => {
    const other = { name: "one-two", zone: "us-east1-c", disks: [{ ...DISK, name: "data" }] };
    expect(apps({ disks: [{ ...DISK, name: "two-data" }] }, other)).toThrow('disk "one-two-data" is not valid');
    const unscheduled = { ...other, disks: [{ ...other.disks[0], dailySnapshots: false }] };
    expect(apps({ disks: [{ ...DISK, name: "two-data" }] }, unscheduled)).not.toThrow();
  });
});

test.each([
  "projects/demo-project-123/zones/europe-west1-b/disks/d",
  "projects/other-project/zones/us-east1-b/disks/d",
])("an existing disk of another place is refused: %s", (existingDisk) => {
  expect(() => synthesizeApp({ disks: [{ path: "/srv", existingDisk }] })).toThrow(
    `disks[0].existingDisk "${existingDisk}" is not valid: the VM is in project "demo-project-123" and zone "us-east1-b"`,
  );
});

test("unresolved tokens reach the disk", () => {
  const stack = newStack();
  const text = (name: string) => new TerraformVariable(stack, name, {}).stringValue;
  const number = (name: string) => new TerraformVariable(stack, name, {}).numberValue;
  new GcsBackedContainerApp(stack, "gallery", {
    ...ready(),
    name: text("name"),
    zone: text("zone"),
    disks: [
      { path: text("path"), name: "a", sizeGb: number("size"), type: text("type"), sourceSnapshot: text("snapshot") },
      { path: "/b", existingDisk: text("existing") },
    ],
  });
  const json = synthesized(stack);
  expect(only(json, "google_compute_disk")).toMatchObject({
    name: "${var.name}-a",
    zone: "${var.zone}",
    size: "${var.size}",
    type: "${var.type}",
    snapshot: "${var.snapshot}",
  });
  expect(only(json, "google_compute_instance").attached_disk[1].source).toBe("${var.existing}");
  expect(JSON.stringify(json)).not.toMatch(/TfToken|TOKEN\[/);
  const { precondition } = only(json, "google_compute_instance").lifecycle;
  expect(JSON.stringify(precondition)).toContain("disks[0].path is not valid");
});

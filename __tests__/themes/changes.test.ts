import { Testing } from "cdktf";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { folderWith } from "../support/folder";
import { addresses, logInTo, newStack, only, simplest, Synthesized, synthesize } from "../support/synthesize";

const gallery = (props: Partial<GcsBackedContainerAppProps> = {}) =>
  synthesize((stack) => {
    logInTo(stack, props.zone ?? "us-east1-b");
    new GcsBackedContainerApp(stack, "gallery", { ...simplest(), gcsfuse: undefined, ...props });
  });

/** What a change of these replaces: the bucket is never among them without a name that says so. */
function places(stack: Synthesized) {
  const { name: bucket, location, lifecycle } = only(stack, "google_storage_bucket");
  const { name: address, region } = only(stack, "google_compute_address");
  const { name: vm, zone } = only(stack, "google_compute_instance");
  return { bucket: { bucket, location, lifecycle }, address: { address, region }, vm: { vm, zone } };
}

const before = places(gallery());

test("at first, everything is in the zone's region", () => {
  expect(before).toEqual({
    bucket: {
      bucket: "demo-project-123-gallery",
      location: "us-east1",
      lifecycle: { ignore_changes: ["location"] },
    },
    address: { address: "gallery", region: "us-east1" },
    vm: { vm: "gallery", zone: "us-east1-b" },
  });
});

test("another zone of the region moves the VM alone", () => {
  const after = places(gallery({ zone: "us-east1-c" }));
  expect(after).toEqual({ ...before, vm: { vm: "gallery", zone: "us-east1-c" } });
});

test("another region moves VM and address; the bucket stays, since Terraform ignores its location", () => {
  const after = places(gallery({ zone: "europe-west4-a" }));
  expect(after.vm).toEqual({ vm: "gallery", zone: "europe-west4-a" });
  expect(after.address).toEqual({ address: "gallery", region: "europe-west4" });
  expect(after.bucket).toEqual({ ...before.bucket, location: "europe-west4" });
  expect(after.bucket.lifecycle.ignore_changes).toContain("location");
});

test("a location that was given is followed, since whoever changes it says so", () => {
  const { bucket } = places(gallery({ bucketOptions: { location: "EU" } }));
  expect(bucket).toMatchObject({ location: "EU", lifecycle: undefined });
});

test("a region moves the images' repository as well", () => {
  const repository = (zone: string) => only(gallery({ zone }), "google_artifact_registry_repository").location;
  expect([repository("us-east1-b"), repository("europe-west4-a")]).toEqual(["us-east1", "europe-west4"]);
});

test("HTTPS for an app that runs adds a disk, and moves and replaces nothing", () => {
  const domains = ["photos.example.com"];
  const [plain, secured] = [gallery(), gallery({ https: { domains, dnsZone: "example-com" } })];
  expect(places(secured)).toEqual(before);
  const added = addresses(secured).filter((address) => !addresses(plain).includes(address));
  expect(added.map((address) => address.split(".")[0])).toEqual([
    "google_compute_disk",
    "google_dns_record_set",
    "google_project_service",
    "terraform_data",
  ]);
  expect(addresses(plain).filter((address) => !addresses(secured).includes(address))).toEqual([]);
});

test("another name is another app: each name changes, and a bucket with files is not destroyed", () => {
  const stack = gallery({ name: "photos" });
  expect(places(stack)).toMatchObject({
    bucket: { bucket: "demo-project-123-photos" },
    address: { address: "photos" },
    vm: { vm: "photos" },
  });
  expect(only(stack, "google_storage_bucket").force_destroy).toBe(false);
});

test("the addresses of an app in the state depend on the construct's id alone", () => {
  const own = (stack: Synthesized) => addresses(stack).filter((address) => !/\.apis-/.test(address));
  expect(own(gallery({ name: "photos", zone: "europe-west4-a" }))).toEqual(own(gallery()));
});

test.each([
  ["europe-west4-a", "europe-west4"],
  ["northamerica-northeast1-a", "northamerica-northeast1"],
  ["me-west1-c", "me-west1"],
  ["europe-west12-b", "europe-west12"],
  ["australia-southeast2-a", "australia-southeast2"],
])("zone %s is in region %s", (zone, region) => {
  expect(places(gallery({ zone })).address.region).toBe(region);
});

describe("a changed environment value, in git's diff of everything that is synthesized", () => {
  const folders: string[] = [];
  afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

  /** Everything that cdktf writes for a stack with one app. */
  const synthesizedTo = (environment: { [name: string]: string }) => {
    const outdir = folderWith();
    folders.push(outdir);
    const app = Testing.app({ outdir });
    const stack = newStack("cloud", app);
    new GcsBackedContainerApp(stack, "gallery", { ...simplest(), environment });
    app.synth();
    return outdir;
  };
  const diff = (...[one, another]: { [name: string]: string }[]) => {
    const { status, stdout } = spawnSync(
      "git",
      ["diff", "--no-index", "--no-color", synthesizedTo(one), synthesizedTo(another)],
      { encoding: "utf8" },
    );
    return { status, stdout };
  };

  test("is the old line and the new one, and at most 2 kB in all", () => {
    const { status, stdout } = diff({ LOG_LEVEL: "info", OTHER: "x" }, { LOG_LEVEL: "debug", OTHER: "x" });
    const changed = stdout.split("\n").filter((line) => /^[+-](?![+-])/.test(line));
    expect(status).toBe(1);
    expect(changed.map((line) => line.replace(/\s+/g, " "))).toEqual([
      '- "LOG_LEVEL": "info",',
      '+ "LOG_LEVEL": "debug",',
    ]);
    expect(stdout.match(/^diff /gm)).toHaveLength(1);
    expect(Buffer.byteLength(stdout)).toBeLessThan(2048);
  });

  test("is as short where the values are not plain", () => {
    const { stdout } = diff({ A: "cafe\u0301 one" }, { A: "cafe\u0301 two" });
    expect(stdout).toContain('+        "A": "cafe\\\\u{0301} two"');
    expect(Buffer.byteLength(stdout)).toBeLessThan(2048);
  });

  test("is nothing where nothing changed", () => {
    expect(diff({ A: "b" }, { A: "b" })).toEqual({ status: 0, stdout: "" });
  });
});

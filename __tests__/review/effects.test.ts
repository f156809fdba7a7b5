/** What each change of a stack does to what runs. */
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { TerraformVariable } from "cdktf";
import { MountContent } from "../../lib";
import { change, CloudStack, cloudStack, resourceNamed, StackJson, theOnly } from "../support/review";
import { compareStacks } from "../../lib/review/changes/compare";
import { EFFECTS, gravestFirst, meaningOf, worst } from "../../lib/review/changes/effects";

const vm = (edit: (values: StackJson) => void): CloudStack => ({
  edit: (stack) => edit(theOnly(stack, "google_compute_instance")),
});
const port = (hostPort: number) => ({ containerPort: 80, hostPort, protocol: "tcp" as const });
const mount = { path: "/srv/app/uploads", bucket: "BUCKET", readOnly: false, gcsfuseConfig: { "implicit-dirs": true } };

test("the same stack: nothing, and no change at all", () => {
  const { effects, apps, others, exposures } = change({}, {});
  expect([...effects]).toEqual([]);
  expect(apps.map(({ name, changes }) => [name, changes])).toEqual([["gallery", []]]);
  expect([others, exposures]).toEqual([[], []]);
});

const RESTARTS: [string, CloudStack, CloudStack][] = [
  ["image", {}, { declared: { image: "ghcr.io/me/gallery:2" } }],
  ["environment", { declared: { environment: { LEVEL: "info" } } }, { declared: { environment: { LEVEL: "debug" } } }],
  ["an empty variable more", {}, { declared: { environment: { LEVEL: "" } } }],
  ["arguments", {}, { declared: { args: ["--fast"] } }],
  ["entrypoint", {}, { declared: { entrypoint: ["/bin/app"] } }],
  ["user", {}, { declared: { user: "www-data" } }],
  ["ports", {}, { declared: { ports: [port(8080)] } }],
  ["restart policy", {}, { declared: { restartPolicy: "always" } }],
  ["seconds to stop", {}, { declared: { stopTimeoutSeconds: 60 } }],
  ["metadata server", {}, { declared: { metadataServerAccess: true } }],
  ["another mount", {}, { declared: { mounts: [mount, { ...mount, path: "/srv/b", bucket: "other-files" }] } }],
  ["a mount's bucket", {}, { declared: { mounts: [{ ...mount, bucket: "other-files" }] } }],
  ["gcsfuse's config", {}, { declared: { mounts: [{ ...mount, gcsfuseConfig: { "implicit-dirs": false } }] } }],
  ["gcsfuse's image", {}, { declared: { gcsfuse: { image: "ghcr.io/me/gcsfuse:2", privileged: false } } }],
];

test.each(RESTARTS)("%s: the app restarts", (_, before, after) => {
  expect([...change(before, after).effects]).toEqual(["app restarts"]);
});

test("an environment value: one change, with both values", () => {
  const [before, after] = ["info", "debug"].map((LEVEL) => ({ declared: { environment: { LEVEL, OTHER: "x" } } }));
  expect(change(before, after).apps[0].changes).toEqual([
    {
      what: "environment variable",
      name: "LEVEL",
      before: "info",
      after: "debug",
      secret: false,
      effect: "app restarts",
    },
  ]);
});

test("another user-data file: the VM reboots, and its path is shown instead of its text", () => {
  const after = vm((values) => (values.metadata["user-data"] = '${file("assets/x/77/user-data")}'));
  const { effects, apps } = change({}, after);
  expect([...effects]).toEqual(["VM reboots"]);
  expect(apps[0].changes).toMatchObject([{ what: "user-data", after: "assets/x/77/user-data" }]);
});

test("from a version of the library without a declaration: the VM reboots", () => {
  const before: CloudStack = {
    edit: (stack) => {
      delete stack.locals;
      const { metadata } = theOnly(stack, "google_compute_instance");
      delete metadata["gcs-backed-container-app"];
      metadata["user-data"] = "#cloud-config\n# gcs-backed-container-app\n";
    },
  };
  expect([...change(before, {}).effects]).toEqual(["VM reboots"]);
});

test.each<[string, CloudStack]>([
  ["machine type", { props: { machine: { machineType: "e2-medium" } } }],
  ["Secure Boot", { props: { machine: { secureBoot: false } } }],
  ["subnetwork", vm((values) => (values.network_interface[0].subnetwork = "other"))],
])("%s: the VM stops and starts", (_, after) => {
  expect([...change({}, after).effects]).toEqual(["VM stops and starts"]);
});

test.each<[string, CloudStack]>([
  ["boot image", { props: { machine: { bootImage: "cos-cloud/cos-121-18867-90-4" } } }],
  ["zone", vm((values) => (values.zone = "us-east1-c"))],
  ["name", vm((values) => (values.name = "other"))],
  ["metadata_startup_script", vm((values) => (values.metadata_startup_script = "echo hi"))],
])("%s: the VM is replaced", (_, after) => {
  expect([...change({}, after).effects]).toEqual(["VM replaced"]);
});

test("boot disk's size: the VM is replaced, and the caches follow", () => {
  const mounts = [{ path: "/srv/app/uploads", content: MountContent.LARGE_MEDIA }];
  const larger = { mounts, machine: { bootDiskSizeGb: 30 } };
  const { apps, effects } = change({ props: { mounts } }, { props: larger });
  expect([...effects]).toContain("VM replaced");
  expect(apps[0].changes).toContainEqual(
    expect.objectContaining({ what: "mount", effect: "app restarts", name: "/srv/app/uploads: fileCacheMaxSizeMib" }),
  );
});

test("the static address in another region, another tier, or gone: the address changes", () => {
  const region: CloudStack = { edit: (stack) => (theOnly(stack, "google_compute_address").region = "us-west1") };
  expect([...change({}, region).effects]).toEqual(["address changes"]);
  expect(change({}, { props: { network: { networkTier: "PREMIUM" as never } } }).effects).toContain("address changes");
  expect([
    ...change({}, { props: { network: { externalAddress: false, sourceRanges: ["10.0.0.0/8"] } } }).effects,
  ]).toContain("address changes");
});

test.each<[string, CloudStack, RegExp]>([
  ["deleteDataOnDestroy", { props: { bucketOptions: { deleteDataOnDestroy: true } } }, /deletes all files/],
  ["versioning off", { props: { bucketOptions: { hierarchicalNamespace: true } } }, /noncurrent versions/],
  ["shorter soft delete", { props: { bucketOptions: { softDeleteRetentionDays: 0 } } }, /instead of 7 days/],
  [
    "versions for a shorter time",
    { props: { bucketOptions: { noncurrentVersionRetentionDays: 3 } } },
    /3 days instead of 30/,
  ],
  [
    "a rule that deletes",
    {
      edit: (stack) =>
        theOnly(stack, "google_storage_bucket").lifecycle_rule.push({
          action: { type: "Delete" },
          condition: { age: 9 },
        }),
    },
    /a new rule deletes objects: \{"age":9\}/,
  ],
  ["another bucket name", { props: { bucketOptions: { name: "elsewhere" } } }, /destroyed and created anew/],
  ["an existing bucket instead", { props: { existingBucket: "elsewhere" } as never }, /destroyed/],
])("%s: data could be lost", (_, after, note) => {
  const { apps, effects } = change({}, after);
  expect(effects).toContain("data could be lost");
  const notes = apps[0].changes.filter(({ effect }) => effect === "data could be lost").map((item) => item.note);
  expect(notes.join("\n")).toMatch(note);
});

test("the same settings the other way round lose nothing", () => {
  const before = { props: { bucketOptions: { deleteDataOnDestroy: true, noncurrentVersionRetentionDays: 3 } } };
  expect([...change(before, {}).effects]).toEqual(["nothing"]);
});

test("force_destroy that only Terraform knows counts as set", () => {
  const after: CloudStack = { edit: (stack) => (theOnly(stack, "google_storage_bucket").force_destroy = "${var.x}") };
  expect([...change({}, after).effects]).toContain("data could be lost");
});

test("a retention policy that goes, and prevent_destroy that goes", () => {
  const kept = (values: object): CloudStack => ({
    edit: (stack) => Object.assign(theOnly(stack, "google_storage_bucket"), values),
  });
  expect([...change(kept({ retention_policy: { retention_period: 86400 } }), {}).effects]).toContain(
    "data could be lost",
  );
  const guarded = kept({ lifecycle: { prevent_destroy: true, ignore_changes: ["location"] } });
  expect([...change(guarded, {}).effects]).toContain("data could be lost");
});

test("the bucket's location is ignored, as its lifecycle says", () => {
  const after: CloudStack = { edit: (stack) => (theOnly(stack, "google_storage_bucket").location = "us-west1") };
  const { effects, apps } = change({}, after);
  expect([...effects]).toEqual(["nothing"]);
  expect(apps[0].changes).toMatchObject([
    { what: "bucket", name: "location", note: expect.stringMatching(/^the bucket and its files stay where they are/) },
  ]);
});

test("labels and descriptions: nothing", () => {
  const after: CloudStack = {
    props: { labels: { team: "a" } },
    edit: (stack) => (resourceNamed(stack, "google_compute_firewall", "allow").description = "other words"),
  };
  const { effects, exposures } = change({}, after);
  expect([...effects]).toEqual(["nothing"]);
  expect(exposures).toEqual([]);
});

test("another service account: the VM stops and starts", () => {
  const after: CloudStack = { edit: (stack) => (theOnly(stack, "google_service_account").account_id = "other-vm") };
  expect([...change({}, after).effects]).toEqual(["VM stops and starts"]);
});

test("an app that goes is removed, and its bucket with it; one that comes touches nothing", () => {
  const empty = { resources: [] };
  const stack = cloudStack();
  const removed = compareStacks(stack, empty);
  expect(removed.apps).toMatchObject([{ name: "gallery", state: "removed" }]);
  expect(gravestFirst(removed.effects)).toEqual(["data could be lost", "address changes", "app removed"]);
  const created = compareStacks(empty, stack);
  expect([...created.effects]).toEqual(["nothing"]);
  expect(created.apps).toMatchObject([{ name: "gallery", state: "created" }]);
});

test("a bucket of somebody else that goes: data could be lost; what it says is not shown", () => {
  const define: CloudStack["define"] = (scope) => {
    new TerraformVariable(scope, "x", {});
    new StorageBucket(scope, "archive", { name: "archive", location: "us" });
  };
  const { others } = change({ define }, {});
  expect(others).toEqual([
    { address: "google_storage_bucket.archive", action: "destroyed", attributes: [], effect: "data could be lost" },
    { address: "var.x", action: "removed", attributes: [], effect: "nothing" },
  ]);
  const edit: CloudStack["edit"] = (stack) => (stack.resource.google_storage_bucket.archive.labels = { a: "b" });
  expect(change({ define }, { define, edit }).others).toEqual([
    { address: "google_storage_bucket.archive", action: "changed", attributes: ["labels"], effect: "nothing" },
  ]);
});

test("each effect has its meaning, and the worst is the last", () => {
  expect(EFFECTS.map((effect) => meaningOf([effect])).every((text) => text.length > 0)).toBe(true);
  expect(worst([])).toBe("nothing");
  expect(worst(["app restarts", "data could be lost", "VM reboots"])).toBe("data could be lost");
});

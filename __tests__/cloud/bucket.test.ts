import { only, synthesizeApp } from "../support/synthesize";

const bucket = (bucketOptions = {}) => only(synthesizeApp({ bucketOptions }), "google_storage_bucket");

test("files are kept: private, versioned, restorable, and never removed with the app", () => {
  expect(bucket()).toMatchObject({
    uniform_bucket_level_access: true,
    public_access_prevention: "enforced",
    versioning: { enabled: true },
    soft_delete_policy: { retention_duration_seconds: 7 * 24 * 60 * 60 },
    force_destroy: false,
    labels: { app: "gallery" },
  });
});

test("old versions go after a while, and so do uploads that were never finished", () => {
  expect(bucket({ noncurrentVersionRetentionDays: 5 }).lifecycle_rule).toEqual([
    { action: { type: "Delete" }, condition: { days_since_noncurrent_time: 5, with_state: "ARCHIVED" } },
    { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
  ]);
  expect(bucket().lifecycle_rule[0].condition.days_since_noncurrent_time).toBe(30);
});

test("without versions there is no rule for them", () => {
  expect(bucket({ versioning: false }).lifecycle_rule).toHaveLength(1);
});

test("a hierarchical namespace excludes versions", () => {
  expect(bucket({ hierarchicalNamespace: true })).toMatchObject({
    hierarchical_namespace: { enabled: true },
    versioning: { enabled: false },
  });
});

test("soft delete can be turned off, or be as long as Cloud Storage lets it", () => {
  const days = (softDeleteRetentionDays: number) =>
    bucket({ softDeleteRetentionDays }).soft_delete_policy.retention_duration_seconds / 86400;
  expect([0, 7, 90].map(days)).toEqual([0, 7, 90]);
});

test("data is deleted only if that was asked for", () => {
  expect(bucket({ deleteDataOnDestroy: true }).force_destroy).toBe(true);
});

test.each(["us-east1", "EU", "us", "NAM4", "europe-west12"])("location %s", (location) => {
  expect(bucket({ location }).location).toBe(location);
});

test("the app's account gets at the objects of the bucket, and at nothing else of it", () => {
  expect(only(synthesizeApp(), "google_storage_bucket_iam_member")).toMatchObject({
    role: "roles/storage.objectUser",
    member: expect.stringMatching(/^\$\{google_service_account\..*\.member\}$/),
  });
});

test("an existing bucket is not touched but for that", () => {
  const stack = synthesizeApp({ existingBucket: "files" });
  expect(stack.resource.google_storage_bucket).toBeUndefined();
  expect(only(stack, "google_storage_bucket_iam_member").bucket).toBe("files");
});

test("an app that only reads may only read", () => {
  const stack = synthesizeApp({ mounts: [{ path: "/data", readOnly: true }] });
  expect(only(stack, "google_storage_bucket_iam_member").role).toBe("roles/storage.objectViewer");
});

test("the app's own bucket stays where no mount is left that uses it, unless there is an existing one", () => {
  const mounts = [{ path: "/data", bucket: "other-files" }];
  const own = synthesizeApp({ mounts, bucketOptions: { deleteDataOnDestroy: true } });
  expect(only(own, "google_storage_bucket").name).toBe("demo-project-123-gallery");
  const existing = synthesizeApp({ mounts, existingBucket: "other-files" });
  expect(existing.resource.google_storage_bucket).toBeUndefined();
  for (const stack of [own, existing]) {
    expect(only(stack, "google_storage_bucket_iam_member").bucket).toBe("other-files");
  }
});

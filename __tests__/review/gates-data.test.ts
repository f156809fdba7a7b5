/** What could lose data, or takes a VM away, beside what an app keeps itself. */
import { change, CloudStack, gatesOf, theOnly, withResource } from "../support/review";

const bucket = (values: object): CloudStack => ({
  edit: (stack) => Object.assign(theOnly(stack, "google_storage_bucket"), values),
});

test.each(["google_memorystore_instance", "google_project", "google_storage_bucket_object", "random_password"])(
  "%s that is destroyed: data could be lost",
  (type) => expect(gatesOf(withResource(type, { name: "x" }), {})).toContain("data-loss"),
);

test.each([
  "google_project_iam_member",
  "google_compute_firewall",
  "google_compute_route",
  "google_project_service",
  "google_service_account",
  "null_resource",
  "docker_image",
])("%s keeps nothing", (type) => {
  expect(gatesOf(withResource(type, { name: "x" }), {})).not.toContain("data-loss");
});

test("a type that is not known is said to be", () => {
  expect(change(withResource("google_memorystore_instance", {}), {}).others).toMatchObject([
    { action: "destroyed", note: "whether it keeps data is not known" },
  ]);
});

test("without a plan, a change of what keeps data may replace it; its labels do not", () => {
  const disk = (values: object) => withResource("google_compute_disk", { name: "x", ...values });
  expect(gatesOf(disk({ zone: "a" }), disk({ zone: "b" }))).toContain("data-loss");
  expect(gatesOf(disk({}), disk({ labels: { a: "b" } }))).toEqual(["change"]);
});

test("what is no longer guarded from Terraform's destroying it", () => {
  const guarded = withResource("google_sql_database", { lifecycle: { prevent_destroy: true } });
  expect(gatesOf(guarded, withResource("google_sql_database", {}))).toContain("data-loss");
});

test.each<[string, object]>([
  ["a rule of a dynamic block", dynamic("Delete")],
  [
    "an action that only Terraform knows",
    { lifecycle_rule: [{ action: { type: "${var.t}" }, condition: { age: 1 } }] },
  ],
  ["rules that only Terraform knows", { lifecycle_rule: "${var.rules}" }],
  ["soft delete that only Terraform knows", { soft_delete_policy: "${var.policy}" }],
  ["a dynamic block of another kind", { dynamic: { versioning: { for_each: [1], content: { enabled: false } } } }],
])("%s may delete objects", (_, values) => {
  expect(gatesOf({}, bucket(values))).toContain("data-loss");
  expect(gatesOf(bucket(values), bucket(values))).toEqual([]);
});

function dynamic(type: string): object {
  const content = { action: { type }, condition: { age: 1 } };
  return { dynamic: { lifecycle_rule: { for_each: "${var.x}", content } } };
}

test("a dynamic rule that deletes nothing", () => {
  expect(gatesOf({}, bucket(dynamic("SetStorageClass")))).not.toContain("data-loss");
});

test("objects that are no longer held", () => {
  expect(gatesOf(bucket({ default_event_based_hold: true }), {})).toContain("data-loss");
});

const machine = (values: object) => withResource("google_compute_instance", { name: "db", ...values });

test.each<[string, CloudStack, CloudStack, readonly string[]]>([
  ["goes", machine({}), {}, ["replace", "reboot", "data-loss"]],
  ["is in another zone", machine({ zone: "a" }), machine({ zone: "b" }), ["replace", "reboot", "data-loss"]],
  ["is of another type", machine({ machine_type: "a" }), machine({ machine_type: "b" }), ["reboot"]],
  ["is there no time", machine({ count: 2 }), machine({ count: "${var.n}" }), ["replace", "reboot"]],
])("a VM that is no app %s", (_, before, after, gates) => {
  expect(gatesOf(before, after)).toEqual(expect.arrayContaining([...gates]));
});

test("a group of VMs that changes may replace them", () => {
  const group = (size: number) => withResource("google_compute_instance_group_manager", { target_size: size });
  expect(gatesOf(group(1), group(2))).toContain("replace");
});

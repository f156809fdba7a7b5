/** Grants that differ in no more than what they are on, or in a condition: each is a grant of its own. */
import { change, CloudStack, gatesOf, withResource } from "../support/review";

const member = "user:a@example.com";
const grant = (type: string, values: object) => withResource(type, { member, role: "roles/viewer", ...values });

test.each<[string, object, object]>([
  ["google_cloud_run_service_iam_member", { service: "a" }, { service: "b" }],
  ["google_pubsub_topic_iam_member", { topic: "a" }, { topic: "b" }],
  ["google_kms_crypto_key_iam_member", { crypto_key_id: "a" }, { crypto_key_id: "b" }],
  ["google_bigquery_dataset_iam_member", { dataset_id: "a" }, { dataset_id: "b" }],
  [
    "google_storage_managed_folder_iam_member",
    { bucket: "a", managed_folder: "x" },
    { bucket: "a", managed_folder: "y" },
  ],
  ["google_iap_web_backend_service_iam_member", { web_backend_service: "a" }, { web_backend_service: "b" }],
  ["google_compute_instance_iam_member", { instance_name: "a", zone: "x" }, { instance_name: "a", zone: "y" }],
  ["google_compute_instance_iam_member", { instance_name: "a", project: "x" }, { instance_name: "a", project: "y" }],
  [
    "google_artifact_registry_repository_iam_member",
    { repository: "a", project: "x" },
    { repository: "a", project: "y" },
  ],
])("%s on something else is a new one", (type, one, other) => {
  const { exposures } = change(grant(type, one), grant(type, other));
  expect(exposures).toMatchObject([{ values: expect.arrayContaining([member]) }]);
  expect(change(grant(type, one), grant(type, one)).exposures).toEqual([]);
});

test("an unknown kind of resource is called by all that identifies it", () => {
  const { exposures } = change({}, grant("google_cloud_run_service_iam_member", { service: "web", location: "us" }));
  expect(exposures[0].values).toEqual([member, "roles/viewer", "web, us"]);
});

test("access control of another object", () => {
  const of = (object: string) =>
    withResource("google_storage_object_access_control", { bucket: "b", object, entity: "allUsers", role: "READER" });
  expect(gatesOf(of("a"), of("b"))).toContain("exposure");
});

test.each(["${var.list}", "publicRead"])("a predefined list %s may let in anybody", (predefined_acl) => {
  const list = (name: string) => withResource("google_storage_bucket_acl", { bucket: "b", predefined_acl: name });
  expect(gatesOf(list("private"), list(predefined_acl))).toContain("exposure");
});

test("a condition that goes from a policy's JSON", () => {
  const policy = (condition?: object): CloudStack => {
    const bindings = [{ role: "roles/viewer", members: [member], condition }];
    return withResource("google_project_iam_policy", { project: "p", policy_data: JSON.stringify({ bindings }) });
  };
  expect(gatesOf(policy({ expression: "request.time < x" }), policy())).toContain("exposure");
  expect(gatesOf(policy({ expression: "a" }), policy({ expression: "a" }))).toEqual([]);
});

test("members that are not known are a grant as well", () => {
  const unknown = withResource("google_project_iam_member", { project: "p", role: "roles/viewer" });
  expect(gatesOf({}, unknown)).toContain("exposure");
});

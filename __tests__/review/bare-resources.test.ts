/** Resources without the arguments that they usually have: the page and the comparison must not stumble over them. */
import { comparePlan, compareStacks } from "../../lib/review/changes/compare";
import { markdown } from "../../lib/review/format/markdown";
import { readPlan } from "../../lib/review/changes/read-plan";
import { readStack } from "../../lib/review/read/read-stack";
import { stackPage } from "../../lib/review/page/stack-page";
import { StackJson } from "../support/review";

const bare = (resource: StackJson) => readStack(JSON.stringify({ terraform: {}, resource }), "x");
const EMPTY = { x: {} };
const TYPES = [
  "google_project_iam_member",
  "google_project_iam_binding",
  "google_project_iam_policy",
  "google_storage_bucket_iam_member",
  "google_pubsub_topic_iam_member",
  "google_storage_bucket_access_control",
  "google_storage_bucket_acl",
  "google_storage_bucket",
  "google_compute_address",
  "google_service_account",
  "docker_container",
  "docker_image",
];

test("empty resources beside an app that has nothing but its declaration", () => {
  const resource = Object.fromEntries(TYPES.map((type) => [type, EMPTY]));
  const stack = bare({
    ...resource,
    google_project_iam_member: { x: { member: "user:a", role: "r" }, y: {} },
    google_storage_bucket_acl: {
      x: { role_entity: ["ODD:user-a"], bucket: "b" },
      y: { predefined_acl: "publicReadWrite" },
    },
    google_compute_firewall: { x: { allow: [{}, { protocol: "tcp" }], deny: [{}] }, y: {} },
    google_compute_instance: { x: { metadata: { "gcs-backed-container-app": "${var.x}" } } },
    null_resource: { x: { provisioner: [{ "remote-exec": { inline: ["a"] } }, { when: "destroy" }] } },
  });
  expect(markdown(stackPage(stack, "x"))).toContain("## App `google_compute_instance.x`");
  const { exposures, effects } = compareStacks(bare({}), stack);
  expect(exposures.map(({ text }) => text)).toContain("SSH is open to anybody on the internet");
  expect([...effects]).toEqual(["nothing"]);
  expect(compareStacks(stack, bare({})).effects).toContain("data could be lost");
});

test("a plan without changes, and changes without sides", () => {
  const plan = (resource_changes?: object[]) =>
    readPlan(JSON.stringify({ format_version: "1.2", configuration: {}, resource_changes }), "plan");
  expect(comparePlan(plan())).toMatchObject({ apps: [], others: [], exposures: [] });
  const changes = [{ mode: "managed", address: "a.b", change: {} }, { mode: "managed" }];
  expect(comparePlan(plan(changes)).others).toEqual([]);
});

/** Stacks with more in them: built images, a refusal to deploy, resources of somebody else, plans of other kinds. */
import { DeployGuard, ContainerImage } from "../../lib";
import { changePage } from "../../lib/review/page/change-page";
import { comparePlan } from "../../lib/review/changes/compare";
import { markdown } from "../../lib/review/format/markdown";
import { readPlan } from "../../lib/review/changes/read-plan";
import { stackPage } from "../../lib/review/page/stack-page";
import { APP_FOLDER } from "../support/synthesize";
import { change, cloudStack, CloudStack, declaration } from "../support/review";

const page = (options?: CloudStack) => markdown(stackPage(cloudStack(options), "cloud"));

/** A plan of these changes, without any configuration. */
const planOf = (...changes: { type: string; change: object }[]) =>
  readPlan(
    JSON.stringify({
      format_version: "1.2",
      resource_changes: changes.map((item) => ({ mode: "managed", address: `${item.type}.x`, ...item })),
      configuration: {},
    }),
    "plan",
  );

test("an image that is built: its repository, and the right to pull", () => {
  const image = ContainerImage.fromDirectory(APP_FOLDER);
  const text = page({ define: () => undefined, props: { image } });
  expect(text).toContain("| pull images | image repository `gallery` | `roles/artifactregistry.reader` |");
  expect(text).toContain("| `docker_image` | images, built or pulled on the computer that deploys |");
});

test("a stack that refuses to be deployed says so", () => {
  const define: CloudStack["define"] = (scope) => DeployGuard.refuseToDeploy(scope, "no | project");
  expect(page({ define })).toContain("refuses to be deployed: <code>no &#124; project</code>");
});

test("a bucket of somebody else that goes is among what could be lost", () => {
  const before: CloudStack = { edit: ({ resource }) => (resource.google_storage_bucket.zz = { name: "archive" }) };
  const text = markdown(changePage(change(before, {}), cloudStack(), "cloud"));
  expect(text).toContain("- `google_storage_bucket.zz` is destroyed");
  expect(text).toContain("| `google_storage_bucket.zz` | destroyed | — | data could be lost |");
});

test("access control of objects, and VMs of another account as a source", () => {
  const after: CloudStack = {
    edit: ({ resource }) => {
      resource.google_storage_bucket_access_control = { x: { bucket: "b", entity: "allUsers", role: "OWNER" } };
      resource.google_compute_firewall.x = {
        network: "default",
        source_service_accounts: ["a@b.example"],
        allow: [{ protocol: "tcp", ports: ["9000"] }],
      };
    },
  };
  expect(change({}, after).exposures.map(({ severity, values }) => [severity, values[0]])).toEqual([
    [3, "allUsers"],
    [1, "TCP 9000"],
  ]);
});

test("a plan of a local app: its declaration is a file of the stand-in", () => {
  const machine = (environment: { [name: string]: string }) => ({
    name: "gallery-machine",
    upload: [
      { file: "/etc/gcs-backed-container-app/common.sh", content: "{ no JSON" },
      { file: "/etc/gcs-backed-container-app/declaration.json", content: JSON.stringify(declaration({ environment })) },
      { file: "/etc/gcs-backed-container-app/other.json", content: "{}" },
    ],
  });
  const plan = planOf({
    type: "docker_container",
    change: { actions: ["delete", "create"], before: machine({ A: "1" }), after: machine({ A: "2" }) },
  });
  expect(comparePlan(plan).apps[0].changes).toMatchObject([{ name: "A", before: "1", after: "2" }]);
});

test("what Terraform forgets, and what it replaces, of somebody else", () => {
  const bucket = { name: "b", force_destroy: false };
  const done = (...actions: string[]) =>
    comparePlan(
      planOf({
        type: "google_storage_bucket",
        change: { actions, before: bucket, after: actions.includes("create") ? bucket : null },
      }),
    ).others.map(({ action, effect }) => [action, effect]);
  expect(done("forget")).toEqual([["forgotten", "nothing"]]);
  expect(done("delete", "create")).toEqual([["replaced", "data could be lost"]]);
  expect(done("no-op", "create")).toEqual([]);
});

test("a resource of an app that Terraform forgets stays as it is", () => {
  const vm = {
    name: "gallery",
    network_interface: [{ access_config: [{ nat_ip: "203.0.113.9" }] }],
    metadata: { "gcs-backed-container-app": JSON.stringify(declaration()) },
  };
  const plan = planOf(
    { type: "google_compute_instance", change: { actions: ["no-op"], before: vm, after: vm } },
    {
      type: "google_compute_address",
      change: { actions: ["forget"], before: { address: "203.0.113.9" }, after: null },
    },
  );
  expect(comparePlan(plan).apps[0].changes).toMatchObject([{ what: "static address", effect: "nothing" }]);
});

test("values that are sensitive on both sides, and commands of a plan", () => {
  const before = { name: "x", secret: "a", empty: "" };
  const content = {
    format_version: "1.2",
    resource_changes: [
      {
        mode: "managed",
        address: "null_resource.x",
        type: "null_resource",
        change: {
          actions: ["update"],
          before,
          after: { ...before, secret: "b" },
          before_sensitive: { secret: true, empty: true },
          after_sensitive: { secret: true, empty: true },
        },
      },
    ],
    configuration: {
      root_module: {
        resources: [
          {
            address: "null_resource.x",
            provisioners: [{ type: "local-exec", expressions: { command: { references: ["var.command"] } } }],
          },
        ],
      },
    },
  };
  const plan = readPlan(JSON.stringify(content), "plan");
  expect(plan.after.resources[0].values).toMatchObject({ secret: "(sensitive value), changed", empty: "" });
  expect(markdown(stackPage(plan.after, "x"))).toContain("`${var.command}`, of `null_resource.x`");
});

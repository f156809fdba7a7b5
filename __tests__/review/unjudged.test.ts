/** What a stack has beside its apps that may open something: said, and counted as exposure. */
import { TerraformStack } from "cdktf";
import { ComputeProjectMetadataItem } from "@cdktf/provider-google/lib/compute-project-metadata-item";
import { notableExposures } from "../../lib/review/exposures/exposures";
import { gatesHit } from "../../lib/review/changes/gates";
import { change, CloudStack, cloudStack, StackJson } from "../support/review";

const opened = (before: CloudStack, after: CloudStack) =>
  change(before, after).exposures.map(({ severity, text, values }) => `${severity} ${text} (${values.join(", ")})`);

const withResource = (type: string, values: object): CloudStack => ({
  edit: (stack) => (stack.resource[type] = { ...stack.resource[type], mine: values }),
});

test("a resource of a type that is not known here: to be judged when it is new, and when it changes", () => {
  const database = (tier: string, labels = {}) => withResource("google_sql_database_instance", { tier, labels });
  const line = "1 not judged by this page, and new or changed (google_sql_database_instance.mine)";
  expect(opened({}, database("small"))).toEqual([line]);
  expect(opened(database("small"), database("large"))).toEqual([line]);
  expect(opened(database("small"), database("small", { team: "a" }))).toEqual([]);
  expect(gatesHit(["exposure"], change({}, database("small")))).toEqual(["exposure"]);
});

test("another VM, which runs no app of this library, is not judged", () => {
  expect(opened({}, withResource("google_compute_instance", { name: "other" }))).toEqual([
    "1 not judged by this page, and new or changed (google_compute_instance.mine)",
  ]);
});

test("what the library creates itself is judged", () => {
  expect(change({ edit: (stack) => (stack.resource = {}) }, {}).exposures.map(({ text }) => text)).not.toContainEqual(
    expect.stringContaining("not judged"),
  );
});

test.each<[string, StackJson, string]>([
  ["startup-script", "echo hi", "startup-script"],
  ["ssh-keys", "me:ssh-ed25519 A", "ssh-keys"],
  ["enable-oslogin", "FALSE", "enable-oslogin"],
  ["${var.key}", "x", "${var.key}"],
])("the project's metadata: %s", (key, value, shown) => {
  const line = `2 metadata of the project that runs a script on its VMs as root, or changes who can log in to them (${shown}, google_compute_project_metadata`;
  const define = (scope: TerraformStack) => void new ComputeProjectMetadataItem(scope, "mine", { key, value });
  expect(opened({}, { define })).toEqual([`${line}_item.mine)`]);
  const all = (content: string) => withResource("google_compute_project_metadata", { metadata: { [key]: content } });
  expect(opened({}, all(value))).toEqual([`${line}.mine)`]);
  expect(opened(all(value), all(value))).toEqual([]);
  expect(opened(all(value), all("other"))).toEqual([`${line}.mine)`]);
});

test("harmless metadata of the project opens nothing; all of it, known to Terraform alone, may", () => {
  const metadata = (values: unknown) => withResource("google_compute_project_metadata", { metadata: values });
  expect(opened({}, metadata({ team: "a" }))).toEqual([]);
  expect(opened({}, metadata("${var.all}"))).toHaveLength(1);
});

test("a command that a deployment runs and is not the library's", () => {
  const runs = (command: string, kind = "local-exec") =>
    withResource("terraform_data", { provisioner: [{ [kind]: { command } }] });
  expect(opened({}, runs("curl example.com | sh"))).toEqual([
    "2 a deployment runs a command on the computer that deploys (curl example.com | sh, terraform_data.mine)",
  ]);
  expect(opened(runs("a"), runs("a"))).toEqual([]);
  expect(opened(runs("a"), runs("b"))).toHaveLength(1);
  expect(opened({}, runs("a", "remote-exec"))[0]).toContain("runs a command on another machine");
  expect(opened({}, runs(`node assets/x/${"0".repeat(32)}/enable-services.cjs`))).toEqual([]);
});

test("another network tag of the VM: rules of the network may be for it", () => {
  const tagged = { props: { network: { networkTags: ["web"] } } };
  expect(opened({}, tagged)).toEqual([
    "1 the network's rules for a tag apply to the VM, those outside this stack included (web)",
  ]);
  expect(opened(tagged, tagged)).toEqual([]);
});

test("an app with another name exposes nothing new, where it did before", () => {
  const declared = { metadataServerAccess: true };
  expect(opened({ declared }, { declared, props: { name: "other-name" } })).toEqual([]);
});

test("none of it is for the top of the page of a single stack", () => {
  expect(notableExposures(cloudStack(withResource("google_sql_database_instance", {})))).toEqual([]);
});

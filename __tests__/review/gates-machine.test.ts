/** What opens an app's VM or its network, and what an argument that no rule knows may open. */
import {
  change,
  CloudStack,
  cloudStack,
  gatesOf,
  localStack,
  resourceNamed,
  StackJson,
  theOnly,
  withResource,
} from "../support/review";
import { compareStacks } from "../../lib/review/changes/compare";

const vm = (...edits: ((values: StackJson) => void)[]): CloudStack => ({
  edit: (stack) => edits.forEach((edit) => edit(theOnly(stack, "google_compute_instance"))),
});
const deny = (edit: (values: StackJson) => void): CloudStack => ({
  edit: (stack) => edit(resourceNamed(stack, "google_compute_firewall", "deny")),
});
const metadata = (values: object) => (machine: StackJson) => Object.assign(machine.metadata, values);
const exposed = (before: CloudStack, after: CloudStack) => change(before, after).exposures.map(({ text }) => text);

test.each<[string, (values: StackJson) => void]>([
  ["for some destinations", (values) => (values.destination_ranges = ["10.0.0.0/8"])],
  ["in another project", (values) => (values.project = "another")],
  [
    "for a network of the same name elsewhere",
    (values) => (values.network = "projects/another/global/networks/default"),
  ],
  ["with an argument that is not known", (values) => (values.new_argument = "x")],
])("the rule that denies the rest, %s", (_, edit) => {
  expect(exposed({}, deny(edit))).toContainEqual(expect.stringMatching(/^no rule denies other traffic/));
});

test("the same network by its full name is the same one", () => {
  expect(
    exposed(
      {},
      deny((values) => (values.network = `projects/${values.project}/global/networks/default`)),
    ),
  ).toEqual([]);
});

test("the VM of a Shared VPC: the rules are in the network's project", () => {
  const shared = { props: { network: { network: "shared", subnetwork: "apps", networkProject: "host-project-1" } } };
  expect(change({}, shared).exposures.map(({ text }) => text)).not.toContainEqual(
    expect.stringMatching(/^no rule denies/),
  );
});

test("another network interface: who reaches it is not judged", () => {
  const second = (network: string) => vm((values) => values.network_interface.push({ network }));
  expect(change({}, second("inside")).exposures).toMatchObject([
    { text: expect.stringMatching(/^the VM has another network interface/), values: ["inside"] },
  ]);
  expect(gatesOf(second("a"), second("b"))).toContain("exposure");
  expect(gatesOf(second("a"), second("a"))).toEqual([]);
});

test.each(["1", "Yes", "y", "True", "TRUE", true, 1, "${var.x}"])("the serial console, %j", (value) => {
  expect(exposed({}, vm(metadata({ "serial-port-enable": value })))).toContain(
    "the VM's interactive serial console is on",
  );
});

test.each(["0", "No", "n", "false", "", false])("the serial console, %j: off", (value) => {
  expect(exposed({}, vm(metadata({ "serial-port-enable": value })))).toEqual([]);
});

test("OS Login by another word for on is on, and by one that is not known is not", () => {
  expect(exposed({}, vm(metadata({ "enable-oslogin": "Y" })))).toEqual([]);
  expect(exposed({}, vm(metadata({ "enable-oslogin": "on" })))).toEqual([expect.stringMatching(/^OS Login is off/)]);
});

test.each([
  ["gce-container-declaration", "spec: {}"],
  ["google-container-manifest", "x"],
  ["windows-startup-script-url", "x"],
  ["a-key-that-is-not-known", "x"],
])("the metadata key %s", (key, content) => {
  const { exposures } = change({}, vm(metadata({ [key]: content })));
  expect(exposures).toHaveLength(1);
  expect(exposures[0].values.join()).toContain(key);
});

test("a protection of logins that goes", () => {
  const guarded = vm(metadata({ "enable-oslogin-2fa": "TRUE" }));
  expect(change(guarded, {}).exposures).toMatchObject([
    { values: [expect.any(String), "metadata.enable-oslogin-2fa"] },
  ]);
});

test("a service account that is not in the stack", () => {
  const account = (email: string) => vm((values) => (values.service_account.email = email));
  expect(change(account("a@b.example"), account("root@b.example")).exposures).toMatchObject([
    { text: "the VM acts as a service account that is not in this stack", values: ["root@b.example"] },
  ]);
});

test("a wider scope; a narrower one opens nothing", () => {
  const scoped = (...scopes: string[]) => vm((values) => (values.service_account.scopes = scopes));
  expect(gatesOf(scoped("logging-write"), {})).toContain("exposure");
  expect(gatesOf({}, scoped("logging-write"))).not.toContain("exposure");
});

const POLICY_RULE = "google_compute_network_firewall_policy_rule";
const policyRule = (values: object) =>
  withResource(POLICY_RULE, {
    action: "allow",
    match: { src_ip_ranges: ["10.0.0.0/8"], layer4_configs: [{ ip_protocol: "all" }] },
    ...values,
  });

test.each(["target_service_accounts", "target_secure_tags"])(
  "a rule of a firewall policy without its %s",
  (targets) => {
    expect(gatesOf(policyRule({ [targets]: ["a"] }), policyRule({}))).toContain("exposure");
  },
);

test("a rule that denies, of a policy or of the network, and that goes or changes", () => {
  const denied = policyRule({ action: "deny" });
  const network = (source: string) =>
    withResource("google_compute_firewall", {
      network: "default",
      source_ranges: [source],
      deny: [{ protocol: "tcp", ports: ["22"] }],
    });
  for (const [before, after] of [
    [denied, {}],
    [denied, policyRule({ action: "deny", disabled: true })],
    [network("0.0.0.0/0"), {}],
    [network("0.0.0.0/0"), network("10.0.0.0/8")],
  ]) {
    expect(exposed(before, after)).toContain(
      "a rule that denies traffic is changed or gone: what it kept out is not judged",
    );
  }
  expect(gatesOf(denied, denied)).toEqual([]);
});

test("a resource of a type that is not known, and that goes: it may have kept somebody out", () => {
  expect(exposed(withResource("google_iam_deny_policy", { name: "x" }), {})).toEqual([
    "not judged by this page, and gone",
  ]);
});

test("metadata of the project that says who can log in, and goes", () => {
  const item = withResource("google_compute_project_metadata_item", { key: "enable-oslogin", value: "TRUE" });
  expect(exposed(item, {})).toEqual(["metadata of the project that says who can log in to its VMs is gone"]);
});

test("the addresses that a bucket lets in", () => {
  const filtered: CloudStack = {
    edit: (stack) => (theOnly(stack, "google_storage_bucket").ip_filter = [{ mode: "Enabled" }]),
  };
  expect(change(filtered, {}).exposures).toMatchObject([{ values: [expect.any(String), "ip_filter.mode"] }]);
});

test.each<[string, object]>([
  ["a folder of the computer", { volumes: [{ host_path: "/", container_path: "/host" }] }],
  ["a folder of the computer, as a mount", { mounts: [{ type: "bind", source: "/", target: "/host" }] }],
  ["the Docker Engine", { volumes: [{ host_path: "/var/run/docker.sock", container_path: "/s" }] }],
  ["the computer's network", { network_mode: "host" }],
  ["the computer's processes", { pid_mode: "host" }],
  ["rights of root", { capabilities: { add: ["SYS_ADMIN"] } }],
  ["a published port", { ports: [{ internal: 80, external: 80 }] }],
  ["all rights", { privileged: true }],
])("a container that has %s", (_, values) => {
  const container = (more: object): CloudStack => withResource("docker_container", { name: "x", image: "x", ...more });
  expect(gatesOf(container({}), container(values))).toContain("exposure");
  expect(gatesOf({}, container(values))).toContain("exposure");
  expect(gatesOf({}, container({}))).not.toContain("exposure");
});

test("a new local app has nothing that is not judged", () => {
  const { exposures } = compareStacks({ resources: [] }, localStack());
  expect(exposures.filter(({ text }) => /not judge/.test(text))).toEqual([]);
});

test("a rule that allows what only Terraform knows may allow everything", () => {
  const rule = withResource("google_compute_firewall", { network: "default", allow: "${var.allow}" });
  expect(exposed({}, rule)).toContain("SSH is open to anybody on the internet");
});

test("a new app has nothing that is not judged", () => {
  const { exposures } = compareStacks({ resources: [] }, cloudStack());
  expect(exposures.filter(({ text }) => /not judge/.test(text))).toEqual([]);
});

/** What a change opens that was not open before. */
import { ComputeFirewall } from "@cdktf/provider-google/lib/compute-firewall";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccountKey } from "@cdktf/provider-google/lib/service-account-key";
import { StorageBucketAcl } from "@cdktf/provider-google/lib/storage-bucket-acl";
import { StorageBucketIamBinding } from "@cdktf/provider-google/lib/storage-bucket-iam-binding";
import { TerraformStack } from "cdktf";
import { compareStacks } from "../../lib/review/changes/compare";
import { notableExposures } from "../../lib/review/exposures/exposures";
import { change, CloudStack, cloudStack, resourceNamed, StackJson, theOnly } from "../support/review";

const opened = (before: CloudStack, after: CloudStack) =>
  change(before, after).exposures.map(({ severity, text, values }) => `${severity} ${text} (${values.join(", ")})`);

const office = { network: { sourceRanges: ["203.0.113.0/24"] } };
const rule = (values: object) => (scope: TerraformStack) =>
  void new ComputeFirewall(scope, "mine", {
    name: "mine",
    network: "default",
    allow: [{ protocol: "tcp", ports: ["22"] }],
    sourceRanges: ["0.0.0.0/0"],
    ...values,
  });

test("published ports, from an office to everybody", () => {
  expect(opened({ props: office }, {})).toEqual([
    expect.stringMatching(/^2 the VM can be reached by anybody on the internet \(TCP 80, google_compute_firewall\./),
  ]);
});

test("fewer addresses, and the same ones written otherwise, are no exposure", () => {
  expect(opened({}, { props: office })).toEqual([]);
  const allow = (stack: StackJson) => resourceNamed(stack, "google_compute_firewall", "allow");
  expect(opened({}, { edit: (stack) => (allow(stack).source_ranges = ["0.0.0.0/0"]) })).toEqual([]);
  expect(opened({}, { edit: (stack) => (allow(stack).source_ranges = ["10.0.0.0/8"]) })).toEqual([]);
});

test("SSH opened to the world by a rule of somebody's own for all VMs, one tag, or the account: the most serious", () => {
  const tagged = { props: { network: { networkTags: ["web"] } } };
  for (const [base, values] of [
    [{}, {}],
    [tagged, { targetTags: ["web"] }],
    [{}, { allow: [{ protocol: "all" }] }],
    [{}, { allow: [{ protocol: "tcp", ports: ["20-30"] }] }],
    [{}, { allow: [{ protocol: "tcp" }], sourceRanges: ["0.0.0.0/1", "128.0.0.0/1"] }],
    [{}, { sourceRanges: undefined, allow: [{ protocol: "TCP", ports: ["22"] }] }],
    [{}, { sourceRanges: ["::/0"] }],
  ] as const) {
    const [first] = opened(base, { ...base, define: rule(values) });
    expect(first).toMatch(/^3 SSH is open to anybody on the internet \(.*google_compute_firewall\.mine\)$/);
  }
});

test("a rule for another tag, another network, outgoing traffic, or one that is off opens nothing", () => {
  for (const values of [
    { targetTags: ["other"] },
    { network: "projects/p/global/networks/other" },
    { direction: "EGRESS", sourceRanges: undefined, destinationRanges: ["0.0.0.0/0"] },
    { disabled: true },
  ]) {
    expect(opened({}, { define: rule(values) })).toEqual([]);
  }
});

test("SSH through Identity-Aware Proxy, from an office, from VMs of a tag: opened, but not to everybody", () => {
  expect(opened({}, { props: { network: { iapSsh: true } } })).toEqual([
    expect.stringMatching(/^1 the VM can be reached through Google's Identity-Aware Proxy \(TCP 22, google_compute/),
  ]);
  const tags = { sourceRanges: undefined, sourceTags: ["bastion"] };
  expect(opened({}, { define: rule(tags) })[0]).toMatch(/^2 SSH .*VMs with the tag bastion/);
});

test("a range of ports that was open is not opened again; one more port is", () => {
  const wide = rule({ allow: [{ protocol: "tcp", ports: ["8000-8010"] }], sourceRanges: ["10.0.0.0/8"] });
  const narrow = (...ports: string[]) => rule({ allow: [{ protocol: "tcp", ports }], sourceRanges: ["10.1.0.0/16"] });
  expect(opened({ define: wide }, { define: narrow("8001", "8003-8005") })).toEqual([]);
  expect(opened({ define: wide }, { define: narrow("8001", "9000") })).toEqual([
    "1 the VM can be reached by those at more addresses (TCP 9000, 10.1.0.0/16, google_compute_firewall.mine)",
  ]);
});

test("a source that only Terraform knows counts as new once", () => {
  const range = (name: string) => rule({ sourceRanges: [`\${var.${name}}`] });
  expect(opened({ define: range("a") }, { define: range("a") })).toEqual([]);
  expect(opened({ define: range("a") }, { define: range("b") })).toHaveLength(1);
});

test.each<[string, (deny: StackJson) => void]>([
  ["off", (deny) => (deny.disabled = true)],
  ["behind the network's own rules", (deny) => (deny.priority = 65534)],
  ["for fewer addresses", (deny) => (deny.source_ranges = ["10.0.0.0/8"])],
  ["for one protocol", (deny) => (deny.deny = [{ protocol: "udp" }])],
])("the rule that denies the rest, %s", (_, edit) => {
  const after: CloudStack = { edit: (stack) => edit(resourceNamed(stack, "google_compute_firewall", "deny")) };
  expect(opened({}, after)).toEqual([expect.stringMatching(/^3 no rule denies other traffic/)]);
});

test("an external address", () => {
  const inside = { props: { network: { externalAddress: false, ...office.network } } };
  expect(opened(inside, { props: office })).toEqual(["2 the VM has an external address ()"]);
});

test.each<[string, (vm: StackJson) => void, RegExp]>([
  ["OS Login off", (vm) => (vm.metadata["enable-oslogin"] = "FALSE"), /^2 OS Login is off/],
  ["project keys", (vm) => delete vm.metadata["block-project-ssh-keys"], /^2 the project's SSH keys/],
  ["serial console", (vm) => (vm.metadata["serial-port-enable"] = "TRUE"), /^2 .*serial console/],
  ["SSH keys", (vm) => (vm.metadata["ssh-keys"] = "me:ssh-ed25519 A"), /^2 metadata key .*\(ssh-keys\)$/],
  ["a startup script", (vm) => (vm.metadata["startup-script"] = "sh"), /^2 metadata key .*\(startup-script\)$/],
  ["Secure Boot off", (vm) => (vm.shielded_instance_config.enable_secure_boot = false), /^1 Secure Boot is off/],
  ["forwarding", (vm) => (vm.can_ip_forward = true), /^1 the VM may forward/],
])("the VM: %s", (_, edit, text) => {
  const after: CloudStack = { edit: (stack) => edit(theOnly(stack, "google_compute_instance")) };
  expect(opened({}, after)).toEqual([expect.stringMatching(text)]);
});

test.each<[string, (vm: StackJson, script: string) => void]>([
  ["startup-script", (vm, script) => (vm.metadata["startup-script"] = script)],
  ["metadata_startup_script", (vm, script) => (vm.metadata_startup_script = script)],
])("another script in %s runs on the VM as root", (_, write) => {
  const [before, same, after] = ["a", "a", "b"].map((script): CloudStack => ({
    edit: (stack) => write(theOnly(stack, "google_compute_instance"), script),
  }));
  expect(opened(before, same)).toEqual([]);
  expect(opened(before, after)).toEqual([
    "2 metadata key that runs a script on the VM as root, or lets somebody log in (startup-script)",
  ]);
});

test("the app: the metadata server, and a privileged sidecar", () => {
  expect(opened({}, { declared: { metadataServerAccess: true } })).toEqual([
    expect.stringMatching(/^2 the app may ask the metadata server/),
  ]);
  const gcsfuse = { image: "ghcr.io/me/gcsfuse:1", privileged: true };
  expect(opened({}, { declared: { gcsfuse } })).toEqual([expect.stringMatching(/^2 gcsfuse's sidecar is privileged/)]);
});

test.each<[string, (bucket: StackJson) => void, RegExp]>([
  ["public access", (bucket) => (bucket.public_access_prevention = "inherited"), /^2 the bucket can be opened/],
  ["access by object", (bucket) => (bucket.uniform_bucket_level_access = false), /^2 single objects/],
  ["pages of any site", (bucket) => (bucket.cors = [{ origin: ["*"], method: ["GET"] }]), /^1 pages of any site/],
])("the bucket: %s", (_, edit, text) => {
  const after: CloudStack = { edit: (stack) => edit(theOnly(stack, "google_storage_bucket")) };
  expect(opened({}, after)).toEqual([expect.stringMatching(text)]);
});

const PUBLIC: [string, (scope: TerraformStack) => void][] = [
  [
    "a binding",
    (scope) =>
      new StorageBucketIamBinding(scope, "pub", {
        bucket: "b",
        role: "roles/storage.objectViewer",
        members: ["allUsers"],
      }),
  ],
  ["a list", (scope) => new StorageBucketAcl(scope, "pub", { bucket: "b", roleEntity: ["READER:allUsers"] })],
  ["a predefined list", (scope) => new StorageBucketAcl(scope, "pub", { bucket: "b", predefinedAcl: "publicRead" })],
  ["Google accounts", (scope) => new StorageBucketAcl(scope, "pub", { bucket: "b", defaultAcl: "authenticatedRead" })],
];

test.each(PUBLIC)("a bucket that everybody may read, by %s", (_, define) => {
  expect(opened({}, { define })).toEqual([
    expect.stringMatching(/^3 everybody may read the objects, on a bucket \(all(Authenticated)?Users, roles\/.*, b\)$/),
  ]);
});

test("rights: a wide one is more serious than a narrow one; the same one is not new", () => {
  const grant = (role: string) => (scope: TerraformStack) =>
    void new ProjectIamMember(scope, "more", { project: "p", role, member: "user:a@example.com" });
  const [wide, narrow] = ["roles/editor", "roles/logging.viewer"].map((role) => ({ define: grant(role) }));
  expect(opened({}, wide)).toEqual([
    "3 somebody may change nearly everything, on a project (user:a@example.com, roles/editor, p)",
  ]);
  expect(opened({}, narrow)).toEqual([
    "1 somebody may read logs, on a project (user:a@example.com, roles/logging.viewer, p)",
  ]);
  expect(opened(wide, wide)).toEqual([]);
});

test("a mount that was read-only and is not any longer: the account may write", () => {
  const mount = { path: "/srv/b", bucket: "other-files" };
  const base = [{ path: "/srv/app/uploads" }];
  const [before, after] = [true, false].map((readOnly) => ({ props: { mounts: [...base, { ...mount, readOnly }] } }));
  expect(opened(before, after)).toEqual([
    expect.stringMatching(
      /^1 the VM's service account may read, write and delete the objects, on a bucket \(.*other-files\)$/,
    ),
  ]);
});

test("a mount that is only read from now on opens nothing", () => {
  const mount = { path: "/srv/b", bucket: "other-files" };
  const base = [{ path: "/srv/app/uploads" }];
  const [before, after] = [false, true].map((readOnly) => ({ props: { mounts: [...base, { ...mount, readOnly }] } }));
  expect(opened(before, after)).toEqual([]);
});

test("a whole policy, known and unknown", () => {
  const policy = (data: string): CloudStack => ({
    edit: (stack) => (stack.resource.google_project_iam_policy = { all: { project: "p", policy_data: data } }),
  });
  const known = JSON.stringify({ bindings: [{ role: "roles/owner", members: ["user:a@example.com"] }] });
  expect(opened({}, policy(known))[0]).toMatch(/^3 somebody may do everything.*user:a@example.com, roles\/owner, p/);
  expect(opened({}, policy("${data.x.policy_data}"))).toHaveLength(1);
});

test.each<[string, string, object, string]>([
  [
    "a rule of a network's firewall policy",
    "google_compute_network_firewall_policy_rule",
    {
      action: "allow",
      direction: "INGRESS",
      match: { src_ip_ranges: ["0.0.0.0/0"], layer4_configs: [{ ip_protocol: "tcp", ports: ["22"] }] },
    },
    "3 a rule of a firewall policy lets anybody on the internet reach VMs (TCP 22, google_compute_network_firewall_policy_rule.x)",
  ],
  [
    "one of a folder's, for some",
    "google_compute_firewall_policy_rule",
    { action: "goto_next", match: [{ src_ip_ranges: ["10.0.0.0/8"], layer4_configs: [{ ip_protocol: "all" }] }] },
    "2 a rule of a firewall policy lets others reach VMs (every protocol, 10.0.0.0/8, google_compute_firewall_policy_rule.x)",
  ],
  [
    "a rule whose direction only Terraform knows",
    "google_compute_firewall",
    { network: "default", direction: "${var.x}", allow: [{ protocol: "tcp", ports: ["22"] }] },
    "3 SSH is open to anybody on the internet (TCP 22, google_compute_firewall.x)",
  ],
  [
    "a rule with a dynamic block",
    "google_compute_firewall",
    {
      network: "default",
      dynamic: { allow: { for_each: "${var.ports}", content: { protocol: "tcp", ports: ["${allow.value}"] } } },
    },
    "2 the VM can be reached by anybody on the internet (TCP ${allow.value}, google_compute_firewall.x)",
  ],
  [
    "SSH for all of IPv6",
    "google_compute_firewall",
    { network: "default", source_ranges: ["2000::/3"], allow: [{ protocol: "tcp", ports: ["22"] }] },
    "3 SSH is open to anybody on the internet (TCP 22, google_compute_firewall.x)",
  ],
])("%s", (_, type, values, expected) => {
  const [first] = opened({}, { edit: ({ resource }) => (resource[type] = { ...resource[type], x: values }) });
  expect(first).toBe(expected);
});

test.each([{ action: "deny" }, { action: "allow", direction: "EGRESS" }, { action: "allow", disabled: true }])(
  "no rule of a firewall policy that lets nobody in: %j",
  (values) => {
    const type = "google_compute_network_firewall_policy_rule";
    expect(opened({}, { edit: ({ resource }) => (resource[type] = { x: values }) })).toEqual([]);
  },
);

test("a deny rule whose direction only Terraform knows keeps nobody out", () => {
  const edit = (stack: StackJson) => (resourceNamed(stack, "google_compute_firewall", "deny").direction = "${var.x}");
  expect(opened({}, { edit })).toEqual([expect.stringMatching(/^3 no rule denies other traffic/)]);
});

test("a startup script beside the metadata", () => {
  const edit = (stack: StackJson) => (theOnly(stack, "google_compute_instance").metadata_startup_script = "x");
  expect(opened({}, { edit })).toEqual([expect.stringMatching(/^2 metadata key that runs a script.*startup-script/)]);
});

test("a key of a service account", () => {
  const define = (scope: TerraformStack) => void new ServiceAccountKey(scope, "key", { serviceAccountId: "x" });
  expect(opened({}, { define })).toEqual([expect.stringMatching(/^2 a key of a service account/)]);
});

test("the most serious comes first", () => {
  const after: CloudStack = { declared: { metadataServerAccess: true }, define: rule({}) };
  expect(change({}, after).exposures.map(({ severity }) => severity)).toEqual([3, 2]);
});

test("a new app: all that it opens is new", () => {
  const { exposures } = compareStacks({ resources: [] }, cloudStack());
  expect(exposures.map(({ text }) => text)).toEqual([
    "the VM can be reached by anybody on the internet",
    "the VM has an external address",
    ...["write logs, on a project", "write metrics, on a project"].map(
      (what) => `the VM's service account may ${what}`,
    ),
    "the VM's service account may read, write and delete the objects, on a bucket",
  ]);
});

test("what a reader of one stack should look at first: SSH that is open, and nothing with the defaults", () => {
  expect(notableExposures(cloudStack())).toEqual([]);
  expect(notableExposures(cloudStack({ define: rule({}) }))).toHaveLength(1);
});

test("an endpoint that a mount's files go to, or its access token comes from, when it is new or another", () => {
  const mounted = (gcsfuseConfig: object): CloudStack => ({
    declared: { mounts: [{ path: "/srv/a", bucket: "BUCKET", readOnly: false, gcsfuseConfig } as never] },
  });
  const endpoint = (host: string) => mounted({ "gcs-connection": { "custom-endpoint": `https://${host}` } });
  expect(opened({}, endpoint("one.example"))).toEqual([
    "2 a mount's files and the VM's access token go to an endpoint that is set (https://one.example, /srv/a)",
  ]);
  expect(opened(endpoint("one.example"), endpoint("two.example"))).toEqual([
    "2 a mount's files and the VM's access token go to an endpoint that is set (https://two.example, /srv/a)",
  ]);
  expect(opened(endpoint("one.example"), endpoint("one.example"))).toEqual([]);
  expect(opened(endpoint("one.example"), {})).toEqual([]);
  expect(opened({}, mounted({ "gcs-auth": { "token-url": "https://one.example/token" } }))).toEqual([
    "2 a mount's access token comes from an address that is set (https://one.example/token, /srv/a)",
  ]);
});

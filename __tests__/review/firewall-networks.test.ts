/** Which network a firewall rule is of, by all the ways in which a stack or a plan names one. */
import { appliesTo } from "../../lib/review/apps/applying-rules";
import { JsonObject } from "../../lib/review/read/json";
import { Resource } from "../../lib/review/read/stack";

const rule = (values: JsonObject): Resource => ({
  address: "google_compute_firewall.mine",
  type: "google_compute_firewall",
  values,
});
const vm = (network: JsonObject, values: JsonObject = {}): Resource => ({
  address: "google_compute_instance.app",
  type: "google_compute_instance",
  values: { project: "p", network_interface: [network], ...values },
});
const LINK = "https://www.googleapis.com/compute/v1/projects/host/global/networks/net";
const NETWORK = "${google_compute_network.net.id}";

test.each<[string, JsonObject, Resource, string]>([
  ["the same name in one project", { network: "net", project: "p" }, vm({ network: "net" }), "yes"],
  ["another name", { network: "other", project: "p" }, vm({ network: "net" }), "no"],
  ["the same name in another project", { network: "net", project: "q" }, vm({ network: "net" }), "no"],
  ["a project that only Terraform knows", { network: "net", project: "${var.p}" }, vm({ network: "net" }), "maybe"],
  ["a link, and the name in its project", { network: LINK }, vm({ network: "net" }, { project: "host" }), "yes"],
  ["two links to one", { network: LINK }, vm({ network: "projects/host/global/networks/net" }), "yes"],
  ["a link to another project's", { network: LINK }, vm({ network: "net" }), "no"],
  ["one reference", { network: NETWORK }, vm({ network: NETWORK }), "yes"],
  ["two references to one", { network: NETWORK }, vm({ network: "${google_compute_network.net.self_link}" }), "yes"],
  [
    "its name, of two projects",
    { network: "${google_compute_network.net.name}", project: "q" },
    vm({ network: "${google_compute_network.net.name}" }),
    "maybe",
  ],
  ["another reference", { network: NETWORK }, vm({ network: "${google_compute_network.other.id}" }), "maybe"],
  ["a variable", { network: "${var.network}" }, vm({ network: "net" }), "maybe"],
  [
    "a subnetwork of the rule's project",
    { network: "net", project: "host" },
    vm({ subnetwork: "s", subnetwork_project: "host" }),
    "yes",
  ],
  [
    "a subnetwork of another project",
    { network: "net", project: "p" },
    vm({ subnetwork: "s", subnetwork_project: "host" }),
    "maybe",
  ],
])("%s", (_, ruleValues, machine, applies) => {
  expect(appliesTo(rule(ruleValues), machine, undefined, [])).toBe(applies);
});

test.each<[string, JsonObject, JsonObject, string]>([
  ["a tag of the VM's", { target_tags: ["web"] }, { tags: ["web"] }, "yes"],
  ["another tag", { target_tags: ["db"] }, { tags: ["web"] }, "no"],
  ["a tag, where the VM has none", { target_tags: ["db"] }, {}, "no"],
  [
    "an account's address",
    { target_service_accounts: ["a@p.iam"] },
    { service_account: [{ email: "a@p.iam" }] },
    "yes",
  ],
  ["another's address", { target_service_accounts: ["b@p.iam"] }, { service_account: [{ email: "a@p.iam" }] }, "no"],
  ["another's, where the VM's own is not known", { target_service_accounts: ["b@p.iam"] }, {}, "maybe"],
  ["a reference", { target_service_accounts: ["${var.a}"] }, { service_account: [{ email: "a@p.iam" }] }, "maybe"],
])("for %s", (_, ruleValues, vmValues, applies) => {
  const machine = vm({ network: "net" }, vmValues);
  expect(appliesTo(rule({ network: "net", project: "p", ...ruleValues }), machine, undefined, [])).toBe(applies);
});

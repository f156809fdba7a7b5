/** Which firewall rules of a stack count for an app's VM. */
import { ComputeFirewall } from "@cdktf/provider-google/lib/compute-firewall";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { TerraformStack } from "cdktf";
import { appsOf } from "../../lib/review/apps/apps";
import { change, CloudStack, cloudStack, resourceNamed, theOnly } from "../support/review";

const opened = (after: CloudStack, before: CloudStack = {}) => change(before, after).exposures.map(({ text }) => text);

const SSH = "SSH is open to anybody on the internet";
const ssh =
  (values: object): CloudStack["define"] =>
  (scope) =>
    void new ComputeFirewall(scope, "mine", {
      name: "mine",
      network: "default",
      priority: 900,
      allow: [{ protocol: "tcp", ports: ["22"] }],
      sourceRanges: ["0.0.0.0/0"],
      ...values,
    });

const { values: account } = cloudStack().resources.find(({ type }) => type === "google_service_account")!;
const ownAddress = `${account.account_id}@${account.project}.iam.gserviceaccount.com`;

test.each([
  ["the account's address as text", [ownAddress]],
  ["a variable", ["${var.accounts}"]],
  ["a data source", ["${data.google_service_account.x.email}"]],
])("SSH opened for an account by %s", (_, targetServiceAccounts) => {
  expect(opened({ define: ssh({ targetServiceAccounts }) })).toEqual([SSH]);
});

test("another account, as text or by reference, is another VM's", () => {
  expect(
    opened({ define: ssh({ targetServiceAccounts: [`other@${account.project}.iam.gserviceaccount.com`] }) }),
  ).toEqual([]);
  expect(
    opened({ define: ssh({ targetServiceAccounts: [`${account.account_id}@other.iam.gserviceaccount.com`] }) }),
  ).toEqual([]);
  const another = (scope: TerraformStack) => {
    const { email } = new ServiceAccount(scope, "other", { accountId: "other-vm" });
    ssh({ targetServiceAccounts: [email] })!(scope);
  };
  expect(opened({ define: another })).toEqual([]);
});

test("where the stack does not say the account's project, its ID decides", () => {
  const edit: CloudStack["edit"] = (stack) => (theOnly(stack, "google_service_account").project = "${var.project}");
  expect(opened({ edit, define: ssh({ targetServiceAccounts: [ownAddress] }) }, { edit })).toEqual([SSH]);
});

test("a tag that only Terraform knows may be the VM's", () => {
  const props = { network: { networkTags: ["web"] } };
  expect(opened({ props, define: ssh({ targetTags: ["${var.tag}"] }) }, { props })).toEqual([SSH]);
});

test("what is granted to the account's address as text is the app's", () => {
  const member = `serviceAccount:${ownAddress}`;
  const edit: CloudStack["edit"] = (stack) =>
    (stack.resource.google_project_iam_member.more = { project: "p", role: "roles/viewer", member });
  expect(appsOf(cloudStack({ edit }))[0].grants).toContainEqual(expect.objectContaining({ member }));
});

test.each([
  [64999, [SSH]],
  [65000, []],
  [65533, []],
  [65534, []],
])("a rule with priority %d, where 65000 denies everything", (priority, texts) => {
  const deny: CloudStack["edit"] = (stack) =>
    (resourceNamed(stack, "google_compute_firewall", "deny").priority = 65000);
  expect(opened({ edit: deny, define: ssh({ priority }) }, { edit: deny })).toEqual(texts);
});

test("a rule that denies IPv4 traffic beats none for IPv6 addresses", () => {
  expect(opened({ define: ssh({ priority: 65534, sourceRanges: ["::/0"] }) })).toEqual([SSH]);
});

test("what a rule let in that was beaten is open once nothing denies it", () => {
  const define = ssh({ priority: 65534 });
  const edit: CloudStack["edit"] = (stack) => (resourceNamed(stack, "google_compute_firewall", "deny").disabled = true);
  expect(opened({ define, edit }, { define })).toEqual([
    expect.stringMatching(/^SSH/),
    expect.stringMatching(/^no rule/),
  ]);
});

test.each<[string, object]>([
  ["for an account that only Terraform knows", { target_service_accounts: ["${var.account}"] }],
  ["for IPv6 addresses alone", { source_ranges: ["::/0"] }],
  ["that only Terraform knows to be on", { disabled: "${var.off}" }],
])("a rule %s does not deny everything else", (_, values) => {
  const edit: CloudStack["edit"] = (stack) =>
    Object.assign(resourceNamed(stack, "google_compute_firewall", "deny"), values);
  expect(opened({ edit })).toEqual([expect.stringMatching(/^no rule denies other traffic/)]);
});

/** Stacks that are rarer: what is not there, what only Terraform knows, what somebody else has written. */
import { compareStacks } from "../../lib/review/changes/compare";
import { markdown } from "../../lib/review/format/markdown";
import { newOpenings } from "../../lib/review/apps/openings";
import { readStack } from "../../lib/review/read/read-stack";
import { mentions } from "../../lib/review/read/references";
import { stackPage } from "../../lib/review/page/stack-page";
import { change, CloudStack, cloudStack, resourceNamed, StackJson, theOnly } from "../support/review";

const page = (options?: CloudStack) => markdown(stackPage(cloudStack(options), "cloud"));
const vm = (edit: (values: StackJson) => void): CloudStack => ({
  edit: (stack) => edit(theOnly(stack, "google_compute_instance")),
});
const bucket = (values: object): CloudStack => ({
  edit: (stack) => Object.assign(theOnly(stack, "google_storage_bucket"), values),
});

test("a VM of somebody else is no app", () => {
  const edit: CloudStack["edit"] = ({ resource }) =>
    (resource.google_compute_instance.other = { name: "other", metadata: { "user-data": "#cloud-config" } });
  expect(page({ edit })).toContain("| `google_compute_instance` | `google_compute_instance.other` |");
});

test("a VM with a service account that is not in the stack, or with none", () => {
  const outside = vm((values) => (values.service_account = { email: "a@b.example", scopes: ["logging-write"] }));
  expect(page(outside)).toContain("`a@b.example`, which is not in this stack");
  expect(page(outside)).toContain("The VM's scopes narrow what the roles allow: `logging-write`.");
  expect(page(vm((values) => delete values.service_account))).toContain(
    "`of the project&#39;s default`".replace(/&#39;/, "'"),
  );
});

test("a grant by the account's e-mail is the app's, with its condition", () => {
  const edit: CloudStack["edit"] = (stack) => {
    theOnly(stack, "google_compute_instance").service_account.email = "a@b.example";
    stack.resource.google_project_iam_member.mine = {
      project: "p",
      role: "roles/secretmanager.secretAccessor",
      member: "serviceAccount:a@b.example",
      condition: { expression: "request.time < x" },
    };
  };
  expect(page({ edit })).toContain("`roles/secretmanager.secretAccessor`, if `request.time < x` |");
});

test("rules by tag, and a network by its full name", () => {
  const props = { network: { networkTags: ["web"] } };
  const edit: CloudStack["edit"] = (stack) => {
    stack.resource.google_compute_firewall.mine = {
      network: "projects/demo-project-123/global/networks/default",
      source_ranges: ["198.51.100.0/24", "203.0.113.0/24"],
      target_tags: ["web"],
      allow: [{ protocol: "icmp" }, { protocol: "tcp", ports: ["9000"] }],
    };
  };
  const text = page({ props, edit });
  expect(text).toContain(
    "| `198.51.100.0/24`, `203.0.113.0/24` | `ICMP, all ports` | the VM; the app publishes nothing there |",
  );
  expect(text).toContain("Its network tags: `web`.");
});

test("many sources are cut in the picture only", () => {
  const ranges = [1, 2, 3, 4, 5].map((n) => `203.0.113.${n}/32`);
  const text = page({ props: { network: { sourceRanges: ranges } } });
  expect(text).toContain("and 2 more");
  expect(text).toContain(ranges.map((range) => `\`${range}\``).join(", "));
});

test("no rule that denies the rest: the page says what that means", () => {
  const edit: CloudStack["edit"] = (stack) => (resourceNamed(stack, "google_compute_firewall", "deny").disabled = true);
  expect(page({ edit })).toContain("No rule denies the rest");
});

test("an address that the VM takes from elsewhere", () => {
  const taken = (nat_ip?: string) => vm((values) => (values.network_interface[0].access_config = [{ nat_ip }]));
  expect(page(taken("203.0.113.9"))).toContain("- The VM has an external address.");
  const { apps } = change(taken("203.0.113.9"), taken("203.0.113.10"));
  expect(apps[0].changes).toMatchObject([
    { what: "external address", before: "203.0.113.9", after: "203.0.113.10", effect: "address changes" },
  ]);
  const tier = vm((values) => (values.network_interface[0].access_config[0].public_ptr_domain_name = "a.example"));
  expect(change({}, tier).apps[0].changes).toMatchObject([{ name: "public_ptr_domain_name", effect: "nothing" }]);
});

test("soft delete and versions that only Terraform knows, and versions without end", () => {
  const unknown = bucket({ soft_delete_policy: { retention_duration_seconds: "${var.s}" } });
  expect(page(unknown)).toContain("only Terraform knows");
  expect([...change({}, unknown).effects]).toEqual(["data could be lost"]);
  expect([...change(unknown, {}).effects]).toEqual(["nothing"]);
  expect(page(bucket({ lifecycle_rule: [] }))).toContain("is kept as an old version, without end.");
  expect([...change(bucket({ lifecycle_rule: [] }), {}).effects]).toEqual(["data could be lost"]);
  expect([...change({}, bucket({ soft_delete_policy: { retention_duration_seconds: 100 } })).effects]).toEqual([
    "data could be lost",
  ]);
});

test("a shorter and a longer retention policy; a bucket without soft delete's setting has Google's seven days", () => {
  const policy = (days: number) => bucket({ retention_policy: { retention_period: days * 86400 } });
  expect([...change(policy(2), policy(1)).effects]).toEqual(["data could be lost"]);
  expect([...change(policy(1), policy(2)).effects]).toEqual(["nothing"]);
  expect(page(bucket({ soft_delete_policy: undefined }))).toContain("restored for `7 days` more");
});

test("noncurrent versions of a bucket that kept none are nothing that could be lost", () => {
  const none = bucket({ versioning: { enabled: false }, lifecycle_rule: [] });
  expect([...change(none, {}).effects]).toEqual(["nothing"]);
});

test("a destroyed bucket says whether its files go with it", () => {
  const notes = (stack: CloudStack) =>
    compareStacks(cloudStack(stack), { resources: [] }).apps[0].changes.flatMap(({ note }) => note ?? []);
  expect(notes({})).toContainEqual(expect.stringMatching(/^destroyed: the deployment fails if it has files/));
  expect(notes(bucket({ force_destroy: true }))).toContain("destroyed: all files in it are deleted");
});

test("the declaration's version, and one that cannot be read any longer", () => {
  const { apps } = change({}, { declared: { schemaVersion: 2 as never } });
  expect(apps[0].changes).toMatchObject([{ what: "version of the declaration", before: 1, after: 2 }]);
  const broken: CloudStack = { edit: (stack) => (stack.locals = {}) };
  expect(change({}, broken).apps[0].changes[0]).toMatchObject({ note: "it cannot be read any longer" });
  expect(change(broken, broken).apps[0].changes).toEqual([]);
});

test("what is not in a declaration counts as empty", () => {
  const bare: CloudStack = {
    edit: (stack) => {
      const [name] = Object.keys(stack.locals);
      stack.locals[name] = { schemaVersion: 1, image: "x" };
    },
  };
  expect(page(bare)).toContain("Environment variables: none but those of the image.");
  expect(
    page({
      declared: { user: "1:1", mounts: [{ path: "/a", bucket: "b", readOnly: false, gid: 5, gcsfuseConfig: {} }] },
    }),
  ).toContain("the app&#39;s user".replace(/&#39;/, "'"));
});

test("ports that a change moves, adds and removes", () => {
  const port = (hostPort: number, hostAddress?: string) => ({
    containerPort: 80,
    hostPort,
    hostAddress,
    protocol: "tcp" as const,
  });
  const { apps } = change(
    { declared: { ports: [port(80), port(81)] } },
    { declared: { ports: [port(80), port(82, "10.0.0.1"), port(83)] } },
  );
  expect(apps[0].changes.map(({ before, after }) => [before, after])).toEqual([
    ["81:80/tcp", "10.0.0.1:82:80/tcp"],
    [undefined, "83:80/tcp"],
  ]);
});

test("openings: all protocols, all ports, and ports that only Terraform knows", () => {
  const opening = (protocol: string, ...ports: string[]) => ({ rule: "r", sources: ["10.0.0.0/8"], protocol, ports });
  expect(newOpenings([opening("all")], [opening("tcp", "80"), opening("udp")])).toEqual([]);
  expect(newOpenings([opening("tcp", "0-65535")], [opening("tcp")])).toEqual([]);
  expect(newOpenings([opening("tcp", "80")], [opening("tcp")])).toEqual([opening("tcp")]);
  expect(newOpenings([opening("tcp", "${var.a}")], [opening("tcp", "${var.a}", "${var.b}")])).toEqual([
    opening("tcp", "${var.b}"),
  ]);
});

test("a rule of the bucket without condition, or without any, deletes everything", () => {
  for (const condition of [undefined, {}, { age: 0 }]) {
    const after = bucket({ lifecycle_rule: [{ action: { type: "Delete" }, condition }] });
    expect([...change({}, after).effects]).toEqual(["data could be lost"]);
    expect(page(after)).toContain("What would ever delete the files");
  }
});

test("what the declaration opens is said", () => {
  const text = page({
    declared: { metadataServerAccess: true, gcsfuse: { image: "ghcr.io/me/fuse:1", privileged: true }, args: ["a"] },
  });
  expect(text).toContain("open to the app, which may so act as the machine");
  expect(text).toMatch(/`ghcr\.io\/me\/fuse:1`: .*; it is privileged/);
});

test("a stack without resources is a stack", () => {
  expect(markdown(stackPage(readStack('{"terraform": {}}', "x"), "x"))).toContain("Review of `x`");
});

test("a provisioner of somebody else, with several commands or none", () => {
  const edit: CloudStack["edit"] = ({ resource }) => {
    resource.terraform_data = {
      mine: { provisioner: [{ file: { source: "a" } }, { "remote-exec": { inline: ["ls", "id"] } }] },
    };
  };
  expect(page({ edit })).toContain("`ls; id`");
});

test("a text that only looks like an address refers to nothing", () => {
  const address = "google_storage_bucket.mine";
  for (const text of [address, `${address}.name`, `a.${address}`, `\${${address}2.name}`, `\${x.${address}.name}`]) {
    expect(mentions(text, address)).toBe(false);
  }
  expect(mentions(`\${${address}.name}`, address)).toBe(true);
  expect(mentions(`\${${address}`, address)).toBe(true);
});

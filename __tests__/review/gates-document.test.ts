/** What a stack says beside its resources: variables, local values, data sources, providers, modules. */
import { change, CloudStack, gatesOf, StackJson, theOnly, withResource } from "../support/review";

const edited = (...edits: ((stack: StackJson) => void)[]): CloudStack => ({
  edit: (stack) => edits.forEach((edit) => edit(stack)),
});
const section = (name: string, content: unknown) => (stack: StackJson) =>
  (stack[name] = name in stack ? { ...stack[name], ...(content as object) } : content);
const firewall = (values: object) => (stack: StackJson) =>
  (stack.resource.google_compute_firewall.mine = {
    network: "default",
    priority: 900,
    allow: [{ protocol: "tcp", ports: ["22"] }],
    ...values,
  });
const bucket = (values: object) => (stack: StackJson) => Object.assign(theOnly(stack, "google_storage_bucket"), values);

test("a comment of cdktf is no change", () => {
  expect(gatesOf({}, edited(section("//", { metadata: "x" })))).toEqual([]);
});

test("another default of a variable that a rule takes its sources from", () => {
  const ranges = (range: string) =>
    edited(section("variable", { ranges: { default: [range] } }), firewall({ source_ranges: "${var.ranges}" }));
  const { exposures } = change(ranges("10.0.0.0/8"), ranges("0.0.0.0/0"));
  expect(exposures.map(({ text }) => text)).toContain("SSH is open to anybody on the internet");
  expect(gatesOf(ranges("10.0.0.0/8"), ranges("10.1.0.0/16"))).toEqual(["change"]);
});

test("another local value that a rule takes its sources from", () => {
  const ranges = (range: string) =>
    edited(section("locals", { ranges: [range] }), firewall({ source_ranges: "${local.ranges}" }));
  const { exposures } = change(ranges("10.0.0.0/8"), ranges("0.0.0.0/0"));
  expect(exposures.map(({ text }) => text)).toContain("SSH is open to anybody on the internet");
});

test("a value that is written by a function of a variable that changes cannot be judged, and counts", () => {
  const ranges = (range: string) =>
    edited(section("variable", { r: { default: range } }), firewall({ source_ranges: ["${trimspace(var.r)}"] }));
  expect(change(ranges("a"), ranges("b")).exposures).toMatchObject([
    { text: expect.stringMatching(/^refers to what changes/), values: ["google_compute_firewall.mine", "var.r"] },
  ]);
});

test("a sensitive variable's default is not shown", () => {
  const named = (name: string) =>
    edited(section("variable", { n: { default: name, sensitive: true } }), bucket({ name: "${var.n}" }));
  const comparison = change(named("secret-one"), named("secret-two"));
  expect(comparison.effects).toContain("data could be lost");
  expect(JSON.stringify([comparison.apps, comparison.others, comparison.exposures])).not.toContain("secret-");
});

test("force_destroy by a variable whose default changes", () => {
  const forced = (value: boolean) =>
    edited(section("variable", { force: { default: value } }), bucket({ force_destroy: "${var.force}" }));
  expect(gatesOf(forced(false), forced(true))).toContain("data-loss");
});

test("an image by a variable whose default changes: the change is the app's", () => {
  const image = (tag: string) =>
    edited(section("variable", { image: { default: `ghcr.io/me/gallery:${tag}` } }), (stack) => {
      const [declaration] = Object.values<StackJson>(stack.locals);
      declaration.image = '${join("", [var.image])}';
    });
  const { apps, effects } = change(image("1"), image("2"));
  expect([...effects].filter((effect) => effect !== "nothing")).toEqual(["app restarts"]);
  expect(apps[0].changes).toMatchObject([{ before: "ghcr.io/me/gallery:1", after: "ghcr.io/me/gallery:2" }]);
});

test("a policy of IAM in a data source: another member is a new grant", () => {
  const policy = (member: string) =>
    edited(
      section("data", { google_iam_policy: { all: { binding: [{ role: "roles/owner", members: [member] }] } } }),
      ({ resource }) =>
        (resource.google_project_iam_policy = {
          all: { project: "p", policy_data: "${data.google_iam_policy.all.policy_data}" },
        }),
    );
  expect(change(policy("user:a@example.com"), policy("user:b@example.com")).exposures).toMatchObject([
    { severity: 3, values: ["user:b@example.com", "roles/owner", "p"] },
  ]);
});

test("a data source that cannot be followed", () => {
  const emails = (name: string) =>
    edited(section("data", { google_service_account: { x: { account_id: name } } }), ({ resource }) => {
      resource.google_project_iam_member.mine = {
        project: "p",
        role: "roles/viewer",
        member: "${data.google_service_account.x.member}",
      };
    });
  expect(gatesOf(emails("a"), emails("b"))).toContain("exposure");
});

test.each<[string, (stack: StackJson) => void]>([
  ["a module", section("module", { x: { source: "./x" } })],
  ["the settings of a provider", (stack) => (stack.provider.google[0].project = "another")],
  ["where the state is", (stack) => (stack.terraform.backend = { gcs: { bucket: "another" } })],
  ["the source of a provider", (stack) => (stack.terraform.required_providers.google.source = "evil/google")],
  ["what leaves the state", section("removed", [{ from: "google_storage_bucket.x" }])],
  ["what moves in the state", section("moved", [{ from: "google_storage_bucket.x", to: "google_storage_bucket.y" }])],
  ["a section that is not known", section("check", { x: {} })],
  ["a data source that is not known", section("data", { http: { x: { url: "https://a.example" } } })],
])("%s: exposure that cannot be judged", (_, edit) => {
  expect(gatesOf({}, edited(edit))).toEqual(expect.arrayContaining(["exposure", "change"]));
});

test("a module that changes, and what moves in the state, may lose data", () => {
  const module = (version: string) => edited(section("module", { x: { source: "x", version } }));
  expect(gatesOf(module("1"), module("2"))).toEqual(expect.arrayContaining(["data-loss", "replace"]));
  expect(gatesOf({}, edited(section("removed", [{ from: "a.b" }])))).toContain("data-loss");
});

test("another project of the provider: what has none of its own may be created anew elsewhere", () => {
  const of = (project: string) =>
    edited(
      (stack) => (stack.provider.google[0].project = project),
      (stack) => delete theOnly(stack, "google_storage_bucket").project,
    );
  expect(gatesOf(of("one"), of("two"))).toContain("data-loss");
});

test("the version of a provider, an output, and what orders resources: changes, and no more", () => {
  expect(
    gatesOf(
      {},
      edited((stack) => (stack.terraform.required_providers.google.version = "6.51.0")),
    ),
  ).toEqual(["change"]);
  expect(gatesOf({}, edited(section("output", { x: { value: "1" } })))).toEqual(["change"]);
  expect(gatesOf({}, edited(bucket({ depends_on: ["a.b"] })))).toEqual(["change"]);
});

test("a program that a data source runs", () => {
  const runs = (...program: string[]) => edited(section("data", { external: { x: { program } } }));
  expect(change({}, runs("sh", "-c", "id")).exposures).toMatchObject([
    { text: "a deployment runs a command on the computer that deploys", values: ["sh -c id", "data.external.x"] },
  ]);
  expect(gatesOf(runs("a"), runs("b"))).toContain("exposure");
  expect(gatesOf(runs("a"), runs("a"))).toEqual([]);
});

test("values that refer to each other in a circle are left as they are", () => {
  const circle = edited(section("locals", { a: "${local.b}", b: "${local.a}" }), bucket({ location: "${local.a}" }));
  expect(gatesOf(circle, circle)).toEqual([]);
});

test.each<[string, (stack: StackJson) => void, string]>([
  ["a bucket", bucket({ count: 0 }), "data-loss"],
  ["a bucket for each of nothing", bucket({ for_each: {} }), "data-loss"],
  ["a bucket as often as a variable says", bucket({ count: "${var.n}" }), "data-loss"],
  ["the VM", (stack) => (theOnly(stack, "google_compute_instance").count = 0), "replace"],
  ["the VM by a variable", (stack) => (theOnly(stack, "google_compute_instance").count = "${var.n}"), "replace"],
])("none of it any longer: %s", (_, edit, gate) => {
  expect(gatesOf({}, edited(edit))).toContain(gate);
});

test("one more of it loses nothing", () => {
  expect(gatesOf(edited(bucket({ count: 1 })), edited(bucket({ count: 2 })))).not.toContain("data-loss");
});

test("a rule or a grant that was there no time, and is", () => {
  const rule = (count: unknown) => edited(firewall({ source_ranges: ["0.0.0.0/0"], count }));
  expect(gatesOf(rule(0), rule(1))).toContain("exposure");
  expect(gatesOf(rule("${var.n}"), rule("${var.m}"))).toContain("exposure");
  const grant = (count: number) =>
    withResource("google_project_iam_member", { project: "p", role: "roles/viewer", member: "user:a", count });
  expect(gatesOf(grant(0), grant(1))).toContain("exposure");
});

test.each([0, "${0}", "${var.n}"])("the rule that denies the rest, %s times", (count) => {
  const edit = edited(({ resource }) => {
    const [deny] = Object.entries<StackJson>(resource.google_compute_firewall).find(([id]) => id.includes("deny"))!;
    resource.google_compute_firewall[deny].count = count;
  });
  expect(change({}, edit).exposures.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^no rule denies/));
});

test("a rule for each of other values", () => {
  const rule = (range: string) => edited(firewall({ for_each: { a: range }, source_ranges: ["${each.value}"] }));
  expect(gatesOf(rule("10.0.0.0/8"), rule("0.0.0.0/0"))).toContain("exposure");
});

test("another provider of a resource may create it elsewhere", () => {
  const machine = (stack: StackJson) => (theOnly(stack, "google_compute_instance").provider = "google.other");
  expect(gatesOf({}, edited(bucket({ provider: "google.other" })))).toEqual(
    expect.arrayContaining(["data-loss", "exposure"]),
  );
  expect(gatesOf({}, edited(machine))).toEqual(expect.arrayContaining(["replace", "exposure"]));
});

test("what is replaced with something else that changes", () => {
  const triggered = (input: string) =>
    edited(bucket({ lifecycle: { replace_triggered_by: ["terraform_data.mine"] } }), ({ resource }) => {
      resource.terraform_data.mine = { input };
    });
  expect(gatesOf(triggered("a"), triggered("b"))).toContain("data-loss");
  expect(gatesOf(triggered("a"), triggered("a"))).toEqual([]);
});

test.each(["constructor", "__proto__"])("a type called %s is one that is not known", (type) => {
  const edit: CloudStack["edit"] = (stack) =>
    Object.defineProperty(stack.resource, type, { value: { x: { a: 1 } }, enumerable: true });
  expect(gatesOf({}, { edit })).toContain("exposure");
  expect(gatesOf({ edit }, {})).toContain("data-loss");
});

test("the state's file is the same in another folder, and another one under another name", () => {
  const stateAt = (path: string): CloudStack => ({
    edit: (stack) => (stack.terraform.backend = { local: { path } }),
  });
  expect(gatesOf(stateAt("/before/terraform.tfstate"), stateAt("/after/terraform.tfstate"))).toEqual([]);
  expect(gatesOf(stateAt("/a/one.tfstate"), stateAt("/a/other.tfstate"))).not.toEqual([]);
});

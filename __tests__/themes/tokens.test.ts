import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { Lazy, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { ContainerImage, GcsBackedContainerApp, GcsBackedContainerAppProps, Secret, StorageClass } from "../../lib";
import { declarationOf } from "../support/declaration";
import { addresses, newStack, only, ready, simplest, Synthesized, synthesized } from "../support/synthesize";

/** An unresolved token, of a variable of the stack. */
type Variable = (name: string) => string;

function synthesizeWithTokens(props: (variable: Variable) => Partial<GcsBackedContainerAppProps>): Synthesized {
  const stack = newStack();
  const variable = (name: string) => new TerraformVariable(stack, name, {}).stringValue;
  new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props(variable) });
  return synthesized(stack);
}

const EVERY_STRING: [string, (variable: Variable) => Partial<GcsBackedContainerAppProps>][] = [
  ["project", (v) => ({ project: v("value") })],
  ["project, with an image that is built", (v) => ({ ...simplest(), project: v("value") })],
  ["zone", (v) => ({ zone: v("value") })],
  ["zone, with an image that is built", (v) => ({ ...simplest(), zone: v("value") })],
  ["name", (v) => ({ name: v("value") })],
  ["name, with an image that is built", (v) => ({ ...simplest(), name: v("value") })],
  ["image", (v) => ({ image: ContainerImage.fromRegistry(v("value")) })],
  ["gcsfuse image", (v) => ({ gcsfuse: { image: ContainerImage.fromRegistry(v("value")) } })],
  ["existingBucket", (v) => ({ existingBucket: v("value") })],
  ["bucketOptions.name", (v) => ({ bucketOptions: { name: v("value") } })],
  ["bucketOptions.location", (v) => ({ bucketOptions: { location: v("value") } })],
  ["bucketOptions.storageClass", (v) => ({ bucketOptions: { storageClass: v("value") as StorageClass } })],
  ["label", (v) => ({ labels: { team: v("value") } })],
  ["environment value", (v) => ({ environment: { A: v("value") } })],
  ["environment name", (v) => ({ environment: { [v("value")]: "a" } })],
  ["entrypoint", (v) => ({ entrypoint: [v("value")] })],
  ["args", (v) => ({ args: [v("value")] })],
  ["user", (v) => ({ user: v("value") })],
  ["mount path", (v) => ({ mounts: [{ path: v("value") }] })],
  ["mount bucket", (v) => ({ mounts: [{ path: "/data", bucket: v("value") }] })],
  ["mount prefix", (v) => ({ mounts: [{ path: "/data", prefix: v("value") }] })],
  ["mount fileMode", (v) => ({ mounts: [{ path: "/data", fileMode: v("value") }] })],
  ["mount dirMode", (v) => ({ mounts: [{ path: "/data", dirMode: v("value") }] })],
  ["mount customEndpoint", (v) => ({ mounts: [{ path: "/data", customEndpoint: v("value") }] })],
  ["gcsfuseConfig", (v) => ({ mounts: [{ path: "/data", gcsfuseConfig: { "app-name": v("value") } }] })],
  ["network", (v) => ({ network: { network: v("value") } })],
  ["subnetwork", (v) => ({ network: { network: "own", subnetwork: v("value") } })],
  ["networkProject", (v) => ({ network: { networkProject: v("value"), network: "own", subnetwork: "shared" } })],
  ["sourceRanges", (v) => ({ network: { sourceRanges: [v("value")] } })],
  ["networkTags", (v) => ({ network: { networkTags: [v("value")] } })],
  ["https domain", (v) => ({ https: { domains: [v("value")] } })],
  ["https health check's path", (v) => ({ https: { domains: ["a.example.com"], healthCheck: { path: v("value") } } })],
  ["https maintenancePage", (v) => ({ https: { domains: ["a.example.com"], maintenancePage: v("value") } })],
  ["https email", (v) => ({ https: { domains: ["a.example.com"], email: v("value") } })],
  ["https dnsZone", (v) => ({ https: { domains: ["a.example.com"], dnsZone: v("value") } })],
  ["https acmeServer", (v) => ({ https: { domains: ["a.example.com"], acmeServer: v("value") } })],
  [
    "https acmeServerCertificate",
    (v) => ({ https: { domains: ["a.example.com"], acmeServer: "https://a.b/c", acmeServerCertificate: v("value") } }),
  ],
  ["https image", (v) => ({ https: { domains: ["a.example.com"], image: ContainerImage.fromRegistry(v("value")) } })],
  ["machineType", (v) => ({ machine: { machineType: v("value") } })],
  ["bootImage", (v) => ({ machine: { bootImage: v("value") } })],
  ["bootDiskType", (v) => ({ machine: { bootDiskType: v("value") } })],
  ["metadata value", (v) => ({ machine: { metadata: { a: v("value") } } })],
];

describe("an unresolved token is accepted, and reaches what is deployed", () => {
  test.each(EVERY_STRING)("%s", (_, props) => {
    const json = JSON.stringify(synthesizeWithTokens(props), (key, value) =>
      key === "precondition" ? undefined : value,
    );
    expect(json).toContain("var.value");
    expect(json).not.toMatch(/TfToken|TOKEN\[/);
  });
});

/** What has quotes in Terraform's language wherever it is in an expression. */
test.each([
  ...EVERY_STRING,
  ["path of a disk", (v) => ({ disks: [{ path: v("value"), name: "data", sizeGb: 10 }] })],
  ["name of a secret", (v) => ({ secrets: { S: Secret.fromSecretManager(v("value"), { version: "1" }) } })],
] as typeof EVERY_STRING)("a text that is known at the end of the synthesis is no expression: %s", (_, props) => {
  const text = "some.text";
  const stack = newStack();
  const lazy = () => Lazy.stringValue({ produce: () => text });
  new GcsBackedContainerApp(stack, "gallery", { ...ready(), ...props(lazy) });
  const json = JSON.stringify(synthesized(stack), (key, value) => (key === "error_message" ? undefined : value));
  expect(json).toContain(text);
  expect(json).not.toMatch(/(\$\{|[[(,=?:] ?)some\.text/);
});

/** Of one app: what all apps of a project and region share is named after those. */
const ownAddresses = (stack: Synthesized) => addresses(stack).filter((address) => !/\.apis-/.test(address));

test("every resource's address is the same with tokens as without", () => {
  const literal = newStack();
  new GcsBackedContainerApp(literal, "gallery", simplest());
  const tokens = synthesizeWithTokens((v) => ({
    ...simplest(),
    gcsfuse: undefined,
    project: v("project"),
    zone: v("zone"),
    name: v("name"),
  }));
  expect(ownAddresses(tokens)).toEqual(ownAddresses(synthesized(literal)));
});

test("two buckets whose names are unresolved tokens get a grant each", () => {
  const stack = synthesizeWithTokens((v) => ({
    mounts: [
      { path: "/a", bucket: v("one") },
      { path: "/b", bucket: v("two") },
    ],
  }));
  const members = Object.values(stack.resource.google_storage_bucket_iam_member);
  expect(members.map(({ bucket }) => bucket)).toEqual(["${var.one}", "${var.two}"]);
});

describe("the grant of a bucket whose name is an unresolved token", () => {
  /** Address of each grant by the bucket, of an app with mounts of these buckets in this order. */
  function grants(...names: ("own" | "foreign" | "variable")[]): { [bucket: string]: string } {
    const app = Testing.app();
    const stack = newStack("cloud", app);
    const bucketOf = (scope: TerraformStack) => new StorageBucket(scope, "media", { name: "media", location: "EU" });
    const own = bucketOf(stack);
    const foreign = bucketOf(newStack("other", app));
    const { stringValue: variable } = new TerraformVariable(stack, "variable", {});
    const buckets = { own: () => own.name, foreign: () => foreign.name, variable: () => variable };
    new GcsBackedContainerApp(stack, "gallery", {
      ...ready(),
      mounts: names.map((name, index) => ({ path: `/srv/${index}`, bucket: buckets[name](), readOnly: true })),
    });
    // The whole app, since cdktf resolves references to other stacks only then.
    app.node.root.node.findAll().forEach((node) => node instanceof TerraformStack && node.prepareStack());
    const members = synthesized(stack).resource.google_storage_bucket_iam_member;
    return Object.fromEntries(Object.entries(members).map(([address, { bucket }]) => [bucket, address]));
  }

  test("has an address that the other mounts do not change", () => {
    const all = grants("own", "foreign", "variable");
    expect(Object.keys(all)).toHaveLength(3);
    expect(grants("variable", "foreign", "own")).toEqual(all);
    expect(all).toMatchObject(grants("foreign"));
    expect(all).toMatchObject(grants("variable"));
    expect(all).toMatchObject(grants("own"));
  });

  test("is one for all the mounts of the bucket, whose name is another token each time", () => {
    expect(Object.values(grants("own", "own", "foreign", "foreign"))).toEqual(Object.values(grants("own", "foreign")));
  });
});

test("a value that is partly known is readable in its known parts", () => {
  const stack = synthesizeWithTokens((v) => ({ environment: { A: `caf\u00e9 ${v("one")}-${v("two")}` } }));
  expect(declarationOf(stack).environment).toEqual({ A: "caf\u00e9 ${var.one}-${var.two}" });
});

test("the region of a zone that is an unresolved token is cut off by Terraform", () => {
  const region = '${join("-", slice(split("-", var.zone), 0, 2))}';
  const stack = synthesizeWithTokens((v) => ({ zone: v("zone") }));
  expect(only(stack, "google_compute_address").region).toBe(region);
  expect(only(stack, "google_storage_bucket").location).toBe(region);
  expect(only(stack, "google_compute_instance").zone).toBe("${var.zone}");
});

test("a whole list of ranges that is an unresolved token reaches the rule", () => {
  const stack = newStack();
  const sourceRanges = new TerraformVariable(stack, "ranges", {}).listValue;
  new GcsBackedContainerApp(stack, "gallery", { ...ready(), network: { sourceRanges } });
  const rules = Object.values(synthesized(stack).resource.google_compute_firewall);
  expect(rules.map(({ source_ranges: ranges }) => ranges)).toContain("${var.ranges}");
});

test("sizes that are not calculated with may be unresolved tokens", () => {
  const stack = newStack();
  const size = new TerraformVariable(stack, "size", {}).numberValue;
  new GcsBackedContainerApp(stack, "gallery", {
    ...ready(),
    machine: { bootDiskSizeGb: size },
    bucketOptions: { noncurrentVersionRetentionDays: size },
  });
  const { resource } = synthesized(stack);
  expect(only({ resource }, "google_compute_instance").boot_disk.initialize_params.size).toBe("${var.size}");
  expect(only({ resource }, "google_storage_bucket").lifecycle_rule[0].condition.days_since_noncurrent_time).toBe(
    "${var.size}",
  );
});

test("the docker provider's configuration takes a zone that is an unresolved token", () => {
  const stack = newStack();
  const zone = new TerraformVariable(stack, "zone", {}).stringValue;
  expect(() => GcsBackedContainerApp.dockerProviderConfig(stack, zone)).not.toThrow();
});

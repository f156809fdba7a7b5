/** What a reader who knows neither gcsfuse nor Docker's ports would otherwise have to ask. */
import { change, CloudStack, cloudStack, declaration } from "../support/review";
import { changePage } from "../../lib/review/page/change-page";
import { markdown } from "../../lib/review/format/markdown";
import { stackPage } from "../../lib/review/page/stack-page";

const page = (options?: CloudStack) => markdown(stackPage(cloudStack(options), "cloud"));
const notes = (before: CloudStack, after: CloudStack) =>
  change(before, after).apps[0].changes.map(({ what, note }) => `${what}: ${note ?? "-"}`);
const [uploads] = declaration().mounts;
const mount = (path: string, folder?: string) => ({
  ...uploads,
  path,
  gcsfuseConfig: folder === undefined ? {} : { "only-dir": folder },
});
const ports = (...published: [hostPort: number, containerPort: number][]): CloudStack => ({
  declared: { ports: published.map(([hostPort, containerPort]) => ({ hostPort, containerPort, protocol: "tcp" })) },
});

test("a port that clients know and that goes is said to go; another port of the container is not", () => {
  const gone = "port: clients of the port before no longer reach the app";
  expect(notes(ports([80, 80]), ports([8080, 80]))).toEqual([gone]);
  expect(notes(ports([80, 80], [443, 443]), ports([80, 80]))).toEqual([gone]);
  expect(notes(ports([80, 80]), ports([80, 3000]))).toEqual(["port: -"]);
  expect(notes(ports([80, 80]), ports([80, 80], [443, 443]))).toEqual(["port: -"]);
});

test.each<[string, string | undefined, string | undefined, boolean]>([
  ["both are the whole bucket", undefined, undefined, true],
  ["one is in the other", undefined, "b", true],
  ["one is deeper in the other", "a", "a/b/", true],
  ["they are the same", "a", "a", true],
  ["they are beside each other", "a", "b", false],
  ["one name begins with the other", "a", "ab", false],
])("two folders of the app show the same files where %s in the bucket", (_, first, second, same) => {
  const before = { declared: { mounts: [mount("/first", first)] } };
  const after = { declared: { mounts: [mount("/first", first), mount("/second", second)] } };
  expect(notes(before, after)[0].includes("in another folder as well")).toBe(same);
  expect(page(after).includes("; the same files are in `/first`")).toBe(same);
  expect(page(after).includes("; the same files are in `/second`")).toBe(same);
});

test("folders of two buckets are not the same", () => {
  const other = { ...mount("/second"), bucket: "other" };
  expect(page({ declared: { mounts: [mount("/first"), other] } })).not.toContain("the same files");
});

test("a new mount names the folder of its bucket", () => {
  const after = { declared: { mounts: [mount("/first"), { ...mount("/second", "photos"), bucket: "files" }] } };
  const { changes } = change({ declared: { mounts: [mount("/first")] } }, after).apps[0];
  expect(changes).toMatchObject([{ what: "mount", name: "/second", after: "files/photos/" }]);
});

test.each([
  ["a tag", "us-east1-docker.pkg.dev/p/r/app:1.4.0", true],
  ["a tag of another registry", "ghcr.io/me/app:1", true],
  ["a digest", `ghcr.io/me/app@sha256:${"1".repeat(64)}`, false],
  ["a hash of what the library built", `us-east1-docker.pkg.dev/p/r/app:${"1".repeat(32)}`, false],
  ["an image of the local engine", "localhost/gallery/app:1", false],
])("an image by %s", (_, image, mayChange) => {
  expect(page({ declared: { image } }).includes("what it stands for may change")).toBe(mayChange);
});

test("a firewall rule that comes, changes or goes: nothing restarts, but who can reach the VM changes at once", () => {
  const rule = (ports: string[], description = "") => ({
    allow: [{ protocol: "tcp", ports }],
    network: "default",
    description,
  });
  const withRule = (values?: object): CloudStack => ({
    edit: ({ resource }) => values && (resource.google_compute_firewall.mine = values),
  });
  const at = "who can reach the VM changes at once";
  expect(notes(withRule(), withRule(rule(["22"])))).toEqual([`firewall rule: created: ${at}`]);
  expect(notes(withRule(rule(["22"])), withRule(rule(["23"])))).toEqual([
    "reachable by rule: no longer reachable",
    `firewall rule: but ${at}`,
  ]);
  expect(notes(withRule(rule(["22"])), withRule())).toEqual([
    "reachable by rule: no longer reachable",
    `firewall rule: destroyed: ${at}`,
  ]);
  expect(notes(withRule(rule(["22"], "a")), withRule(rule(["22"], "b")))).toEqual([
    "descriptions and labels: 1 that the library writes",
  ]);
});

test("a bucket is called by its name, however the provider keeps it", () => {
  const kept = page({
    edit: ({ resource }) =>
      Object.values<{ bucket: string }>(resource.google_storage_bucket_iam_member).forEach(
        (grant) => (grant.bucket = "b/files"),
      ),
  });
  expect(kept).toContain("bucket `files`");
});

test("who may log in, and how the system is updated", () => {
  const withMetadata = (metadata: object): CloudStack => ({
    edit: ({ resource }) =>
      Object.values<{ metadata: object }>(resource.google_compute_instance).forEach((vm) => {
        vm.metadata = { ...vm.metadata, ...metadata };
      }),
  });
  expect(page()).toContain("| who may log in | whoever IAM allows it, by OS Login");
  expect(page()).toContain("| updates of its system | by a VM with another boot image only");
  const withKeys = page(withMetadata({ "enable-oslogin": "FALSE" }));
  expect(withKeys).toContain("| who may log in | whoever has an SSH key in the metadata");
  expect(page(withMetadata({ "cos-update-strategy": "" }))).toContain("| updates of its system | by itself");
});

test("a resource that runs nothing is said to run nothing; one that refuses a deployment is not", () => {
  const data = (values: object): CloudStack => ({ edit: ({ resource }) => (resource.terraform_data = values) });
  const refusing = { lifecycle: { precondition: [{ condition: "${false}", error_message: "no" }] } };
  expect(page(data({ a: {} }))).toContain("`terraform_data.a` runs nothing");
  expect(page(data({ a: {}, b: {} }))).toContain("`terraform_data.a`, `terraform_data.b` run nothing");
  expect(page(data({ a: refusing }))).not.toContain("nothing: ");
});

test("an app that restarts on a VM is said to come back if the new one does not stay up", () => {
  const pageOf = (before: CloudStack, after: CloudStack) =>
    markdown(changePage(change(before, after), cloudStack(after), "cloud"));
  const text = "comes back if the new one does not stay up";
  expect(pageOf({}, { declared: { environment: { A: "b" } } })).toContain(text);
  expect(pageOf({}, { props: { labels: { a: "b" } } })).not.toContain(text);
});

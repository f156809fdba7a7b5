import { TerraformVariable, Testing } from "cdktf";
import { GcsBackedContainerApp, GcsBackedContainerAppProps } from "../../lib";
import { declarationOf } from "../support/declaration";
import { addresses, newStack, ready, simplest, Synthesized, synthesize, synthesized } from "../support/synthesize";

/** What must be unique in a project: the type's own name for it. */
const NAMES: { [type: string]: string } = {
  google_artifact_registry_repository: "repository_id",
  google_compute_address: "name",
  google_compute_firewall: "name",
  google_compute_instance: "name",
  google_service_account: "account_id",
  google_storage_bucket: "name",
};

function namesOf(stack: Synthesized): string[] {
  return Object.entries(NAMES).flatMap(([type, attribute]) =>
    Object.values(stack.resource[type] ?? {}).map((resource) => `${type} ${resource[attribute]}`),
  );
}

const withoutRepeats = (values: string[]) => [...new Set(values)];

test("several apps in one stack: no name is used twice, and each rule is for its own app's service account", () => {
  const stack = synthesize((scope) => {
    for (const id of ["gallery", "shop", "wiki"]) {
      new GcsBackedContainerApp(scope, id, simplest());
    }
  });
  const names = namesOf(stack);
  expect(names).toHaveLength(3 * 7);
  expect(withoutRepeats(names)).toEqual(names);
  for (const { name, target_service_accounts: accounts } of Object.values(stack.resource.google_compute_firewall)) {
    const app = name.split("-")[0];
    expect(accounts).toEqual([expect.stringMatching(`^\\$\\{google_service_account\\.${app}_.*\\.email\\}$`)]);
  }
});

test("two apps with the same id in different scopes of one stack need names, and then do not meet", () => {
  const stack = synthesize((scope) => {
    new GcsBackedContainerApp(scope, "one", { ...simplest(), name: "gallery-one" });
    new GcsBackedContainerApp(scope, "two", { ...simplest(), name: "gallery-two" });
  });
  expect(withoutRepeats(namesOf(stack))).toEqual(namesOf(stack));
});

test("two apps on one bucket under different prefixes: a grant each, and each sees its own folder", () => {
  const app = (prefix: string): Partial<GcsBackedContainerAppProps> => ({
    existingBucket: "shared-files",
    mounts: [{ path: "/data", prefix }],
  });
  const stack = synthesize((scope) => {
    new GcsBackedContainerApp(scope, "gallery", { ...ready(), ...app("photos") });
    new GcsBackedContainerApp(scope, "shop", { ...ready(), ...app("goods") });
  });
  expect(stack.resource.google_storage_bucket).toBeUndefined();
  const grants = Object.values(stack.resource.google_storage_bucket_iam_member);
  expect(grants.map(({ bucket, role }) => [bucket, role])).toEqual(
    Array(2).fill(["shared-files", "roles/storage.objectUser"]),
  );
  expect(withoutRepeats(grants.map(({ member }) => member))).toHaveLength(2);
  const folders = ["gallery", "shop"].map((name) => declarationOf(stack, name).mounts[0].gcsfuseConfig["only-dir"]);
  expect(folders).toEqual(["photos", "goods"]);
});

test("one app with several mounts on two buckets: one grant a bucket, to read only where no mount writes", () => {
  const stack = synthesize((scope) => {
    new GcsBackedContainerApp(scope, "gallery", {
      ...ready(),
      mounts: [
        { path: "/srv/uploads", prefix: "uploads" },
        { path: "/srv/thumbnails", prefix: "thumbnails" },
        { path: "/srv/media", bucket: "media-library", readOnly: true },
        { path: "/srv/fonts", bucket: "media-library", prefix: "fonts", readOnly: true },
      ],
    });
  });
  const grants = Object.values(stack.resource.google_storage_bucket_iam_member);
  expect(grants.map(({ bucket, role }) => [bucket, role])).toEqual([
    ["media-library", "roles/storage.objectViewer"],
    [expect.stringMatching(/^\$\{google_storage_bucket\..*\.name\}$/), "roles/storage.objectUser"],
  ]);
  const own = expect.stringMatching(/^\$\{join\("", \[google_storage_bucket\..*\.name\]\)\}$/);
  expect(declarationOf(stack).mounts.map(({ path, bucket, readOnly }) => [path, bucket, readOnly])).toEqual([
    ["/srv/uploads", own, false],
    ["/srv/thumbnails", own, false],
    ["/srv/media", "media-library", true],
    ["/srv/fonts", "media-library", true],
  ]);
});

test("a bucket that one mount reads and another writes is granted to write", () => {
  const stack = synthesize((scope) => {
    new GcsBackedContainerApp(scope, "gallery", {
      ...ready(),
      mounts: [
        { path: "/a", bucket: "media-library", readOnly: true },
        { path: "/b", bucket: "media-library", prefix: "b" },
      ],
    });
  });
  const grants = Object.values(stack.resource.google_storage_bucket_iam_member);
  expect(grants.map(({ role }) => role)).toEqual(["roles/storage.objectUser"]);
});

test("two stacks in one project: nothing of one is in the other", () => {
  const app = Testing.app();
  const stacks = ["staging", "live"].map((id) => {
    const stack = newStack(id, app);
    new GcsBackedContainerApp(stack, "gallery", { ...simplest(), name: `gallery-${id}` });
    return stack;
  });
  const [staging, live] = stacks.map(synthesized);
  expect(namesOf(staging).filter((name) => namesOf(live).includes(name))).toEqual([]);
  expect(addresses(staging)).toEqual(addresses(live));
});

test("two apps of one name in a stack stop, in any scope; in another project, or another stack, they do not meet", () => {
  const stack = newStack();
  new GcsBackedContainerApp(stack, "one", { ...ready(), name: "gallery" });
  const again = (props: Partial<GcsBackedContainerAppProps> = {}) =>
    new GcsBackedContainerApp(stack, `two-${props.project ?? "same"}`, { ...ready(), name: "gallery", ...props });
  expect(() => again()).toThrow(
    new Error(
      '[cloud/two-same] name "gallery" is not valid: "cloud/one" of this stack has it already: give each app its own',
    ),
  );
  expect(() => again({ project: "other-project" })).not.toThrow();
  expect(() => new GcsBackedContainerApp(newStack(), "gallery", ready())).not.toThrow();
});

test("two apps with the record of one domain stop", () => {
  const stack = newStack();
  const https = { domains: ["photos.example.com"], dnsZone: "example-com" };
  new GcsBackedContainerApp(stack, "gallery", { ...ready(), https });
  expect(() => new GcsBackedContainerApp(stack, "shop", { ...ready(), https })).toThrow(
    new Error(
      '[cloud/shop] https.domains "photos.example.com" is not valid: "cloud/gallery" of this stack has it already: give each app its own',
    ),
  );
  const behindOneInFront = { domains: https.domains };
  expect(() => new GcsBackedContainerApp(stack, "wiki", { ...ready(), https: behindOneInFront })).not.toThrow();
});

test("two apps that create one bucket stop", () => {
  const stack = newStack();
  const bucketOptions = { name: "shared-files" };
  new GcsBackedContainerApp(stack, "gallery", { ...ready(), bucketOptions });
  expect(() => new GcsBackedContainerApp(stack, "shop", { ...ready(), bucketOptions })).toThrow(
    new Error(
      '[cloud/shop] bucket "shared-files" is not valid: "cloud/gallery" of this stack has it already: give each app its own',
    ),
  );
  expect(() => new GcsBackedContainerApp(stack, "wiki", { ...ready(), existingBucket: "shared-files" })).not.toThrow();
});

test("a name that is an unresolved token is taken once as well", () => {
  const stack = newStack();
  const variable = new TerraformVariable(stack, "name", {});
  new GcsBackedContainerApp(stack, "one", { ...ready(), name: variable.stringValue });
  expect(() => new GcsBackedContainerApp(stack, "two", { ...ready(), name: variable.stringValue })).toThrow(
    /of this stack has it already/,
  );
});

test("removing the first app of a stack changes no address of the others, nor what they wait for", () => {
  const stackOf = (ids: string[]) =>
    synthesize((scope) => ids.forEach((id) => new GcsBackedContainerApp(scope, id, simplest())));
  const both = stackOf(["gallery", "shop"]);
  const rest = stackOf(["shop"]);
  const withoutGallery = addresses(both).filter((address) => !address.includes(".gallery_"));
  expect(addresses(rest)).toEqual(withoutGallery);
  for (const [type, resources] of Object.entries(rest.resource)) {
    for (const [name, resource] of Object.entries(resources)) {
      expect(both.resource[type][name]).toEqual(resource);
    }
  }
});

test.each(["required-providers", "cloud-app-names"])(
  "an app cannot have the id of what the apps of a stack share: %s",
  (id) => {
    expect(() => new GcsBackedContainerApp(newStack(), id, { ...ready(), name: "gallery" })).toThrow(
      new Error(`[cloud/${id}] id "${id}" is not valid: what the apps of a stack share has it: use another id`),
    );
  },
);

import fc from "fast-check";
import { only, synthesizeApp } from "../support/synthesize";
import {
  checkAppName,
  checkLabels,
  checkNetworkName,
  checkNetworkTags,
  checkProject,
  serviceAccountId,
} from "../../lib/checks/naming";

/** https://cloud.google.com/compute/docs/naming-resources, of most resources of Compute Engine. */
const RESOURCE_NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** https://cloud.google.com/iam/docs/service-accounts-create */
const SERVICE_ACCOUNT_ID = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

const accepts = (check: () => void) => {
  try {
    check();
    return true;
  } catch {
    return false;
  }
};

test("every accepted name is valid in every name that is derived from it", () => {
  const name = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/), fc.string());
  fc.assert(
    fc.property(name, (text) => {
      fc.pre(accepts(() => checkAppName(text)));
      expect(serviceAccountId(text)).toMatch(SERVICE_ACCOUNT_ID);
      expect(`${text}-allow-iap-ssh`).toMatch(RESOURCE_NAME);
      expect(() => checkLabels({ app: text })).not.toThrow();
      expect(() => checkNetworkTags("networkTags", [text])).not.toThrow();
    }),
  );
});

test.each(["abc", "a".repeat(27), "a-b", "a1b", "gallery-2"])("name %s", (name) => {
  expect(() => checkAppName(name)).not.toThrow();
});

test.each(["my-project", "abcdef", "p".repeat(30), "example.com:my-project", "google.com:abcdef"])(
  "project %s",
  (project) => {
    expect(() => checkProject(project)).not.toThrow();
  },
);

test.each([
  { team: "web" },
  { team: "" },
  { "straße_1-a": "größe" },
  { ключ: "значение" },
  { ["k".repeat(63)]: "v".repeat(63) },
])("labels %j", (labels) => {
  expect(() => checkLabels(labels as unknown as { [key: string]: string })).not.toThrow();
});

test.each([
  "default",
  "projects/host-project/global/networks/shared",
  "https://www.googleapis.com/compute/v1/projects/host/regions/us-east1/subnetworks/a-1",
])("network %s", (network) => {
  expect(() => checkNetworkName("network", network)).not.toThrow();
});

test("as many labels and tags as Google takes", () => {
  const names = Array.from({ length: 64 }, (_, index) => `name-${index}`);
  expect(() => checkNetworkTags("networkTags", names)).not.toThrow();
  expect(() => checkLabels(Object.fromEntries(names.map((name) => [name, ""])))).not.toThrow();
});

test("two names give every resource two names", () => {
  const [one, two] = ["gallery", "shop"].map((name) => synthesizeApp({ name }));
  for (const [type, attribute] of [
    ["google_service_account", "account_id"],
    ["google_storage_bucket", "name"],
    ["google_compute_instance", "name"],
  ]) {
    expect(only(one, type)[attribute]).not.toBe(only(two, type)[attribute]);
  }
});

test.each([
  ["my-project", "my-project-gallery"],
  ["example.com:my-project", "example-com-my-project-gallery"],
])("the bucket of project %s is %s", (project, bucket) => {
  expect(only(synthesizeApp({ project }), "google_storage_bucket").name).toBe(bucket);
});

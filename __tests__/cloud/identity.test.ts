import { only, ready, simplest, synthesizeApp } from "../support/synthesize";

const roles = (machine = {}) =>
  Object.values(synthesizeApp({ machine }).resource.google_project_iam_member ?? {}).map(({ role }) => role);

test("the account is named after the app", () => {
  expect(only(synthesizeApp({ name: "abc" }), "google_service_account")).toMatchObject({
    account_id: "abc-vm",
    project: "demo-project-123",
  });
});

test("in the project it may write logs and metrics, and nothing else", () => {
  expect(roles()).toEqual(["roles/logging.logWriter", "roles/monitoring.metricWriter"]);
});

test("not even those where they are turned off", () => {
  expect(roles({ logging: false })).toEqual(["roles/monitoring.metricWriter"]);
  expect(roles({ monitoring: false })).toEqual(["roles/logging.logWriter"]);
  expect(roles({ logging: false, monitoring: false })).toEqual([]);
});

describe("the account's description says what it may do", () => {
  const mount = { path: "/a" };
  const readOnly = { path: "/b", readOnly: true };
  test.each<[string, Parameters<typeof synthesizeApp>[0], string]>([
    ["with images of another registry", {}, "reads and writes the objects of its buckets, writes logs, writes metrics"],
    [
      "with images of Artifact Registry",
      { image: simplest().image },
      "reads and writes the objects of its buckets, pulls its images, writes logs, writes metrics",
    ],
    [
      "where it only reads",
      { mounts: [readOnly], machine: { monitoring: false } },
      "reads the objects of its buckets, writes logs",
    ],
    [
      "where it only reads some",
      { mounts: [mount, readOnly], machine: { logging: false, monitoring: false } },
      "reads the objects of its buckets and writes those of mounts that are not read-only",
    ],
  ])("%s", (_, props, text) => {
    const { description } = only(synthesizeApp(props), "google_service_account");
    expect(description).toBe(`The VM of gallery: ${text}`);
  });

  test("in at most the 256 bytes that the provider takes", () => {
    const props = { ...ready(), image: simplest().image, name: "n".repeat(27), mounts: [mount, readOnly] };
    expect(only(synthesizeApp(props), "google_service_account").description.length).toBeLessThanOrEqual(256);
  });
});

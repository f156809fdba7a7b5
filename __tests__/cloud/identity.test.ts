import { only, synthesizeApp } from "../support/synthesize";

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

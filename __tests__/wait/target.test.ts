import { GcsBackedContainerApp } from "../../lib";
import { CannotAsk } from "../../lib/wait/errors";
import { Given, givenVm, targetOf } from "../../lib/wait/target";
import { CloudStack, cloudStack, localStack, StackJson, theOnly } from "../support/review";
import { ready } from "../support/synthesize";

const VM = { kind: "vm", name: "gallery", zone: "us-east1-b", project: "demo-project-123" };

const inCloud = (given: Given = {}, stack: CloudStack = {}, environment = {}) =>
  targetOf(cloudStack(stack), "cloud", given, environment);
/** A stack whose VM has these arguments instead. */
const withVm = (values: StackJson): CloudStack => ({
  edit: (stack) => Object.assign(theOnly(stack, "google_compute_instance"), values),
});
const TWO: CloudStack = {
  define: (stack) => new GcsBackedContainerApp(stack, "second", { ...ready(), name: "second", zone: "us-west1-a" }),
};

test("the app of a stack", () => {
  expect(inCloud()).toEqual(VM);
  expect(inCloud({ app: "gallery" })).toEqual(VM);
});

test("a local one", () => {
  expect(targetOf(localStack(), "local", {}, {})).toEqual({ kind: "local", name: "gallery" });
});

test("what is given goes before what the stack says", () => {
  expect(inCloud({ zone: "us-west1-a", project: "other" })).toEqual({ ...VM, zone: "us-west1-a", project: "other" });
});

test("one of several", () => {
  expect(inCloud({ app: "second" }, TWO)).toEqual({ ...VM, name: "second", zone: "us-west1-a" });
  for (const app of [undefined, "third"]) {
    expect(() => inCloud({ app }, TWO)).toThrow(
      new CannotAsk('the stack "cloud" has several apps: choose one of "gallery", "second" with --app'),
    );
  }
});

test("none", () => {
  expect(() => targetOf({ resources: [] }, "other", {}, {})).toThrow(
    new CannotAsk('the stack "other" has no app of this library: give --app and --zone, or --local'),
  );
});

test("another one than the stack's", () => {
  expect(() => inCloud({ app: "other" })).toThrow(
    new CannotAsk('the stack has no app "other": its only one is "gallery"'),
  );
});

test.each([
  ["--app", { name: "${var.name}" }, { app: "gallery" }],
  ["--zone", { zone: "${var.zone}" }, { zone: "us-east1-b" }],
  ["--project", { project: "${var.project}" }, { project: "demo-project-123" }],
])("%s is needed where the stack has an expression", (option, values, given) => {
  const [expression] = Object.values(values);
  expect(() => inCloud({}, withVm(values))).toThrow(
    new CannotAsk(`what the stack says is known only when it is deployed (${expression}): give ${option}`),
  );
  expect(inCloud(given, withVm(values))).toEqual(VM);
});

test("a project that only the environment knows", () => {
  const without = withVm({ project: undefined });
  expect(inCloud({}, without, { GOOGLE_CLOUD_PROJECT: "demo-project-123" })).toEqual(VM);
  expect(inCloud({}, {}, { GOOGLE_CLOUD_PROJECT: "other" })).toEqual(VM);
  expect(() => inCloud({}, without)).toThrow(
    new CannotAsk("--project is missing: give it, or the synthesized stack that has it"),
  );
});

describe("without a stack", () => {
  const options = { app: "gallery", zone: "us-east1-b", project: "demo-project-123" };

  test("the options name the VM", () => {
    expect(givenVm(options, {})).toEqual(VM);
  });

  test.each(["GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"])(
    "%s names the project, as for the google provider",
    (variable) => {
      expect(givenVm({ ...options, project: undefined }, { [variable]: "demo-project-123" })).toEqual(VM);
    },
  );

  test.each(["app", "zone", "project"])("%s is needed", (option) => {
    expect(() => givenVm({ ...options, [option]: undefined }, {})).toThrow(new RegExp(`^--${option} is missing: `));
    expect(() => givenVm({ ...options, [option]: "" }, {})).toThrow(CannotAsk);
  });
});

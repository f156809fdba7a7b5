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
  expect(inCloud({ zone: "us-west1-a", project: "another" })).toEqual({
    ...VM,
    zone: "us-west1-a",
    project: "another",
  });
});

test("one of several", () => {
  expect(inCloud({ app: "second" }, TWO)).toEqual({ ...VM, name: "second", zone: "us-west1-a" });
  expect(() => inCloud({}, TWO)).toThrow(
    new CannotAsk('the stack "cloud" has several apps: choose one of "gallery", "second" with --app'),
  );
  expect(() => inCloud({ app: "third" }, TWO)).toThrow(
    new CannotAsk('the stack "cloud" has no app "third": choose one of "gallery", "second" with --app'),
  );
});

test("none", () => {
  expect(() => targetOf({ resources: [] }, "other", {}, {})).toThrow(
    new CannotAsk('the stack "other" has no app of this library: give --app and --zone, or --local'),
  );
});

test("another one than the stack's", () => {
  expect(() => inCloud({ app: "other" })).toThrow(
    new CannotAsk('the stack "cloud" has no app "other": choose "gallery" with --app'),
  );
  expect(() => targetOf(localStack(), "local", { app: "other" }, {})).toThrow(
    new CannotAsk('the stack "local" has no app "other": choose "gallery" with --app'),
  );
});

test("the construct's id is not the app's name", () => {
  const named: CloudStack = {
    define: (stack) => new GcsBackedContainerApp(stack, "Shop", { ...ready(), name: "web-shop" }),
  };
  expect(() => inCloud({ app: "Shop" }, named)).toThrow(
    new CannotAsk('the stack "cloud" has no app "Shop": choose one of "web-shop", "gallery" with --app'),
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
  expect(inCloud({}, {}, { GOOGLE_CLOUD_PROJECT: "another" })).toEqual(VM);
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

  test.each([
    ["app", ["Gallery", "my gallery", "../x", "-a", "a".repeat(64)]],
    ["zone", ["us-east1", "us-east1-b/x", "US-EAST1-B", "b"]],
    ["project", ["My Project", "a/b", "short", "demo-project-123-"]],
  ])("a wrong %s is refused", (option, values) => {
    for (const value of values) {
      const message = new RegExp(`^--${option} ${JSON.stringify(value).replace(/[./]/g, "\\$&")} is not valid: use `);
      expect(() => givenVm({ ...options, [option]: value }, {})).toThrow(message);
    }
  });

  test.each(["123456789", "example.com:demo-project-123"])("the project may be %s", (project) => {
    expect(givenVm({ ...options, project }, {})).toMatchObject({ project });
  });

  test.each(["app", "zone", "project"])("%s is needed", (option) => {
    expect(() => givenVm({ ...options, [option]: undefined }, {})).toThrow(new RegExp(`^--${option} is missing: `));
    expect(() => givenVm({ ...options, [option]: "" }, {})).toThrow(CannotAsk);
  });
});

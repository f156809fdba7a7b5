import { App, appsOf } from "../review/apps";
import { textAt } from "../review/json";
import { Stack } from "../review/stack";
import { Environment } from "./access-token";
import { VmName } from "./compute-engine";
import { CannotAsk } from "./errors";

/** Which app is asked. */
export type Target = { readonly kind: "local"; readonly name: string } | ({ readonly kind: "vm" } & VmName);

export interface Given {
  readonly app?: string;
  readonly zone?: string;
  readonly project?: string;
}

/** Where the google provider, too, looks for a project, in its order. */
const PROJECT_VARIABLES = ["GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"];

/**
 * The VM that the options name.
 *
 * @throws CannotAsk if something is missing
 */
export function givenVm({ app, zone, project }: Given, environment: Environment): Target {
  return {
    kind: "vm",
    name: required("--app", app),
    zone: required("--zone", zone),
    project: required("--project", project ?? projectOf(environment)),
  };
}

/**
 * The app of a synthesized stack. What is given goes before what the stack says, but for the name, which chooses.
 *
 * @param name how messages call the stack
 * @throws CannotAsk if there is none or more than one, or if something is known only when it is deployed
 */
export function targetOf(stack: Stack, name: string, given: Given, environment: Environment): Target {
  const all = appsOf(stack);
  // The name of a VM may be an unresolved token: the only app of a stack is meant by any name.
  const found = all.length > 1 ? all.filter((app) => app.name === given.app) : all;
  if (found.length !== 1) {
    const names = all.map((app) => `"${app.name}"`).join(", ");
    throw new CannotAsk(
      all.length === 0
        ? `the stack "${name}" has no app of this library: give --app and --zone, or --local`
        : `the stack "${name}" has several apps: choose one of ${names} with --app`,
    );
  }
  const [app] = found;
  return app.kind === "local" ? { kind: "local", name: app.name } : vmOf(app, given, environment);
}

function vmOf({ machine: { values } }: App, given: Given, environment: Environment): Target {
  const known = (option: string, key: string, value: string | undefined, otherwise?: string) =>
    required(option, value ?? concrete(option, textAt(values, key)) ?? otherwise);
  const inStack = textAt(values, "name");
  if (given.app !== undefined && inStack !== undefined && !isExpression(inStack) && given.app !== inStack) {
    throw new CannotAsk(`the stack has no app "${given.app}": its only one is "${inStack}"`);
  }
  return {
    kind: "vm",
    name: known("--app", "name", given.app),
    zone: known("--zone", "zone", given.zone),
    project: known("--project", "project", given.project, projectOf(environment)),
  };
}

function projectOf(environment: Environment): string | undefined {
  return PROJECT_VARIABLES.map((variable) => environment[variable]).find((value) => value);
}

function concrete(option: string, value: string | undefined): string | undefined {
  if (value !== undefined && isExpression(value)) {
    throw new CannotAsk(`what the stack says is known only when it is deployed (${value}): give ${option}`);
  }
  return value;
}

function isExpression(value: string): boolean {
  return /[$%]\{/.test(value);
}

function required(option: string, value: string | undefined): string {
  if (!value) {
    throw new CannotAsk(`${option} is missing: give it, or the synthesized stack that has it`);
  }
  return value;
}

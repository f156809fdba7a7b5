import { App, appsOf } from "../review/apps/apps";
import { textAt } from "../review/read/json";
import { Stack } from "../review/read/stack";
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

/** What Compute Engine takes: https://cloud.google.com/compute/docs/naming-resources */
const PATTERNS: { readonly [option: string]: readonly [pattern: RegExp, allowed: string] } = {
  "--app": [/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, "use the app's name, which is its VM's, such as \"gallery\""],
  "--zone": [/^[a-z]+-[a-z]+[1-9][0-9]?-[a-z]$/, 'use the name of a zone such as "us-east1-b"'],
  "--project": [
    /^(\d+|([a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9])$/,
    'use the project\'s id such as "my-project-123"',
  ],
};

/**
 * The VM that the options name.
 *
 * @throws CannotAsk if something is missing or not valid
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
 * @throws CannotAsk if there is none or more than one, or if something is not valid, or known only when it is deployed
 */
export function targetOf(stack: Stack, name: string, given: Given, environment: Environment): Target {
  const all = appsOf(stack);
  // The name of a VM may be an unresolved token: the only app of a stack is meant by any name.
  const found = all.length > 1 ? all.filter((app) => app.name === given.app) : all;
  if (all.length === 0) {
    throw new CannotAsk(`the stack "${name}" has no app of this library: give --app and --zone, or --local`);
  }
  if (found.length !== 1 || (given.app !== undefined && !isExpression(found[0].name) && found[0].name !== given.app)) {
    const what = given.app === undefined ? "several apps" : `no app ${JSON.stringify(given.app)}`;
    const names = all.map((app) => `"${app.name}"`).join(", ");
    throw new CannotAsk(
      `the stack "${name}" has ${what}: choose ${all.length > 1 ? "one of " : ""}${names} with --app`,
    );
  }
  const [app] = found;
  return app.kind === "local" ? { kind: "local", name: app.name } : vmOf(app, given, environment);
}

function vmOf({ machine: { values } }: App, given: Given, environment: Environment): Target {
  const known = (option: string, key: string, value: string | undefined, otherwise?: string) =>
    required(option, value ?? concrete(option, textAt(values, key)) ?? otherwise);
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
  const [pattern, allowed] = PATTERNS[option];
  if (!pattern.test(value)) {
    throw new CannotAsk(`${option} ${JSON.stringify(value)} is not valid: ${allowed}`);
  }
  return value;
}

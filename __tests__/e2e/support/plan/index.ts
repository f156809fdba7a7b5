import { App } from "cdktf";
import { dockerEngine } from "../docker-engine";
import { Plan, planJson, terraform, TerraformOptions } from "../terraform";
import { Project } from "./project";
import { missingProviders } from "./providers";
import { standInPlan } from "./stand-in";

export * from "./planned";
export { Project } from "./project";
export { announceMissingProviders, missingProviders, wantedProviders } from "./providers";
export { answerOf, questionOf } from "./question";
export { recorded } from "./recorded";
export { standInPlan } from "./stand-in";

/**
 * The plan of a stack that `define` makes in the app, with no state: by the real providers where they are there, and else
 * by their stand-in, which is enough for what they pass on unchanged (see stand-in.ts).
 */
export async function planStack(stack: string, define: (app: App) => void, env?: NodeJS.ProcessEnv): Promise<Plan> {
  const project = new Project();
  try {
    project.synthesize(define);
    return await planSynthesized(project, stack, env);
  } finally {
    project.remove();
  }
}

/** The same for a project that is synthesized already. */
export async function planSynthesized(project: Project, stack: string, env?: NodeJS.ProcessEnv): Promise<Plan> {
  return (await missingProviders()) === undefined
    ? initAndPlan(project.stackDir(stack), env)
    : standInPlan(project.synthesized(stack));
}

/** init, validate and plan. */
export async function realPlan(dir: string, env?: NodeJS.ProcessEnv, options?: TerraformOptions): Promise<Plan> {
  return initAndPlan(dir, env, options, ["validate", "-no-color"]);
}

/** Nobody is asked but the Docker engine: the access token is made up. */
async function initAndPlan(
  dir: string,
  env?: NodeJS.ProcessEnv,
  options?: TerraformOptions,
  between?: string[],
): Promise<Plan> {
  const all = { GOOGLE_OAUTH_ACCESS_TOKEN: "anything", ...(await dockerHost()), ...env };
  await terraform(dir, ["init", "-no-color"], all, options);
  if (between) await terraform(dir, between, all, options);
  return planJson(dir, all, options);
}

/** Where the docker provider finds the Docker engine, which it asks even for a plan. */
export async function dockerHost(): Promise<NodeJS.ProcessEnv> {
  const { DOCKER_HOST } = (await dockerEngine()).env;
  return DOCKER_HOST ? { DOCKER_HOST } : {};
}

/** A VM's boot metadata as planned; the VM's name is needed where there are several. */
export function userDataOf(plan: Plan, name?: string): string {
  const found = (plan.resource_changes ?? [])
    .filter(({ type }) => type === "google_compute_instance")
    .map(({ change }) => change.after as { name: string; metadata?: Record<string, string> })
    .filter((instance) => name === undefined || instance.name === name);
  const userData = found.length === 1 ? found[0].metadata?.["user-data"] : undefined;
  if (userData === undefined) throw new Error(`${found.length} VMs, or user-data that is known after apply only`);
  return userData;
}

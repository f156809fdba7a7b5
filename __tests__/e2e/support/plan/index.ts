import { App } from "cdktf";
import { DECLARATION_KEY } from "../../../../lib/boot/paths";
import { dockerEngine } from "../real/docker-engine";
import { Plan, planJson, terraform, TerraformOptions } from "../real/terraform";
import { Project } from "./cdktf-project";
import { missingProviders } from "../real/provider-availability";
import { standInPlan } from "../simulated/providers/stand-in-plan";

export * from "./planned";
export { Project } from "./cdktf-project";
export { announceMissingProviders, missingProviders, wantedProviders } from "../real/provider-availability";
export { answerOf, questionOf } from "../simulated/providers/recorded-question";
export { recorded } from "../simulated/providers/recorded-answers";
export { standInPlan } from "../simulated/providers/stand-in-plan";

/**
 * The plan of a stack that `define` makes in the app, with no state: by the real providers where they are there, and else
 * by their stand-in, which is enough for what they pass on unchanged (see stand-in-plan.ts).
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
  if ((await missingProviders()) !== undefined) return standInPlan(project.stackDir(stack));
  const dir = project.stackDir(stack);
  return planJson(dir, await init(dir, env));
}

/** init, validate and plan. */
export async function realPlan(dir: string, env?: NodeJS.ProcessEnv, options?: TerraformOptions): Promise<Plan> {
  const all = await init(dir, env, options);
  await terraform(dir, ["validate", "-no-color"], all, options);
  return planJson(dir, all, options);
}

/** Returns the environment for what comes next. Nobody is asked but the Docker engine: the access token is made up. */
async function init(dir: string, env?: NodeJS.ProcessEnv, options?: TerraformOptions): Promise<NodeJS.ProcessEnv> {
  const all = { GOOGLE_OAUTH_ACCESS_TOKEN: "anything", ...(await dockerHost()), ...env };
  await terraform(dir, ["init", "-no-color"], all, options);
  return all;
}

/** Where the docker provider finds the Docker engine, which it asks even for a plan. */
export async function dockerHost(): Promise<NodeJS.ProcessEnv> {
  const { DOCKER_HOST } = (await dockerEngine()).env;
  return DOCKER_HOST ? { DOCKER_HOST } : {};
}

/** A VM's metadata as planned; the VM's name is needed where there are several. */
export function metadataOf(plan: Plan, name?: string): Record<string, string> {
  const found = (plan.resource_changes ?? [])
    .filter(({ type }) => type === "google_compute_instance")
    .map(({ change }) => change.after as { name: string; metadata?: Record<string, string> })
    .filter((instance) => name === undefined || instance.name === name);
  const metadata = found.length === 1 ? found[0].metadata : undefined;
  for (const key of ["user-data", DECLARATION_KEY]) {
    if (metadata?.[key] === undefined)
      throw new Error(`${found.length} VMs, or a ${key} that is known after apply only`);
  }
  return metadata!;
}

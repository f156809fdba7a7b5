/**
 * Makes the state of an applied stack. Real: Terraform, the google provider and what it applies. Simulated: Google's APIs,
 * and the docker provider's part, which is written into the state by hand as if both images had been built and pushed
 * (building and pushing for real is what the deployment suite does).
 */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { terraform } from "../../real/terraform";
import { Values } from "../../plan/planned";
import { Project } from "../../plan/cdktf-project";

const isDocker = (type: string): boolean => type.startsWith("docker_");
const docker = 'provider["registry.terraform.io/kreuzwerker/docker"]';

/** Applies the synthesized stack and leaves it as it was, with its state. */
export async function applyWithoutDocker(project: Project, stack: string, env: NodeJS.ProcessEnv): Promise<void> {
  const dir = project.stackDir(stack);
  const synthesized = project.synthesized(stack);
  const config = JSON.parse(synthesized) as Values;
  const images = Object.entries(config.resource as Values).filter(([type]) => isDocker(type));
  writeFileSync(join(dir, "cdk.tf.json"), JSON.stringify(withoutDocker(config)));
  await terraform(dir, ["init", "-no-color"], env);
  await terraform(dir, ["apply", "-auto-approve", "-no-color"], env);
  const state = JSON.parse(readFileSync(project.stateFile, "utf8")) as { resources: Values[] };
  for (const [type, resources] of images) {
    for (const [name, values] of Object.entries(resources as Values)) {
      state.resources.push({ mode: "managed", type, name, provider: docker, instances: [instanceOf(type, values)] });
    }
  }
  writeFileSync(project.stateFile, JSON.stringify(state));
  writeFileSync(join(dir, "cdk.tf.json"), synthesized);
}

function withoutDocker(config: Values): Values {
  const copy = structuredClone(config);
  delete copy.provider.docker;
  delete copy.terraform.required_providers.docker;
  for (const [type, resources] of Object.entries(copy.resource as Values)) {
    if (isDocker(type)) delete copy.resource[type];
    for (const resource of Object.values(resources as Values) as Values[]) {
      resource.depends_on = resource.depends_on?.filter((address: string) => !isDocker(address));
    }
  }
  return copy;
}

function instanceOf(type: string, values: Values): Values {
  const { name } = values;
  const digest = `sha256:${createHash("sha256").update(name).digest("hex")}`;
  const build = values.build && { remove: true, build_args: {}, label: {}, ...values.build };
  const attributes =
    type === "docker_image"
      ? {
          ...{ id: `${digest}${name}`, image_id: digest, name, build: [build], keep_locally: values.keep_locally },
          repo_digest: `${name.split(":")[0]}@${digest}`,
        }
      : {
          ...{ id: digest, sha256_digest: digest, name, keep_remotely: values.keep_remotely },
          ...{ insecure_skip_verify: false, auth_config: [] },
        };
  return { schema_version: 0, attributes };
}

import execa, { ExecaReturnValue } from "execa";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheDir, cachePath } from "./cache";

export interface TerraformOptions {
  /** Default: terraform on PATH. OpenTofu takes the same arguments. */
  readonly binary?: string;
  /** Throw when it fails; default: true. */
  readonly reject?: boolean;
  readonly timeout?: number;
}

/** Runs Terraform in a folder. Its output (stdout and stderr together) is in `all`. */
export async function terraform(
  dir: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  options: TerraformOptions = {},
): Promise<ExecaReturnValue> {
  const { binary = "terraform", reject = true, timeout = 600_000 } = options;
  return execa(binary, args, { cwd: dir, env: terraformEnv(env), all: true, reject, timeout, stdin: "ignore" });
}

/** The environment in which Terraform finds its providers and asks nobody anything. */
export function terraformEnv(env: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { CHECKPOINT_DISABLE: "1", TF_IN_AUTOMATION: "1", TF_INPUT: "0", TF_CLI_CONFIG_FILE: cliConfig(), ...env };
}

/** What a plan would do. */
export interface Plan {
  readonly resource_changes?: readonly {
    readonly address: string;
    readonly type: string;
    readonly name: string;
    readonly change: {
      readonly actions: readonly string[];
      readonly before: Record<string, unknown> | null;
      readonly after: Record<string, unknown> | null;
      readonly after_unknown: Record<string, unknown>;
      readonly replace_paths?: readonly (readonly (string | number)[])[];
    };
  }[];
  readonly output_changes?: Record<string, { readonly actions: readonly string[]; readonly after?: unknown }>;
  readonly planned_values: { readonly root_module: { readonly resources?: readonly Record<string, unknown>[] } };
}

export async function planJson(
  dir: string,
  env: NodeJS.ProcessEnv = {},
  options: TerraformOptions = {},
): Promise<Plan> {
  const file = join(mkdtempSync(join(tmpdir(), "plan-")), "plan");
  await terraform(dir, ["plan", "-no-color", `-out=${file}`], env, options);
  const { stdout } = await terraform(dir, ["show", "-json", file], env, options);
  return JSON.parse(stdout) as Plan;
}

/** The addresses of what a plan touches, each with what it does to it: "update", "delete,create", … */
export function changesOf(plan: Plan): Record<string, string> {
  return Object.fromEntries(
    (plan.resource_changes ?? [])
      .filter(({ change }) => !["no-op", "read"].includes(change.actions.join()))
      .map(({ address, change }) => [address, change.actions.join()]),
  );
}

/** Terraform's own version and those of the providers that `init` chose. */
export async function versions(dir: string, options: TerraformOptions = {}): Promise<Record<string, string>> {
  const { stdout } = await terraform(dir, ["version", "-json"], {}, options);
  const { terraform_version, provider_selections } = JSON.parse(stdout) as {
    terraform_version: string;
    provider_selections: Record<string, string>;
  };
  return { terraform: terraform_version, ...provider_selections };
}

let config: string | undefined;

/** The providers come from the cache's mirror when it is there, and else from their registry, each downloaded once. */
export function cliConfig(): string {
  if (config) return config;
  const mirror = cachePath("providers");
  config = join(mkdtempSync(join(tmpdir(), "terraform-")), "terraformrc");
  const hosts = `["registry.terraform.io/*/*", "registry.opentofu.org/*/*"]`;
  const installation = existsSync(mirror)
    ? `provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror)}
    include = ${hosts}
  }
}
`
    : `plugin_cache_dir = ${JSON.stringify(cacheDir("downloaded-providers"))}
plugin_cache_may_break_dependency_lock_file = true
`;
  writeFileSync(config, installation);
  return config;
}

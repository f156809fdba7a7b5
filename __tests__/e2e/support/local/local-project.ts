import { DockerProvider } from "@cdktf/provider-docker/lib/provider";
import { LocalBackend, TerraformStack } from "cdktf";
import execa from "execa";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LocalGcsBackedContainerApp, LocalGcsBackedContainerAppProps } from "../../../../lib";
import { dockerEngine } from "../real/docker-engine";
import { dockerHost, missingProviders, Project } from "../plan";
import { changesOf, planJson, terraform, terraformEnv } from "../real/terraform";
import { StandIn } from "../simulated/providers/stand-in-docker-provider";

export type LocalProps = Omit<LocalGcsBackedContainerAppProps, "dockerSocket">;

const root = join(__dirname, "../../../..");
/** From the stack's folder. */
const STATE = "../../../terraform.local.tfstate";

/** A stack of local apps: deployed by Terraform and the docker provider, or, where that is unavailable, by its stand-in. */
export class LocalProject {
  private readonly cdk = new Project();
  private readonly standIn = new StandIn();

  async deploy(apps: Record<string, LocalProps>): Promise<void> {
    await this.synthesize(apps);
    if ((await missingProviders()) !== undefined) return this.standIn.apply(this.folder);
    await terraform(this.folder, ["init", "-no-color"], await dockerHost());
    await terraform(this.folder, ["apply", "-no-color", "-auto-approve"], await dockerHost());
  }

  /** The README's command, with the cdktf command line; returns what it prints. */
  async deployMain(env: NodeJS.ProcessEnv): Promise<string> {
    if ((await missingProviders()) === undefined) return this.cdktf(env);
    await this.cdk.synthesizeMain({ ...(await dockerHost()), ...env });
    await this.standIn.apply(this.folder);
    return JSON.stringify(this.synthesized().output);
  }

  /** What it prints where it fails. */
  async failedDeployOfMain(env: NodeJS.ProcessEnv): Promise<string> {
    if ((await missingProviders()) === undefined) return this.cdktf(env, false);
    await this.cdk.synthesizeMain(env);
    const error = await this.standIn.apply(this.folder, env).then(
      () => new Error("it did not fail"),
      (failure: Error) => failure,
    );
    return error.message;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  synthesized(): any {
    return JSON.parse(this.cdk.synthesized("local"));
  }

  private async cdktf(env: NodeJS.ProcessEnv, succeeds = true): Promise<string> {
    const args = [
      "deploy",
      "local",
      "--auto-approve",
      "--skip-provider-lock",
      "--no-color",
      "--output",
      this.cdk.outdir,
    ];
    const command = execa("npx", ["cdktf", ...args], {
      cwd: root,
      env: terraformEnv({ ...(await dockerHost()), GOOGLE_CLOUD_PROJECT: undefined, ...env }),
      all: true,
      reject: false,
      detached: true,
    });
    // With what it started, which holds the state's lock; and before the test ends, which would not say what it printed.
    const deadline = setTimeout(() => process.kill(-command.pid!), 240_000);
    const { all, failed } = await command;
    clearTimeout(deadline);
    if (failed === succeeds) throw new Error(`cdktf ${failed ? "failed" : "did not fail"}:\n${all}`);
    return all ?? "";
  }

  /** The text of every file of the stack, and of its state. */
  everythingWritten(): string {
    const files = readdirSync(this.folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && !/terraform-provider|^\.terraform$/.test(`${entry.name}`))
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .filter((file) => statSync(file).size < 10_000_000);
    const state = join(this.folder, STATE);
    return [...files, ...(existsSync(state) ? [state] : [])].map((file) => readFileSync(file, "utf8")).join("\n");
  }

  /** What another deployment of the same would change. */
  async changes(): Promise<Record<string, string>> {
    return changesOf(await planJson(this.folder, await dockerHost()));
  }

  async destroy(): Promise<void> {
    if ((await missingProviders()) !== undefined) return this.standIn.destroy();
    await terraform(this.folder, ["destroy", "-no-color", "-auto-approve"], await dockerHost());
  }

  remove(): void {
    this.cdk.remove();
  }

  private get folder(): string {
    return this.cdk.stackDir("local");
  }

  private async synthesize(apps: Record<string, LocalProps>): Promise<void> {
    const { DOCKER_HOST = "" } = (await dockerEngine()).env;
    this.cdk.synthesize((app) => {
      const stack = new TerraformStack(app, "local");
      new LocalBackend(stack, { path: STATE });
      new DockerProvider(stack, "docker", LocalGcsBackedContainerApp.dockerProviderConfig());
      for (const [id, props] of Object.entries(apps)) {
        new LocalGcsBackedContainerApp(stack, id, {
          dockerSocket: DOCKER_HOST.replace("unix://", "") || undefined,
          ...props,
        });
      }
    });
  }
}

/** A folder with these files, to build an image from. */
export function imageFolder(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "e2e-local-image-"));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

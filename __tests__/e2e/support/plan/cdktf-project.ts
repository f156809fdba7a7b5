import { App } from "cdktf";
import execa from "execa";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..", "..");

/** The settings of main.ts: those of the person who runs the tests are not meant. */
const settings = [
  ...["GOOGLE_CLOUD_PROJECT", "APP_NAME", "APP_ZONE", "APP_IMAGE", "APP_MOUNT_PATH", "STATE_BUCKET"],
  ...["BASE_IMAGE", "GCSFUSE_APT_SOURCE", "GCSFUSE_CUSTOM_ENDPOINT"],
  ...["GOOGLE_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT", "GOOGLE_REGION", "GOOGLE_ZONE"],
];

/** A folder of a project as cdktf leaves it: `cdktf.out` and, beside it, the state. */
export class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "project-"));
  readonly outdir = join(this.folder, "cdktf.out");

  /** Where main.ts keeps the state of its stack. */
  get stateFile(): string {
    return join(this.folder, "terraform.cloud.tfstate");
  }

  /** Where Terraform runs for a stack. */
  stackDir(stack: string): string {
    return join(this.outdir, "stacks", stack);
  }

  synthesize(define: (app: App) => void): void {
    const app = new App({ outdir: this.outdir });
    define(app);
    app.synth();
  }

  /** Synthesizes main.ts with the command that cdktf.json has; `source` may be a copy of this project. */
  async synthesizeMain(env: NodeJS.ProcessEnv = {}, source: string = root): Promise<void> {
    const { app } = JSON.parse(readFileSync(join(source, "cdktf.json"), "utf8")) as { app: string };
    const cleared = Object.fromEntries(settings.map((name) => [name, undefined]));
    await execa(app, { cwd: source, shell: true, env: { ...cleared, ...env, CDKTF_OUTDIR: this.outdir } });
  }

  /** A copy of this project's sources, as another clone has them. */
  cloneSources(): string {
    const clone = join(this.folder, "clone");
    for (const part of ["main.ts", "cdktf.json", "package.json", "tsconfig.json", "scripts", "lib", "container"]) {
      cpSync(join(root, part), join(clone, part), { recursive: true });
    }
    symlinkSync(join(root, "node_modules"), join(clone, "node_modules"));
    return clone;
  }

  /** As `rm -rf cdktf.out`. */
  removeOutput(): void {
    rmSync(this.outdir, { recursive: true, force: true });
  }

  /** The synthesized stack as it is on the disk. */
  synthesized(stack: string): string {
    return readFileSync(join(this.stackDir(stack), "cdk.tf.json"), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

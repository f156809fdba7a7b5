import execa, { ExecaChildProcess } from "execa";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dockerHost } from "../plan";
import { Plan, terraform, terraformEnv } from "../real/terraform";

const root = join(__dirname, "..", "..", "..", "..");
const PARTS = ["main.ts", "cdktf.json", "package.json", "tsconfig.json", "scripts", "lib", "container"];

/** Somebody's clone of the project, in a folder of its own, where the real CLI is run. */
export class Checkout {
  readonly folder = mkdtempSync(join(tmpdir(), "checkout-"));

  constructor(private readonly env: NodeJS.ProcessEnv) {
    PARTS.forEach((part) => cpSync(join(root, part), join(this.folder, part), { recursive: true }));
    symlinkSync(join(root, "node_modules"), join(this.folder, "node_modules"));
  }

  /** As a person edits a file. */
  edit(file: string, change: (text: string) => string): void {
    const path = join(this.folder, file);
    const before = readFileSync(path, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`the edit does not change ${file}`);
    writeFileSync(path, after);
  }

  /** Puts a file back as it is in the project. */
  restore(file: string): void {
    cpSync(join(root, file), join(this.folder, file), { recursive: true });
  }

  /** `cdktf COMMAND cloud …`, as README has it; its whole output is in `all`. */
  async cdktf(command: "deploy" | "diff" | "destroy", env: NodeJS.ProcessEnv = {}, reject = true) {
    const approval = command === "diff" ? [] : ["--auto-approve"];
    // The lock step would ask the registry, also where the providers come from a mirror.
    const lock = ["--skip-provider-lock"];
    return execa(join(root, "node_modules/.bin/cdktf"), [command, "cloud", ...approval, ...lock], {
      cwd: this.folder,
      env: await this.environment(env),
      all: true,
      reject,
      timeout: 600_000,
      stdin: "ignore",
    });
  }

  /** What Terraform would do, by its exit code: true for no changes. */
  async hasNoChanges(env: NodeJS.ProcessEnv = {}): Promise<boolean> {
    const result = await this.terraform(["plan", "-detailed-exitcode", "-no-color"], env, false);
    if (result.exitCode === 1) throw new Error(result.all);
    if (result.exitCode === 2) console.log(result.all);
    return result.exitCode === 0;
  }

  /** A plan as JSON, after synthesizing anew. */
  async plan(env: NodeJS.ProcessEnv = {}): Promise<Plan> {
    await this.synth(env);
    const file = join(this.folder, "plan");
    await this.terraform(["plan", `-out=${file}`, "-no-color"], env);
    const { stdout } = await this.terraform(["show", "-json", file], env);
    return JSON.parse(stdout) as Plan;
  }

  async synth(env: NodeJS.ProcessEnv = {}): Promise<void> {
    await execa(join(root, "node_modules/.bin/cdktf"), ["synth"], {
      cwd: this.folder,
      env: await this.environment(env),
      all: true,
    });
    await this.terraform(["init", "-no-color", "-input=false"], env);
  }

  async outputs(): Promise<Record<string, string>> {
    const { stdout } = await this.terraform(["output", "-json"]);
    const outputs = JSON.parse(stdout) as Record<string, { value: string }>;
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
  }

  async terraform(args: readonly string[], env: NodeJS.ProcessEnv = {}, reject = true) {
    return terraform(join(this.folder, "cdktf.out/stacks/cloud"), args, await this.environment(env), { reject });
  }

  /** `terraform apply` of what is synthesized, to be interrupted; never throws. */
  startApply(): ExecaChildProcess {
    return execa("terraform", ["apply", "-auto-approve", "-no-color"], {
      cwd: join(this.folder, "cdktf.out/stacks/cloud"),
      env: { ...terraformEnv(), ...this.env },
      all: true,
      reject: false,
      timeout: 300_000,
      stdin: "ignore",
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async environment(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
    return { ...terraformEnv(), ...(await dockerHost()), CI: "true", ...this.env, ...env };
  }
}

import execa from "execa";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { terraform } from "../real/terraform";

const root = join(__dirname, "..", "..", "..", "..");
export const PROGRAM = join(root, "__tests__/fixtures/wiki/main.ts");
const STACK = "cdktf.out/stacks/cloud/cdk.tf.json";
const REVIEW = ["-r", "sucrase/register/ts", "library/lib/cli/main.ts", "review", "--plan", "plan.json"];
const GATES = ["--fail-on", "data-loss,exposure"];

/** A stack and what a change of it is, in the words of the tools. */
export interface Reviewed {
  /** What Terraform prints of its plan. */
  readonly plan: string;
  /** The page as Markdown. */
  readonly review: string;
  /** Of the review with the gates `data-loss` and `exposure`. */
  readonly exitCode: number;
}

/** A project of somebody who uses this library, in a folder of its own, with the library's sources in `library/`. */
export class WikiProject {
  readonly folder = mkdtempSync(join(tmpdir(), "wiki-"));

  constructor(private readonly env: NodeJS.ProcessEnv) {
    cpSync(PROGRAM, join(this.folder, "main.ts"));
    for (const part of ["lib", "container"]) {
      cpSync(join(root, part), join(this.folder, "library", part), { recursive: true });
    }
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as object;
    // Published, it is compiled.
    writeFileSync(join(this.folder, "library/package.json"), JSON.stringify({ ...manifest, main: "lib/index.ts" }));
    const modules = join(this.folder, "node_modules");
    mkdirSync(modules);
    for (const name of readdirSync(join(root, "node_modules"))) {
      symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
    symlinkSync("../library", join(modules, "gcs-backed-container-app"));
    writeFileSync(join(this.folder, ".gitignore"), "node_modules\n.terraform*\n*.tfstate*\nplan*\n");
  }

  /** Synthesizes and deploys the project, and commits both sources and synthesized stack. */
  async deploy(): Promise<void> {
    await this.synthesize();
    await this.terraform("init", "-no-color");
    await this.terraform("apply", "-auto-approve", "-no-color");
    await this.git("init", "--quiet");
    await this.git("add", ".");
    const author = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"];
    await this.git(...author, "commit", "--quiet", "--message=The wiki");
  }

  /** As a person edits a file. */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    const path = join(this.folder, file);
    const before = readFileSync(path, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`the edit does not change ${file}`);
    writeFileSync(path, after);
    await this.synthesize();
  }

  /** Puts the sources and the stack back as they are deployed. */
  async undo(): Promise<void> {
    await this.git("checkout", "--quiet", "--", ".");
    await this.git("clean", "--quiet", "-d", "--force");
  }

  /** What git prints of what changed in a file. */
  async diff(file: string): Promise<string> {
    return this.git("diff", "--no-color", "--", file);
  }

  async diffOfStack(): Promise<string> {
    return this.diff(STACK);
  }

  /** The plan of what is synthesized, and its review. */
  async review(): Promise<Reviewed> {
    const plan = join(this.folder, "plan");
    await this.terraform("plan", "-no-color", `-out=${plan}`);
    // `show` prints a plan without how it came about.
    const text = await this.terraform("show", "-no-color", plan);
    writeFileSync(join(this.folder, "plan.json"), await this.terraform("show", "-json", plan));
    const markdown = await this.node(...REVIEW, "--format", "markdown");
    const gated = await this.node(...REVIEW, ...GATES);
    return { plan: text, review: markdown.stdout, exitCode: gated.exitCode };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async synthesize(): Promise<void> {
    const { exitCode, stderr } = await this.node("-r", "sucrase/register/ts", "main.ts");
    if (exitCode !== 0) throw new Error(stderr);
  }

  private node(...args: string[]) {
    const env = { CDKTF_OUTDIR: join(this.folder, "cdktf.out") };
    return execa(process.execPath, args, { cwd: this.folder, env, reject: false });
  }

  private async git(...args: string[]): Promise<string> {
    // Nobody's settings of git are meant.
    const env = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
    return (await execa("git", args, { cwd: this.folder, env })).stdout;
  }

  private async terraform(...args: string[]): Promise<string> {
    return (await terraform(join(this.folder, "cdktf.out/stacks/cloud"), args, this.env)).stdout;
  }
}

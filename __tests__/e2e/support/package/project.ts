import execa from "execa";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A folder of somebody who uses the package. */
export class Project {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  /** Runs lines of shell as a person would paste them; the first that fails ends them. */
  async paste(lines: string): Promise<string> {
    const env = { CHECKPOINT_DISABLE: "1", npm_config_audit: "false", npm_config_fund: "false" };
    const { all } = await execa("bash", ["-euc", lines], { cwd: this.folder, all: true, env, stdin: "ignore" });
    return all!;
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  json(name: string) {
    return JSON.parse(readFileSync(join(this.folder, name), "utf8"));
  }

  /** What the command synthesizes, without what the framework notes about itself. */
  async synthesize(command: string) {
    await this.paste(`rm -rf cdktf.out && ${command}`);
    const file = join(this.folder, "cdktf.out/stacks/cloud/cdk.tf.json");
    const stack = JSON.parse(readFileSync(file, "utf8"), (key, value) => (key === "//" ? undefined : value));
    const { resource, data, provider, output } = stack;
    return { resource, data, provider, output };
  }

  /** Bytes of all files below a folder of the project. */
  size(name: string): number {
    return readdirSync(join(this.folder, name), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  }
}

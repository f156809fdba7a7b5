import { App, TerraformResource, TerraformStack, TerraformVariable } from "cdktf";
import { readFileSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { nodeScript, NodeScriptProps } from "../../lib/terraform/node-script";
import { filesOf, folderWith } from "../support/folder";

const SCRIPT = "lib/local/check-docker.cjs";

/** What Terraform finds in the stack's folder. */
function synthesize(propsOf: (stack: TerraformStack) => Partial<NodeScriptProps> = () => ({})) {
  const outdir = folderWith();
  try {
    const app = new App({ outdir });
    const stack = new TerraformStack(app, "stack");
    nodeScript(stack, "check", { script: SCRIPT, ...propsOf(stack) });
    app.synth();
    const folder = join(outdir, "stacks/stack");
    const { resource } = JSON.parse(readFileSync(join(folder, "cdk.tf.json"), "utf8"));
    const { provisioner, ...rest } = resource.terraform_data.check;
    delete rest["//"];
    const file = filesOf(join(folder, "assets")).map((name) => `assets/${name}`);
    return { file, text: readFileSync(join(folder, file[0]), "utf8"), script: provisioner[0]["local-exec"], rest };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

test("the script is a file beside the stack, by a relative path, and the command is nothing but its name", () => {
  const { file, text, script, rest } = synthesize();
  expect(text).toBe(readFileSync(join(__dirname, "../..", SCRIPT), "utf8"));
  expect(file).toHaveLength(1);
  expect(isAbsolute(file[0])).toBe(false);
  expect(script).toEqual({ command: `node ${file[0]}` });
  expect(script.command).toMatch(/^[\w./ -]+$/);
  expect(rest).toEqual({});
});

test("what it is told is no template, but for tokens", () => {
  const { script } = synthesize((stack) => ({
    environment: { TEXT: "${x} %{ if", NAME: `a-${new TerraformVariable(stack, "name", {}).stringValue}` },
  }));
  expect(script.environment).toEqual({ TEXT: "$${x} %%{ if", NAME: "a-${var.name}" });
});

test("it runs again when a trigger changes, and after what it depends on", () => {
  const { rest } = synthesize((stack) => {
    const first = new TerraformResource(stack, "first", { terraformResourceType: "terraform_data" });
    return { triggers: ["one", "two"], dependsOn: [first] };
  });
  expect(rest).toEqual({ triggers_replace: ["one", "two"], depends_on: ["terraform_data.first"] });
});

import { TerraformStack, Testing } from "cdktf";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { StagedFiles } from "../../lib/terraform/staged-files";
import { folderWith } from "../support/folder";

test("the files are beside the synthesized stack, under their hash, and those of earlier runs are gone", () => {
  const outdir = folderWith();
  const synthesize = (hash: string) => {
    const app = Testing.app({ outdir });
    const stack = new TerraformStack(app, "stack");
    const files = new StagedFiles(stack, "files", hash, (folder) => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "text"), hash);
    });
    app.synth();
    return { path: files.path, folder: join(outdir, "stacks/stack", files.path) };
  };
  const first = synthesize("aaa");
  expect(first.path).toBe("assets/files/aaa");
  expect(readFileSync(join(first.folder, "text"), "utf8")).toBe("aaa");
  const second = synthesize("bbb");
  expect(existsSync(first.folder)).toBe(false);
  expect(readdirSync(dirname(second.folder))).toEqual(["bbb"]);
  rmSync(outdir, { recursive: true });
});

import execa from "execa";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const contexts = join(__dirname, "../../container");

/** The shell scripts of the images that are built here: what names a shell at its top. */
const scripts = readdirSync(contexts, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => /^#(!\/bin\/(ba)?sh| shellcheck shell=)/.test(readFileSync(file, "utf8")));

it("shellcheck has no complaint about the scripts in the images", async () => {
  expect(scripts.map((file) => file.slice(contexts.length + 1)).sort()).toEqual([
    "demo/start",
    "gcsfuse/mount-bucket",
    "local-machine/engine-api",
    "local-machine/run-machine",
    "local-machine/take-secrets",
    "local-machine/wait-until-live",
  ]);
  expect(await complaints(scripts)).toBe("");
});

it("nor about those that run the tests", async () => {
  const root = join(__dirname, "../..");
  expect(await complaints([join(root, ".ci/run"), join(root, "__tests__/support/run/janitor.sh")])).toBe("");
});

async function complaints(files: readonly string[]): Promise<string> {
  const args = ["--external-sources", "--source-path", "SCRIPTDIR", "--enable", "check-unassigned-uppercase"];
  const { stdout, stderr } = await execa("shellcheck", [...args, ...files], { reject: false });
  return stdout + stderr;
}

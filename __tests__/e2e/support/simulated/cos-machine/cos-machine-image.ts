import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBaseImage, hasImage } from "../../real/base-image";
import { cachePath } from "../../real/cache";
import { cachedFile } from "../../real/cached-file";
import { dockerEngine } from "../../real/docker-engine";
import { dockerCredentialGcrBinary } from "../../real/go-tools";

const repository = "gcs-backed-container-app-e2e/machine";
const recipe = join(__dirname, "image");

/** The COS-like machine's image, built once per recipe and kept in the cache. */
export async function ensureMachineImage(): Promise<string> {
  const hash = recipeHash();
  const tag = `${repository}:${hash}`;
  const engine = await dockerEngine();
  if (await hasImage(engine, tag)) return tag;
  const archive = await cachedFile([`machine-image-${hash}`, "image.tar"], async (path) => {
    await build(tag);
    await engine.docker(["save", "--output", `${path}.part`, tag]);
    renameSync(`${path}.part`, path);
    await removeOlder(tag, hash);
  });
  if (!(await hasImage(engine, tag))) await engine.docker(["load", "--input", archive]);
  return tag;
}

async function build(tag: string): Promise<void> {
  const engine = await dockerEngine();
  await ensureBaseImage(engine);
  const context = mkdtempSync(join(tmpdir(), "machine-image-"));
  try {
    cpSync(recipe, context, { recursive: true });
    copyFileSync(await dockerCredentialGcrBinary(), join(context, "docker-credential-gcr"));
    await engine.docker(["build", "--tag", tag, context], { all: true });
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** Of older recipes; images that a machine still runs on stay. */
async function removeOlder(tag: string, hash: string): Promise<void> {
  for (const name of readdirSync(cachePath())) {
    if (/^machine-image-/.test(name) && !name.endsWith(hash)) rmSync(cachePath(name), { recursive: true });
  }
  const engine = await dockerEngine();
  const { stdout } = await engine.docker(["images", "--format", "{{.Repository}}:{{.Tag}}", repository]);
  const older = stdout.split("\n").filter((image) => image && image !== tag);
  if (older.length) await engine.docker(["rmi", ...older], { reject: false });
}

function recipeHash(): string {
  const hash = createHash("sha256");
  const files = readdirSync(recipe, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort()) {
    hash
      .update(`${path.slice(recipe.length)}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return hash.digest("hex").slice(0, 16);
}

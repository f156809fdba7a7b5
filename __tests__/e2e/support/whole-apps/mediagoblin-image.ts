/**
 * MediaGoblin's image, built from its release by its own Dockerfile. The release is AGPL and is not in this repository: it is
 * looked for beside the project's folder.
 */
import execa from "execa";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasImage } from "../real/base-image";
import { cachedFile } from "../real/cached-file";
import { DockerEngine, dockerEngine } from "../real/docker-engine";
import { withRegistrySettings } from "../real/registry-settings";

export const MEDIAGOBLIN_VERSION = "0.15.0";

/**
 * The Dockerfile's own arguments: no tests, which the source beside us leaves out, and few kinds of media. Audio is one of
 * them: with neither audio nor video, the packages that the Dockerfile installs include no C compiler, and its build fails.
 */
const buildArgs: Record<string, string> = {
  run_tests: "false",
  audio_support: "true",
  video_support: "false",
  raw_image_support: "false",
  pdf_support: "false",
  ldap_support: "false",
};

/** The release's archive: where it is, or should be. */
export function mediagoblinSource(): { readonly file: string; readonly exists: boolean } {
  const beside = join(__dirname, `../../../../../shared/third-party/mediagoblin-${MEDIAGOBLIN_VERSION}.tar.xz`);
  const file = process.env.MEDIAGOBLIN_SOURCE || beside;
  return { file, exists: existsSync(file) };
}

/** The image's name in the tests' Docker Engine; built once per release and arguments, and kept in the cache. */
export async function mediagoblinImage(): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify(buildArgs)).digest("hex").slice(0, 12);
  const tag = `e2e-mediagoblin:${MEDIAGOBLIN_VERSION}-${key}`;
  const engine = await dockerEngine();
  if (await hasImage(engine, tag)) return tag;
  const archive = await cachedFile([`mediagoblin-${MEDIAGOBLIN_VERSION}-${key}`, "image.tar"], async (path) => {
    await build(engine, tag);
    await engine.docker(["save", "--output", `${path}.part`, tag]);
    renameSync(`${path}.part`, path);
  });
  if (!(await hasImage(engine, tag))) await engine.docker(["load", "--input", archive]);
  return tag;
}

async function build(engine: DockerEngine, tag: string): Promise<void> {
  const { file } = mediagoblinSource();
  const work = mkdtempSync(join(tmpdir(), "mediagoblin-"));
  try {
    await execa("tar", ["-xf", file, "-C", work]);
    const tree = join(work, `mediagoblin-${MEDIAGOBLIN_VERSION}`);
    const args = Object.entries(buildArgs).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
    await withRegistrySettings(engine, async () => {
      await runAutogen(engine, tree);
      addDevtools(tree);
      await engine.docker(["build", "--force-rm", "--tag", tag, ...args, tree], { all: true });
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * What MediaGoblin's authors do before they build the image: its Dockerfile wants the `configure` that this makes. That looks
 * for a program `python`, which Debian's image does not have, unless this variable says otherwise.
 */
async function runAutogen(engine: DockerEngine, tree: string): Promise<void> {
  const dockerfile = `FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends autoconf automake && rm -rf /var/lib/apt/lists/*
COPY . /tree
RUN cd /tree && sh ./autogen.sh && sed -i '2i PYTHON_VERSION=3' configure
`;
  const image = "e2e-mediagoblin:autogen";
  await engine.docker(["build", "--tag", image, "--file", "-", tree], { all: true, input: dockerfile });
  const { stdout: container } = await engine.docker(["create", image]);
  try {
    for (const file of ["configure", "config.guess", "config.sub", "install-sh"]) {
      await engine.docker(["cp", "--follow-link", `${container}:/tree/${file}`, join(tree, file)]);
    }
  } finally {
    await engine.docker(["rm", "--volumes", container]);
    await engine.docker(["rmi", image], { reject: false });
  }
}

/** The source beside us leaves out upstream's devtools, of which its Makefile runs one: this stands in for it. */
function addDevtools(tree: string): void {
  const script = join(tree, "devtools/compile_translations.sh");
  if (existsSync(script)) return;
  mkdirSync(join(tree, "devtools"));
  writeFileSync(script, "#!/bin/sh\necho 'translations are left out'\n", { mode: 0o755 });
}

import execa from "execa";
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "./cache";
import { cachedFile } from "./cached-file";
import { DockerEngine } from "./docker-engine";

/** Its name; the Dockerfiles ask for it with a digest, which the bootstrapped one does not have. */
export const baseImage = "debian:bookworm-slim";

/** What the slim image leaves out, and keeps out of the packages that are installed on it. */
const leftOut = ["doc", "info", "lintian", "locale", "man"].map((name) => `usr/share/${name}`);

/**
 * The image that our Dockerfiles start from. Where no image registry can be reached it is bootstrapped from Debian's
 * packages, with this machine's own package sources, so that a build on it finds packages where this machine does.
 */
export async function ensureBaseImage(engine: DockerEngine): Promise<string> {
  if (await hasImage(engine, baseImage)) return baseImage;
  const pulled = await engine.docker(["pull", "--quiet", baseImage], { reject: false, timeout: 120_000 });
  if (!pulled.failed) return baseImage;
  await engine.docker(["import", "--change", 'CMD ["bash"]', await bootstrapped(), baseImage]);
  return baseImage;
}

export async function hasImage(engine: DockerEngine, reference: string): Promise<boolean> {
  return !(await engine.docker(["image", "inspect", reference], { reject: false })).failed;
}

function bootstrapped(): Promise<string> {
  return cachedFile(["base-image-bookworm-slim", "rootfs.tar"], async (path) => {
    const work = mkdtempSync(join(cacheDir("build"), "base-image-"));
    try {
      const root = join(work, "rootfs");
      await execa("debootstrap", ["--variant=minbase", "bookworm", root, await packageMirror()]);
      usePackageSources(root);
      for (const unneeded of [...leftOut, "var/cache/apt/archives", "var/lib/apt/lists"]) {
        rmSync(join(root, unneeded), { recursive: true, force: true });
      }
      writeFileSync(
        join(root, "etc/dpkg/dpkg.cfg.d/docker"),
        leftOut.map((folder) => `path-exclude /${folder}/*\n`).join(""),
      );
      await execa("mkdir", [
        "-p",
        join(root, "var/cache/apt/archives/partial"),
        join(root, "var/lib/apt/lists/partial"),
      ]);
      await execa("tar", ["-C", root, "-cf", `${work}/rootfs.tar`, "."]);
      renameSync(`${work}/rootfs.tar`, path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

async function packageMirror(): Promise<string> {
  const { stdout } = await execa("apt-get", [
    ...["indextargets", "--format", "$(REPO_URI)"],
    ...["Created-By: Packages", "Codename: bookworm", "Component: main"],
  ]);
  return stdout.split("\n")[0];
}

function usePackageSources(root: string): void {
  rmSync(join(root, "etc/apt/sources.list"), { force: true });
  for (const part of ["sources.list", "sources.list.d", "apt.conf.d", "auth.conf.d", "keyrings", "trusted.gpg.d"]) {
    const own = join("/etc/apt", part);
    if (existsSync(own)) cpSync(own, join(root, "etc/apt", part), { recursive: true });
  }
}

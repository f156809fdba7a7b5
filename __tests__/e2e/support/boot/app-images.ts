/** The images of apps that do what they do to files without knowing of Cloud Storage. */
import execa from "execa";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ContainerImage } from "../../../../lib";
import { cacheDir } from "../real/cache";
import { cachedFile } from "../real/cached-file";
import { World } from "./vm-world";

const apps = join(__dirname, "..", "..", "apps");

/** Ours: what web frameworks do to files. */
export async function frameworkFilesImage(world: World): Promise<ContainerImage> {
  return ContainerImage.fromRegistry(await world.image("framework-files", join(apps, "framework-files")));
}

export interface DropsUserOptions {
  /** Whose the folder is in the image. */
  readonly owner: "root" | "www-data";
  /** How many pages it has there. */
  readonly pages: number;
}

/** Debian's Apache with WebDAV: it starts as root, and its workers are www-data. */
export async function dropsUserImage(world: World, { owner, pages }: DropsUserOptions): Promise<ContainerImage> {
  const buildArgs = { OWNER: owner, PAGES: String(pages) };
  const image = await world.image("drops-user", join(apps, "drops-user"), `${owner}-${pages}`, buildArgs);
  return ContainerImage.fromRegistry(image);
}

/** Debian's PostgreSQL, and SQLite. */
export async function databasesImage(world: World): Promise<ContainerImage> {
  return ContainerImage.fromRegistry(await world.image("databases", join(apps, "databases")));
}

const copypartyVersion = "1.20.26";

/** Others': a file manager from PyPI. */
export async function copypartyImage(world: World): Promise<ContainerImage> {
  const wheel = await wheelOf("copyparty", copypartyVersion);
  const context = dirname(wheel);
  cpSync(join(apps, "copyparty"), context, { recursive: true });
  return ContainerImage.fromRegistry(await world.image("copyparty", context, copypartyVersion));
}

/** Fetched by this machine's own pip, which knows its proxies and authorities; a container's would not. */
function wheelOf(name: string, version: string): Promise<string> {
  return cachedFile([`${name}-${version}`, "context", `${name}-${version}-py3-none-any.whl`], async (path) => {
    const work = mkdtempSync(join(cacheDir("build"), `${name}-`));
    try {
      await execa("python3", ["-m", "pip", "download", "--no-deps", "--dest", work, `${name}==${version}`]);
      mkdirSync(dirname(path), { recursive: true });
      renameSync(join(work, basename(path)), path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

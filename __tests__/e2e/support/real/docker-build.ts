import { dockerEngine } from "./docker-engine";
import { ensureBaseImage } from "./base-image";

/** Builds an image as a user would, `docker build` with its layer cache, after making sure of the base image. */
export async function buildImage(
  contextDir: string,
  tag: string,
  buildArgs: Record<string, string> = {},
): Promise<string> {
  const engine = await dockerEngine();
  const BASE_IMAGE = await ensureBaseImage(engine);
  const args = Object.entries({ BASE_IMAGE, ...buildArgs }).flatMap(([name, value]) => [
    "--build-arg",
    `${name}=${value}`,
  ]);
  await engine.docker(["build", "--tag", tag, ...args, contextDir], { all: true });
  return tag;
}

import { copyFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { ContainerImage } from "../../../../lib";
import { cacheDir } from "../real/cache";
import { caddyBinary, caddyVersion } from "../real/go-tools";
import { World } from "./vm-world";

const source = join(__dirname, "..", "..", "apps", "proxy");

/** Caddy, in an image that stands for the published one, which cannot be pulled here: see its Dockerfile. */
export async function proxyImage(world: World): Promise<ContainerImage> {
  return ContainerImage.fromRegistry(await world.image("caddy", await proxyContext(), caddyVersion));
}

/** The folder that the image is built from, with the build argument BASE_IMAGE. */
export async function proxyContext(): Promise<string> {
  const program = await caddyBinary();
  const context = cacheDir(`caddy-${caddyVersion}`, "context");
  cpSync(source, context, { recursive: true });
  copyFileSync(program, join(context, "caddy"));
  return context;
}

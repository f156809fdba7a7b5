import { createHash } from "node:crypto";
import { join } from "node:path";
import { ContainerImage } from "../../../../lib";
import { gcsfuseAptSource } from "../simulated/apt-source";
import { dockerEngine } from "../real/docker-engine";
import { ensureBaseImage } from "../real/base-image";

export const demoFolder = join(__dirname, "../../../../container/demo");
export const uploadsPath = "/srv/demo-app/demo/uploads";

/** What every local stack of the tests needs here: the base image, and gcsfuse from this machine's own apt source. */
export async function localWorld() {
  const baseImage = await ensureBaseImage(await dockerEngine());
  const source = await gcsfuseAptSource();
  const aptSource = source.buildArgs.GCSFUSE_APT_SOURCE;
  const settings = { baseImage, gcsfuse: { aptSource, baseImage } };
  return {
    /** The props of every app here. */
    settings,
    /** The same for main.ts. */
    env: { BASE_IMAGE: baseImage, GCSFUSE_APT_SOURCE: aptSource },
    /** The props of the demo on a port. */
    demo: (hostPort: number, folder = demoFolder) => ({
      image: ContainerImage.fromDirectory(folder, { buildArgs: { BASE_IMAGE: baseImage } }),
      mounts: [{ path: uploadsPath }],
      ports: [{ containerPort: 80, hostPort }],
      ...settings,
    }),
  };
}

/** Uploads as a browser does; the status that it answers with is 303 when the file was saved. */
export async function upload(url: string, name: string, content: Buffer | string): Promise<number> {
  const form = new FormData();
  form.append("file", new Blob([Buffer.from(content as string)]), name);
  const response = await fetch(url, { method: "POST", body: form, redirect: "manual" });
  await response.arrayBuffer();
  return response.status;
}

export async function download(url: string, name: string): Promise<string> {
  const response = await fetch(`${url}/uploads/${encodeURIComponent(name)}`);
  if (response.status !== 200) throw new Error(`${name}: ${response.status}`);
  return sha256(Buffer.from(await response.arrayBuffer()));
}

export async function page(url: string): Promise<string> {
  const response = await fetch(url);
  if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

export function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { baseImage, ensureBaseImage } from "./base-image";
import { DockerEngine } from "./docker-engine";

const CONFIGURED = "e2e-base-image:registry-settings";

/** Debian's npm looks for its global settings in the last one, npm's own in the first. */
const DOCKERFILE = `FROM ${baseImage}
COPY authorities.pem /etc/ssl/registry-authorities.pem
RUN printf '[global]\\ncert = /etc/ssl/registry-authorities.pem\\n' >/etc/pip.conf \\
  && mkdir -p /usr/etc /usr/local/etc /etc/npm \\
  && printf 'cafile=/etc/ssl/registry-authorities.pem\\n' | tee /usr/etc/npmrc /usr/local/etc/npmrc /etc/npmrc >/etc/npm/npmrc
`;

/**
 * A build of somebody else's Dockerfile, unchanged, whose pip and npm have to trust the authorities that this machine's do: for
 * that time its base image is one with such settings. Where the machine has none of its own, it is a plain build. Builds beside
 * it would get the same base image, so this is for runs with one worker.
 */
export async function withRegistrySettings<T>(engine: DockerEngine, build: () => Promise<T>): Promise<T> {
  await ensureBaseImage(engine);
  const authorities = process.env.PIP_CERT ?? process.env.NODE_EXTRA_CA_CERTS;
  if (authorities === undefined || !existsSync(authorities)) return build();
  const { stdout: own } = await engine.docker(["image", "inspect", "--format", "{{.Id}}", baseImage]);
  const context = mkdtempSync(join(tmpdir(), "registry-settings-"));
  try {
    copyFileSync(authorities, join(context, "authorities.pem"));
    writeFileSync(join(context, "Dockerfile"), DOCKERFILE);
    await engine.docker(["build", "--tag", CONFIGURED, context], { all: true });
    await engine.docker(["tag", CONFIGURED, baseImage]);
    return await build();
  } finally {
    await engine.docker(["tag", own, baseImage]);
    rmSync(context, { recursive: true, force: true });
  }
}

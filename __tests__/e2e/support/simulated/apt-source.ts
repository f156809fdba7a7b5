/**
 * Simulated: Google's apt repository. It holds a package of the gcsfuse that was built from its Go module,
 * since the vendor's packages are unavailable where only package registries are reachable.
 */
import execa from "execa";
import Fastify, { FastifyInstance } from "fastify";
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheDir } from "../real/cache";
import { cachedFile } from "../real/cached-file";
import { dockerEngine } from "../real/docker-engine";
import { gcsfuseBinary, gcsfuseVersion } from "../real/go-tools";
import { PUBLIC_KEYS, SIGNED_INDEX, signRepository } from "./signed-repository";

export interface AptSource {
  readonly buildArgs: { GCSFUSE_APT_SOURCE: string; GCSFUSE_APT_KEY: string; GCSFUSE_VERSION: string };
  /** The same packages, signed: apt is told which key it may accept, as it is told of Google's. */
  readonly signedBuildArgs: AptSource["buildArgs"];
}

/** Where the Dockerfile puts the keys that it fetches. */
const KEYRING = "/usr/share/keyrings/gcsfuse.asc";
const FINGERPRINT = "fingerprint";

/** Always the same: the address is a build argument, and another one would make Docker build the layer again. */
const port = 18321;

/** How a `docker build` on the engine's default bridge reaches the repository, which is served for all suites of a run. */
export async function gcsfuseAptSource(): Promise<AptSource> {
  const repository = await signedRepository();
  const fingerprint = readFileSync(join(repository, FINGERPRINT), "utf8");
  const origin = `http://${await bridgeGateway()}:${port}`;
  return {
    buildArgs: {
      GCSFUSE_APT_SOURCE: `deb [trusted=yes] ${origin}/ ./`,
      GCSFUSE_APT_KEY: "",
      GCSFUSE_VERSION: gcsfuseVersion,
    },
    signedBuildArgs: {
      GCSFUSE_APT_SOURCE: `deb [signed-by=${KEYRING},${fingerprint}] ${origin}/signed/ ./`,
      GCSFUSE_APT_KEY: `${origin}/signed/${PUBLIC_KEYS}`,
      GCSFUSE_VERSION: gcsfuseVersion,
    },
  };
}

/** Serves the repository until the run ends; returns what ends it. Its packages are made by the first who needs them. */
export async function serveAptSource(): Promise<() => Promise<void>> {
  const server = Fastify();
  // apt asks for "/./Packages".
  server.get<{ Params: { "*": string } }>("/*", async (request, reply) => {
    const path = request.params["*"];
    const file = join(await signedRepository(), basename(path));
    const isSignature = [SIGNED_INDEX, PUBLIC_KEYS].includes(basename(path));
    return existsSync(file) && (!isSignature || path.startsWith("signed/"))
      ? reply.type("application/octet-stream").send(createReadStream(file))
      : reply.callNotFound();
  });
  const host = await bridgeGateway();
  const ended = new AbortController();
  const listening = listen(server, host, ended.signal);
  // Another test run on this machine may have the port: it serves the same, and this one takes over when it ends.
  await Promise.race([listening, sleep(1000)]);
  return async () => {
    ended.abort();
    await listening;
    await server.close();
  };
}

async function listen(server: FastifyInstance, host: string, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    try {
      await server.listen({ host, port });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      await sleep(100);
    }
  }
}

async function bridgeGateway(): Promise<string> {
  const { docker } = await dockerEngine();
  const { stdout: bridge } = await docker([
    ...["network", "inspect", "bridge", "--format", '{{index .Options "com.docker.network.bridge.name"}}'],
  ]);
  const { stdout } = await execa("ip", ["-4", "-json", "address", "show", "dev", bridge.trim()]);
  return (JSON.parse(stdout) as { addr_info: { local: string }[] }[])[0].addr_info[0].local;
}

/** Its folder. */
async function signedRepository(): Promise<string> {
  const done = await cachedFile([`gcsfuse-${gcsfuseVersion}`, "signed-apt", "Packages.done"], async (path) => {
    const work = mkdtempSync(join(cacheDir("build"), "gcsfuse-deb-"));
    try {
      const root = join(work, "root");
      mkdirSync(join(root, "DEBIAN"), { recursive: true });
      mkdirSync(join(root, "usr/bin"), { recursive: true });
      cpSync(await gcsfuseBinary(), join(root, "usr/bin/gcsfuse"));
      const { stdout: architecture } = await execa("dpkg", ["--print-architecture"]);
      // Name and dependency as in the vendor's package.
      writeFileSync(
        join(root, "DEBIAN/control"),
        [
          "Package: gcsfuse",
          `Version: ${gcsfuseVersion}`,
          `Architecture: ${architecture}`,
          "Maintainer: The gcs-backed-container-app tests <tests@example.invalid>",
          "Depends: fuse",
          "Description: gcsfuse built from its Go module, for tests",
          "",
        ].join("\n"),
      );
      const repository = dirname(path);
      const file = `gcsfuse_${gcsfuseVersion}_${architecture}.deb`;
      await execa("dpkg-deb", ["--root-owner-group", "-Zgzip", "--build", root, join(repository, file)]);
      const { stdout: index } = await execa("dpkg-scanpackages", ["--multiversion", "."], { cwd: repository });
      writeFileSync(join(repository, "Packages"), `${index}\n`);
      const { signer } = await signRepository(repository);
      writeFileSync(join(repository, FINGERPRINT), signer);
      writeFileSync(join(work, "done"), "");
      renameSync(join(work, "done"), path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return dirname(done);
}

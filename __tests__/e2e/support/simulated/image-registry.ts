/**
 * Simulated: Artifact Registry. Behind it is a real registry; in front of it, over TLS at Google's own host names,
 * is what Artifact Registry adds for private repositories: an access token as the password of "oauth2accesstoken".
 */
import httpProxy from "@fastify/http-proxy";
import Fastify, { FastifyInstance, FastifyReply } from "fastify";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeCertificates } from "../real/certificates";
import { dockerEngine } from "../real/docker-engine";
import { freePort } from "../real/free-port";
import { endProcess, helperProcess } from "../real/helper-process";
import { TestNetwork } from "./test-network";

export interface RegistryOptions {
  /** Where it listens, on port 443 of the network's gateway address. */
  readonly network: TestNetwork;
  /** The names it stands in for. */
  readonly hosts: readonly string[];
  /** Whether an access token is a valid one with the right to these images. */
  readonly acceptsToken: (token: string) => boolean;
  /** Another of Google's services, which answers at the same address under names of its own. */
  readonly beside?: { readonly hosts: readonly string[]; addRoutes(server: FastifyInstance): void };
  /** Where it keeps the images, also for other registries and later ones; a folder of its own by default. */
  readonly storage?: string;
}

/** "unreachable": every connection is cut; "denied": 403 as from a service account without the role. */
export type RegistryFault = "unreachable" | "denied";

export interface RegistryRequest {
  readonly time: number;
  readonly host: string;
  readonly method: string;
  readonly url: string;
  readonly status: number;
}

export interface Registry {
  readonly hosts: readonly string[];
  readonly address: string;
  /** The authority that signed its certificate. */
  readonly caFile: string;
  readonly requests: readonly RegistryRequest[];
  /** From now on, until it is called with undefined. */
  setFault(fault: RegistryFault | undefined): void;
  /** Puts an image of the host's engine there as `reference`, one of its hosts first; returns the digest. */
  push(localTag: string, reference: string): Promise<string>;
  close(): Promise<void>;
}

export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), "registry-"));
  const backend = await startBackend(folder, options.storage ?? join(folder, "data"));
  const hosts = [...options.hosts, ...(options.beside?.hosts ?? [])];
  const { caFile, key, certificate } = await makeCertificates(folder, hosts);
  const requests: RegistryRequest[] = [];
  let fault: RegistryFault | undefined;

  const server = Fastify({ https: { key, cert: certificate }, forceCloseConnections: true });
  server.server.on("connection", (socket) => {
    if (fault === "unreachable") socket.destroy();
  });
  server.addHook("onResponse", async (request, reply) => {
    const { method, url, hostname: host } = request;
    requests.push({ time: Date.now(), host, method, url, status: reply.statusCode });
  });
  server.addHook("onRequest", async (request, reply) => {
    // A connection that was kept alive from before the fault.
    if (fault === "unreachable") return void request.raw.socket.destroy();
    const token = accessToken(request.headers.authorization);
    const isLogin = request.url.startsWith("/v2/token");
    if (token === undefined && !isLogin) {
      const realm = `Bearer realm="https://${request.hostname}/v2/token",service="${request.hostname}"`;
      return deny(reply.header("www-authenticate", realm), 401, "UNAUTHORIZED", "authentication required");
    }
    if (token === undefined || !options.acceptsToken(token)) {
      return deny(reply, 401, "UNAUTHORIZED", "the access token is missing or not valid");
    }
    if (fault === "denied") {
      return deny(reply, 403, "DENIED", 'Permission "artifactregistry.repositories.downloadArtifacts" denied');
    }
    return undefined;
  });
  // As Artifact Registry: the access token is the registry token.
  server.get("/v2/token", async (request) => ({ token: accessToken(request.headers.authorization), expires_in: 3600 }));
  // Its type says that it listens with TLS, which is nothing to routes.
  options.beside?.addRoutes(server as unknown as FastifyInstance);
  await server.register(httpProxy, { upstream: `http://${backend.address}`, prefix: "/v2", rewritePrefix: "/v2" });
  await server.listen({ host: options.network.gateway, port: 443 });

  return {
    hosts,
    address: options.network.gateway,
    caFile,
    requests,
    setFault: (next) => {
      fault = next;
    },
    push: (localTag, reference) => push(backend.address, options.hosts, localTag, reference),
    close: async () => {
      await server.close();
      await backend.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The user names that docker-credential-gcr and people give with an access token. */
const tokenUser = /^(oauth2accesstoken|_dcgcr_\d+_\d+_\d+_token)$/;

/** The access token in "Bearer TOKEN" or in "Basic USER:TOKEN". */
function accessToken(authorization: string | undefined): string | undefined {
  const [scheme, value] = authorization?.split(" ") ?? [];
  if (scheme?.toLowerCase() === "bearer") return value;
  if (scheme?.toLowerCase() !== "basic") return undefined;
  const [user, password] = Buffer.from(value, "base64").toString().split(":");
  return tokenUser.test(user) ? password : undefined;
}

function deny(reply: FastifyReply, status: number, code: string, message: string): FastifyReply {
  return reply
    .header("docker-distribution-api-version", "registry/2.0")
    .status(status)
    .send({ errors: [{ code, message }] });
}

/** The engine takes loopback addresses without TLS, so that the host's own settings stay as they are. */
async function push(backend: string, hosts: readonly string[], localTag: string, reference: string): Promise<string> {
  const host = hosts.find((candidate) => reference.startsWith(`${candidate}/`));
  if (!host) throw new Error(`${reference} is not on ${hosts.join(", ")}`);
  const { docker } = await dockerEngine();
  const target = `${backend}${reference.slice(host.length)}`;
  await docker(["tag", localTag, target]);
  const { stdout } = await docker(["push", target]);
  await docker(["rmi", target]);
  const digest = /digest: (sha256:[0-9a-f]{64})/.exec(stdout)?.[1];
  if (!digest) throw new Error(`no digest in: ${stdout}`);
  return digest;
}

async function startBackend(folder: string, storage: string): Promise<{ address: string; close(): Promise<void> }> {
  const address = `127.0.0.1:${await freePort()}`;
  const configuration = {
    version: "0.1",
    log: { level: "warn" },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: address, relativeurls: true },
  };
  writeFileSync(join(folder, "config.yml"), JSON.stringify(configuration));
  const process = helperProcess("docker-registry", ["serve", join(folder, "config.yml")]);
  for (let tries = 0; ; tries++) {
    if (
      await fetch(`http://${address}/v2/`).then(
        () => true,
        () => false,
      )
    )
      break;
    if (process.exitCode !== null || tries > 100)
      throw new Error(`docker-registry does not start: ${(await process).all}`);
    await sleep(50);
  }
  return {
    address,
    close: () => endProcess(process),
  };
}

/**
 * Simulated: the Compute Engine metadata server, which exists inside Google Cloud only. It answers what cloud-init,
 * docker-credential-gcr, Google's client libraries and our payload ask: attributes with wait_for_change, the service
 * account's tokens, and guest attributes.
 *
 * It listens on a unix socket: whoever runs a machine brings it to 169.254.169.254 in the machine's network.
 */
import Fastify, { FastifyReply, FastifyRequest } from "fastify";
import { createHash } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { GuestAttributes } from "./guest-attributes";
import { AccessTokens } from "./access-tokens";
import { asJson, entryAt, listing, MetadataEntry, MetadataFolder } from "./metadata-tree";

export interface MachineIdentity {
  readonly name: string;
  readonly id: string;
  readonly zone: string;
  readonly projectId: string;
  readonly projectNumber: string;
  readonly serviceAccountEmail: string;
  readonly address: string;
}

export interface MetadataRequest {
  readonly time: number;
  readonly method: string;
  readonly url: string;
  readonly userAgent: string;
  readonly status: number;
}

interface Query {
  readonly recursive?: string;
  readonly alt?: string;
  readonly wait_for_change?: string;
  readonly last_etag?: string;
  readonly timeout_sec?: string;
}

export class MetadataServer {
  public readonly guestAttributes = new GuestAttributes();
  public readonly requests: MetadataRequest[] = [];
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private readonly server = Fastify({ forceCloseConnections: true, exposeHeadRoutes: false, bodyLimit: 1 << 20 });

  public constructor(
    private readonly identity: MachineIdentity,
    private attributes: Readonly<Record<string, string>>,
    public readonly tokens: AccessTokens = new AccessTokens(),
  ) {
    this.server.removeAllContentTypeParsers();
    this.server.addContentTypeParser("*", { parseAs: "string" }, (_, body, done) => done(null, body));
    this.server.addHook("onRequest", async (request, reply) => {
      reply.header("Metadata-Flavor", "Google").header("Server", "Metadata Server for VM");
      const { headers } = request;
      if (request.url !== "/" && (headers["metadata-flavor"] !== "Google" || headers["x-forwarded-for"])) {
        return reply.status(403).send("Missing required header: Metadata-Flavor");
      }
      return undefined;
    });
    this.server.addHook("onResponse", async (request, reply) => {
      const { method, url } = request;
      const userAgent = request.headers["user-agent"] ?? "";
      this.requests.push({ time: Date.now(), method, url, userAgent, status: reply.statusCode });
    });
    this.server.get("/", (_, reply) => reply.type("application/text").send("computeMetadata/\n"));
    this.server.all<{ Params: { "*": string } }>("/computeMetadata/v1/instance/guest-attributes/*", (request, reply) =>
      this.answerGuestAttributes(request, reply),
    );
    this.server.get<{ Params: { "*": string }; Querystring: { audience?: string } }>(
      "/computeMetadata/v1/instance/service-accounts/:account/:what(token|identity)",
      (request, reply) => this.answerCredentials(request.url, request.query.audience, reply),
    );
    this.server.get<{ Params: { "*": string }; Querystring: Query }>("/computeMetadata/v1/*", (request, reply) =>
      this.answerMetadata(request, reply),
    );
  }

  public async listen(socketPath: string): Promise<void> {
    await this.server.listen({ path: socketPath });
  }

  public async close(): Promise<void> {
    await this.server.close();
  }

  /** Replaces all attributes, as instances.setMetadata does; whoever waits for a change is told. */
  public setAttributes(attributes: Readonly<Record<string, string>>): void {
    this.attributes = { ...attributes };
    this.changes.emit("change");
  }

  public getAttributes(): Readonly<Record<string, string>> {
    return this.attributes;
  }

  private root(): MetadataFolder {
    const { identity } = this;
    const account = { aliases: "default\n", email: identity.serviceAccountEmail, scopes: `${cloudPlatform}\n` };
    return {
      instance: {
        attributes: this.attributes,
        "cpu-platform": "Simulated",
        hostname: `${identity.name}.${identity.zone}.c.${identity.projectId}.internal`,
        id: identity.id,
        "machine-type": `projects/${identity.projectNumber}/machineTypes/e2-small`,
        name: identity.name,
        "network-interfaces": { "0": { ip: identity.address, mtu: "1460" } },
        "service-accounts": { default: account, [identity.serviceAccountEmail]: account },
        zone: `projects/${identity.projectNumber}/zones/${identity.zone}`,
      },
      project: {
        attributes: {},
        "numeric-project-id": identity.projectNumber,
        "project-id": identity.projectId,
      },
    };
  }

  private async answerMetadata(
    request: FastifyRequest<{ Params: { "*": string }; Querystring: Query }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const { query } = request;
    const path = request.params["*"].split("/").filter((name) => name);
    let entry = entryAt(this.root(), path);
    if (entry === undefined) return notFound(reply);
    if (typeof entry !== "string" && !isTrue(query.recursive) && !request.params["*"].endsWith("/") && path.length) {
      return reply.redirect(`/computeMetadata/v1/${request.params["*"]}/`, 301);
    }
    if (isTrue(query.wait_for_change)) {
      await this.waitForChange(path, query, request);
      entry = entryAt(this.root(), path);
      if (entry === undefined) return notFound(reply);
    }
    reply.header("ETag", etag(entry));
    if (isTrue(query.recursive) || query.alt === "json") {
      return reply.type("application/json").send(JSON.stringify(asJson(entry, path.includes("attributes"))));
    }
    return reply.type("application/text").send(typeof entry === "string" ? entry : listing(entry));
  }

  /** Until the entry is another one than the caller knows, or its time is over, or it has hung up. */
  private async waitForChange(path: readonly string[], query: Query, request: FastifyRequest): Promise<void> {
    const known = query.last_etag ?? etag(entryAt(this.root(), path));
    const over = new AbortController();
    const timer = query.timeout_sec ? setTimeout(() => over.abort(), Number(query.timeout_sec) * 1000) : undefined;
    request.raw.socket.once("close", () => over.abort());
    while (etag(entryAt(this.root(), path)) === known && !over.signal.aborted) {
      await once(this.changes, "change", { signal: over.signal }).catch(() => undefined);
    }
    clearTimeout(timer);
  }

  private answerCredentials(url: string, audience: string | undefined, reply: FastifyReply): FastifyReply {
    if (/\/token(\?|$)/.test(url)) {
      const token = this.tokens.current();
      const expiresIn = Math.floor((token.expires - Date.now()) / 1000);
      return reply
        .type("application/json")
        .send(JSON.stringify({ access_token: token.value, expires_in: expiresIn, token_type: "Bearer" }));
    }
    if (!audience) return reply.status(400).send("non-empty audience parameter required");
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const claims = { aud: audience, email: this.identity.serviceAccountEmail, iss: "https://accounts.google.com" };
    return reply.type("application/text").send(`${part({ alg: "none", typ: "JWT" })}.${part(claims)}.`);
  }

  private answerGuestAttributes(
    request: FastifyRequest<{ Params: { "*": string } }>,
    reply: FastifyReply,
  ): FastifyReply {
    if (this.attributes["enable-guest-attributes"]?.toUpperCase() !== "TRUE") {
      return reply.status(403).send("Guest attributes endpoint access is disabled.");
    }
    const path = request.params["*"];
    reply.type("application/text");
    if (request.method === "GET") {
      const value = path.endsWith("/") || !path ? this.guestAttributeListing(path) : this.guestAttributes.get(path);
      return value === undefined ? notFound(reply) : reply.send(value);
    }
    if (!/^[^/]+\/[^/]+$/.test(path)) return reply.status(400).send("a namespace and a key are needed");
    if (request.method === "PUT") this.guestAttributes.set(path, String(request.body ?? ""));
    else if (request.method === "DELETE") this.guestAttributes.set(path, undefined);
    else return reply.status(405).send();
    return reply.send("");
  }

  private guestAttributeListing(path: string): string | undefined {
    const below = Object.keys(this.guestAttributes.current).filter((name) => name.startsWith(path));
    if (!below.length) return undefined;
    const names = below.map((name) => name.slice(path.length).replace(/\/.*/, "/"));
    return [...new Set(names)].map((name) => `${name}\n`).join("");
  }
}

const cloudPlatform = "https://www.googleapis.com/auth/cloud-platform";

function notFound(reply: FastifyReply): FastifyReply {
  return reply.status(404).type("text/html").send("The requested URL was not found on this server.");
}

function etag(entry: MetadataEntry | undefined): string {
  if (entry === undefined) return "NONE";
  return createHash("sha256").update(JSON.stringify(entry)).digest("hex").slice(0, 16);
}

/** cloud-init says "True". */
function isTrue(parameter: string | undefined): boolean {
  return parameter?.toLowerCase() === "true";
}

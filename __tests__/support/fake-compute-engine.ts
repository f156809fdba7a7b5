import fastify, { FastifyReply, FastifyRequest } from "fastify";
import { AddressInfo } from "node:net";

export interface Answer {
  readonly code: number;
  readonly body: object | string;
}

export const googleError = (code: number, message: string, reason?: string): Answer => ({
  code,
  body: { error: { code, message, errors: reason === undefined ? [] : [{ message, reason }] } },
});

export const PROJECT = "demo-project-123";
export const ZONE = "us-east1-b";

/**
 * Simulated: instances.get and instances.getGuestAttributes of the Compute Engine API, for one VM called "gallery", on
 * loopback. Other VMs are not there.
 */
export class FakeComputeEngine {
  lifecycle = "RUNNING";
  metadata: { [key: string]: string } = {};
  /** What the VM has reported. */
  status: string | undefined;
  /** Runs before each look at the VM, with the number of looks before it. */
  onLook: (looks: number) => void = () => undefined;
  /** Taken instead of an answer of its own, in this order; undefined for "as usual". */
  readonly next: (Answer | undefined)[] = [];
  /** Method, path and access token of each request. */
  readonly requests: string[] = [];
  private looks = 0;
  private readonly server = fastify({ forceCloseConnections: true });

  constructor() {
    const path = "/compute/v1/projects/:project/zones/:zone/instances/:name";
    this.server.get(path, (request, reply) => this.reply(request, reply, () => this.instance()));
    this.server.get(`${path}/getGuestAttributes`, (request, reply) =>
      this.reply(request, reply, () => this.guestAttributes((request.query as { queryPath: string }).queryPath)),
    );
  }

  async listen(): Promise<void> {
    await this.server.listen({ host: "127.0.0.1", port: 0 });
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  /** What the google provider would be given to talk to it. */
  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.server.address() as AddressInfo).port}/compute/v1/`;
  }

  private reply(request: FastifyRequest, reply: FastifyReply, answer: () => Answer) {
    const { project, zone, name } = request.params as { [key: string]: string };
    this.requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    const there = project === PROJECT && zone === ZONE && name === "gallery";
    const missing = googleError(
      404,
      `The resource 'projects/${project}/zones/${zone}/instances/${name}' was not found`,
      "notFound",
    );
    const { code, body } = this.next.shift() ?? (there ? answer() : missing);
    return reply.code(code).send(body);
  }

  private instance(): Answer {
    this.onLook(this.looks++);
    const items = Object.entries(this.metadata).map(([key, value]) => ({ key, value }));
    return {
      code: 200,
      body: { kind: "compute#instance", name: "gallery", status: this.lifecycle, metadata: { items } },
    };
  }

  private guestAttributes(queryPath: string): Answer {
    if (this.status === undefined || queryPath !== "gcs-backed-container-app/status") {
      return googleError(404, `The resource '${queryPath}' of type 'Guest Attribute' was not found.`, "notFound");
    }
    const items = [{ namespace: "gcs-backed-container-app", key: "status", value: this.status }];
    return { code: 200, body: { kind: "compute#guestAttributes", queryPath, queryValue: { items } } };
  }
}

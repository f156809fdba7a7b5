import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../../../../../container/gcs-emulator/src/api-error";
import { cutStream } from "./cut-stream";
import { type Fault, Faults } from "./storage-faults";
import { type Operation, parseOperation } from "../../../../../container/gcs-emulator/src/operation";
import type { LoggedRequest } from "./request-log";

/** The tokens that are valid now, or a check of one. */
export type Tokens = (token: string) => boolean | readonly string[];

const bytesBeforeCut = 64 * 1024;
const longestLog = 200_000;

/** What is between the client and the API: the log, the check of the token, and every fault that a test asks for. */
export class Traffic {
  readonly faults = new Faults();
  readonly requests: LoggedRequest[] = [];
  denied = false;

  private readonly planned = new WeakMap<FastifyRequest, Fault>();
  private resume: (() => void) | undefined;
  private hanging: Promise<void> | undefined;

  /** Anonymous access when no tokens are given. */
  constructor(private readonly tokens: Tokens | undefined) {}

  /** While it hangs no request is answered; those that wait go on afterwards, as when lost packets are sent again. */
  hang(on: boolean): void {
    this.resume?.();
    this.resume = undefined;
    this.hanging = on ? new Promise((resolve) => (this.resume = resolve)) : undefined;
  }

  install(app: FastifyInstance): void {
    app.addHook("onRequest", (request, reply) => this.admit(request, reply));
    app.addHook("preParsing", async (request, _reply, payload) =>
      this.planned.get(request)?.cut === "request" ? cutStream(payload, request.raw.socket, bytesBeforeCut) : payload,
    );
    app.addHook("onSend", async (request, _reply, payload) => this.send(request, payload));
  }

  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const operation = parseOperation(request.method, request.url);
    const entry = this.log(request, operation);
    reply.raw.once("finish", () => (entry.status = reply.raw.statusCode));
    await this.hanging;
    if (!entry.tokenOk) {
      throw unauthorized();
    }
    if (this.denied) {
      throw forbidden();
    }
    const fault = this.faults.next(operation);
    this.planned.set(request, fault);
    entry.fault = fault.status ? `${fault.status}` : fault.cut;
    await sleep(fault.latencyMs);
    if (fault.status) {
      throw injected(fault.status);
    }
    if (fault.cut === "before" || (fault.cut === "request" && !hasBody(request))) {
      reply.hijack();
      request.raw.socket.resetAndDestroy();
    }
  }

  private log(request: FastifyRequest, operation: Operation): LoggedRequest {
    const { method, url: path } = request;
    const entry = { time: new Date(), method, path, operation: operation.kind, tokenOk: this.isAllowed(request) };
    this.requests.push(entry);
    if (this.requests.length > longestLog) {
      this.requests.splice(0, longestLog / 2);
    }
    return entry;
  }

  private isAllowed(request: FastifyRequest): boolean {
    if (!this.tokens) {
      return true;
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const verdict = token !== undefined && this.tokens(token);
    return typeof verdict === "boolean" ? verdict : verdict.includes(token!);
  }

  private send(request: FastifyRequest, payload: unknown): unknown {
    const cut = this.planned.get(request)?.cut;
    const { socket } = request.raw;
    if (cut === "acknowledgement" || (cut === "answer" && !isStream(payload))) {
      socket.resetAndDestroy();
    }
    return cut === "answer" && isStream(payload) ? cutStream(payload, socket, bytesBeforeCut) : payload;
  }
}

function unauthorized(): ApiError {
  return new ApiError(401, "authError", "Invalid Credentials");
}

function forbidden(): ApiError {
  return new ApiError(
    403,
    "forbidden",
    "The service account does not have storage.objects access to the Google Cloud Storage bucket. Permission denied on resource (or it may not exist).",
  );
}

function injected(status: number): ApiError {
  const reasons: Record<number, string> = { 403: "forbidden", 429: "rateLimitExceeded" };
  return new ApiError(status, reasons[status] ?? "backendError", "Injected by the test.");
}

function hasBody({ headers }: FastifyRequest): boolean {
  return Number(headers["content-length"] ?? 0) > 0 || headers["transfer-encoding"] !== undefined;
}

function isStream(payload: unknown): payload is Readable {
  return typeof (payload as Readable | undefined)?.pipe === "function";
}

import type { FastifyReply, FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { ApiError } from "./api-error";
import type { Bucket, Buckets } from "./bucket";
import type { Operation } from "./operation";

/** A request, with what a handler needs to answer it. */
export interface Exchange {
  readonly operation: Operation;
  readonly buckets: Buckets;
  readonly bucket: Bucket;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** The address by which the client reached this server, for example `http://storage:4443`. */
  readonly origin: string;
}

export type Handler = (exchange: Exchange) => object | Promise<object>;

/** The body of a request that carries a JSON resource, or {} when it has none: rclone says "null" then. */
export async function jsonBody(request: FastifyRequest): Promise<Record<string, unknown>> {
  if (!request.body || Number(request.headers["content-length"] ?? 1) === 0) {
    return {};
  }
  return parseResource(await text(request.body as Readable));
}

export function parseResource(json: string): Record<string, unknown> {
  try {
    return (JSON.parse(json) as Record<string, unknown> | null) ?? {};
  } catch {
    throw ApiError.invalid("Parse Error");
  }
}

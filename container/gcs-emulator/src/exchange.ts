import type { FastifyReply, FastifyRequest } from "fastify";
import type { Readable } from "node:stream";
import { json } from "node:stream/consumers";
import { ApiError } from "./api-error";
import type { Bucket, Buckets } from "./bucket";
import type { Operation } from "./operation";

/** One request with all that an operation needs to answer it. */
export interface Exchange {
  readonly operation: Operation;
  readonly buckets: Buckets;
  readonly bucket: Bucket;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export type Handler = (exchange: Exchange) => object | Promise<object>;

/** The body of a request that carries a JSON resource, or {} when it has none. */
export async function jsonBody(request: FastifyRequest): Promise<Record<string, unknown>> {
  if (!request.body || Number(request.headers["content-length"] ?? 1) === 0) {
    return {};
  }
  try {
    return (await json(request.body as Readable)) as Record<string, unknown>;
  } catch (error) {
    throw error instanceof SyntaxError ? ApiError.invalid("Parse Error") : error;
  }
}

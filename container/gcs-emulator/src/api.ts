/**
 * Simulated here: Cloud Storage's JSON API and the reads of its XML API, as narrowly as gcsfuse, the Google client libraries and rclone need them, for flat
 * buckets without versioning. Why not a ready-made emulator: fake-gcs-server 1.56.1 keeps no placeholder object of a folder, cannot hold `a` and `a/b` at
 * once, ignores preconditions of compose and patch, lacks `moveTo` (with which gcsfuse renames), holds whole objects in memory, and stores bytes and
 * attributes in two steps.
 */
import fastify, { type FastifyInstance } from "fastify";
import { ApiError } from "./api-error";
import type { Buckets } from "./bucket";
import { getBucket, getStorageLayout, list } from "./bucket-operations";
import { read } from "./download-operation";
import type { Handler } from "./exchange";
import { compose, move, remove, rewrite, stat, update } from "./object-operations";
import { type OperationKind, parseOperation } from "./operation";
import { cancelUpload, insert, receiveChunk, startUpload } from "./upload-operations";

const handlers: Record<OperationKind, Handler> = {
  bucket: getBucket,
  "storage-layout": getStorageLayout,
  list,
  stat,
  read,
  insert,
  "upload-start": startUpload,
  "upload-chunk": receiveChunk,
  "upload-cancel": cancelUpload,
  update,
  delete: remove,
  compose,
  rewrite,
  move,
  unknown: ({ request }) => {
    throw new ApiError(501, "notImplemented", `${request.method} ${request.url} is not simulated.`);
  },
};

/** @param install adds hooks of its own to the server, before anything is answered */
export function createApi(
  buckets: Buckets,
  install: (app: FastifyInstance) => void = () => undefined,
): FastifyInstance {
  const app = fastify({ bodyLimit: Number.MAX_SAFE_INTEGER, exposeHeadRoutes: false });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  app.setErrorHandler((error: Error, request, reply) => {
    const answer = error instanceof ApiError ? error : new ApiError(500, "internalError", error.message);
    if (!(error instanceof ApiError) && !request.raw.socket.destroyed) {
      process.stderr.write(`gcs: ${request.method} ${request.url}: ${error.stack}\n`);
    }
    return reply.code(answer.status).send(request.method === "HEAD" ? undefined : answer.json());
  });
  install(app);
  app.route({
    method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    url: "/*",
    handler: async (request, reply) => {
      const operation = parseOperation(request.method, request.url);
      const handle = handlers[operation.kind];
      // An unknown request has no bucket, and is answered before one is looked for.
      const bucket = operation.kind === "unknown" ? undefined! : buckets.get(operation.bucket);
      return handle({ operation, buckets, bucket, request, reply });
    },
  });
  return app;
}

/**
 * Simulated: the parts of Cloud Storage's JSON API, and the reads of its XML API, that gcsfuse, the Google client
 * libraries and rclone use, for flat buckets without versioning.
 *
 * Why an emulator of our own:
 * - fake-gcs-server (1.56.1) drops the placeholder object of a folder, cannot hold `a` and `a/b` at once, ignores the
 *   preconditions of compose and patch, lacks `moveTo`, with which gcsfuse renames, holds whole objects in memory, and
 *   stores bytes and attributes in two steps.
 * - Google's storage-testbench keeps everything in memory, so files would not survive a restart, and none of the
 *   package registries that were looked at (npm, PyPI, Debian) has it.
 */
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
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

export function createApi(buckets: Buckets): FastifyInstance {
  const app = fastify({ bodyLimit: Number.MAX_SAFE_INTEGER, exposeHeadRoutes: false });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  // Cloud Storage takes any Content-Type, even an empty one, which fastify refuses. The client's own is in the raw
  // headers.
  app.addHook("onRequest", async (request) => {
    if (request.headers["content-type"] !== undefined) {
      request.headers = { "content-type": "application/octet-stream" };
    }
  });
  app.setErrorHandler((error: FastifyError | ApiError, request, reply) => {
    const answer = answerOf(error);
    if (answer !== error && answer.status >= 500 && !request.raw.socket.destroyed) {
      process.stderr.write(`gcs: ${request.method} ${request.url}: ${error.stack}\n`);
    }
    return reply.code(answer.status).send(request.method === "HEAD" ? undefined : answer.json());
  });
  app.route({
    method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    url: "/*",
    handler: async (request, reply) => {
      const operation = parseOperation(request.method, request.url);
      const handle = handlers[operation.kind];
      // An unknown request has no bucket. Its handler throws without one.
      const bucket = operation.kind === "unknown" ? undefined! : buckets.get(operation.bucket);
      return handle({ operation, buckets, bucket, request, reply, origin: `http://${request.host}` });
    },
  });
  return app;
}

function answerOf(error: FastifyError | ApiError): ApiError {
  if (error instanceof ApiError) {
    return error;
  }
  const { statusCode = 500, message } = error;
  return statusCode < 500 ? new ApiError(statusCode, "invalid", message) : new ApiError(500, "internalError", message);
}

import type { FastifyReply, FastifyRequest } from "fastify";
import { ApiError } from "./api-error";
import type { BucketStore } from "./bucket-store";
import { conditionsOf } from "./conditions";
import { appendContent, createContent } from "./content-writer";
import { type Handler, jsonBody } from "./exchange";
import { readMultipartUpload } from "./multipart-upload";
import type { ContentRange } from "./resumable-uploads";
import { changeAttributes, type Content, encodeCrc32c, objectResource } from "./stored-object";

/** An upload in one request: `uploadType=multipart` or `media`. */
export const insert: Handler = async ({ operation, bucket, request, origin }) => {
  const { query } = operation;
  const { store } = bucket;
  const conditions = conditionsOf(query);
  const contentType = request.raw.headers["content-type"] ?? "";
  const { resource, stored: content } =
    query.get("uploadType") === "multipart"
      ? await readMultipartUpload(contentType, request.body as AsyncIterable<Buffer>, (part) =>
          storeContent(store, part),
        )
      : {
          resource: contentType ? { contentType } : {},
          stored: await storeContent(store, (request.body ?? []) as AsyncIterable<Buffer>),
        };
  try {
    const { name, crc32c } = { name: query.get("name"), ...resource } as { name?: string; crc32c?: string };
    checkChecksum(content, crc32c ?? declaredCrc32c(request));
    const attributes = changeAttributes({}, resource);
    return objectResource(origin, bucket.name, store.put({ name: validName(name), attributes, content }, conditions));
  } catch (error) {
    store.discard(content);
    throw error;
  }
};

export const startUpload: Handler = async ({ operation, bucket, request, reply, origin }) => {
  const resource = await jsonBody(request);
  const contentType = request.headers["x-upload-content-type"];
  const { name, crc32c } = { name: operation.query.get("name"), ...resource } as { name?: string; crc32c?: string };
  const id = bucket.uploads.start({
    name: validName(name),
    attributes: changeAttributes({}, { ...(contentType && { contentType }), ...resource }),
    conditions: conditionsOf(operation.query),
    crc32c,
  });
  const path = `/upload/storage/v1/b/${encodeURIComponent(bucket.name)}/o?uploadType=resumable&upload_id=${id}`;
  return reply.header("location", `${origin}${path}`).header("x-guploader-uploadid", id).send();
};

export const receiveChunk: Handler = async ({ operation, bucket, request, reply, origin }) => {
  const id = operation.query.get("upload_id") ?? "";
  const range = parseContentRange(request.headers["content-range"], request.headers["content-length"]);
  const body = (request.body ?? []) as AsyncIterable<Buffer>;
  const { received, result } = await bucket.uploads.receive(id, range, body, declaredCrc32c(request));
  return result ? objectResource(origin, bucket.name, result) : resumeIncomplete(request, reply, received);
};

export const cancelUpload: Handler = ({ operation, bucket, reply }) => {
  bucket.uploads.cancel(operation.query.get("upload_id") ?? "");
  return reply.code(499).send();
};

async function storeContent(store: BucketStore, source: AsyncIterable<Buffer>): Promise<Content> {
  const empty = createContent(store.contentPath(store.newContentFile()));
  try {
    return await appendContent(store.contentPath(empty.file), empty, source);
  } catch (error) {
    store.discard(empty);
    throw error;
  }
}

/** Go clients ask for another status than 308, which their HTTP library treats as a redirect. */
function resumeIncomplete(request: FastifyRequest, reply: FastifyReply, received: number): FastifyReply {
  if (received > 0) {
    reply.header("range", `bytes=0-${received - 1}`);
  }
  return request.headers["x-guploader-no-308"] === "yes"
    ? reply.code(200).header("x-http-status-code-override", "308").send()
    : reply.code(308).send();
}

function parseContentRange(header: string | undefined, contentLength: string | undefined): ContentRange {
  if (header === undefined) {
    return { first: 0, total: contentLength === undefined ? undefined : Number(contentLength) };
  }
  const [, first, total] = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(header) ?? [];
  if (total === undefined) {
    throw ApiError.invalid(`Content-Range: ${header}`);
  }
  return { first: first === undefined ? undefined : Number(first), total: total === "*" ? undefined : Number(total) };
}

function declaredCrc32c(request: FastifyRequest): string | undefined {
  return /crc32c=([^,\s]+)/.exec([request.headers["x-goog-hash"]].join())?.[1];
}

function checkChecksum(content: Content, expected: string | undefined): void {
  const calculated = encodeCrc32c(content.crc32c);
  if (expected && expected !== calculated) {
    throw ApiError.invalid(`Provided CRC32C "${expected}" doesn't match calculated CRC32C "${calculated}".`);
  }
}

function validName(name: string | null | undefined): string {
  if (!name || Buffer.byteLength(name) > 1024 || /[\r\n]/.test(name) || name === "." || name === "..") {
    throw ApiError.invalid(`Invalid object name: ${name}`);
  }
  return name;
}

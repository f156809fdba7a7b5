import { createReadStream, openSync } from "node:fs";
import { ApiError } from "./api-error";
import { check, conditionsOf } from "./conditions";
import type { Handler } from "./exchange";
import { liveObject } from "./object-operations";
import { encodeCrc32c } from "./stored-object";

/** The bytes of an object or of one range of it, over the JSON or the XML API. */
export const read: Handler = ({ operation, bucket, request, reply }) => {
  const { query, object } = operation;
  const stored = liveObject(bucket.name, bucket.store, object, query.get("generation"));
  check(conditionsOf(query), stored);
  const { content, attributes } = stored;
  const range = parseRange(request.headers.range, content.size);
  reply.code(range.isPartial ? 206 : 200).headers({
    "accept-ranges": "bytes",
    "content-type": attributes.contentType ?? "application/octet-stream",
    "content-length": range.end - range.start,
    etag: `"${stored.generation}"`,
    "last-modified": new Date(stored.updated).toUTCString(),
    "x-goog-generation": `${stored.generation}`,
    "x-goog-metageneration": `${stored.metageneration}`,
    "x-goog-hash": `crc32c=${encodeCrc32c(content.crc32c)}`,
    "x-goog-stored-content-encoding": attributes.contentEncoding ?? "identity",
    "x-goog-stored-content-length": `${content.size}`,
    ...(attributes.contentEncoding && { "content-encoding": attributes.contentEncoding }),
    ...(attributes.cacheControl && { "cache-control": attributes.cacheControl }),
    ...(range.isPartial && { "content-range": `bytes ${range.start}-${range.end - 1}/${content.size}` }),
  });
  if (request.method === "HEAD" || range.end === range.start) {
    return reply.send();
  }
  // Opened now: an overwrite may remove the file before the stream opens it.
  const fd = openSync(bucket.store.contentPath(content.file), "r");
  return reply.send(createReadStream("", { fd, start: range.start, end: range.end - 1 }));
};

function parseRange(header: string | undefined, size: number): { start: number; end: number; isPartial: boolean } {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (!first && !last) {
    return { start: 0, end: size, isPartial: false };
  }
  const start = first ? Number(first) : Math.max(0, size - Number(last));
  const end = first && last ? Math.min(Number(last) + 1, size) : size;
  if (start >= end) {
    throw new ApiError(416, "requestedRangeNotSatisfiable", "Request range not satisfiable");
  }
  return { start, end, isPartial: true };
}

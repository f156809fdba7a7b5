import { ApiError } from "./api-error";
import { parseResource } from "./exchange";

export interface MultipartUpload<Stored> {
  readonly resource: Record<string, unknown>;
  readonly stored: Stored;
}

const longestHead = 1024 * 1024;

/**
 * Reads `multipart/related` as Cloud Storage defines it: a JSON part with the object's attributes, then a part with its
 * bytes, which streams through `store`. The bytes end at the closing delimiter, which is at the end of the body, so
 * that they are not searched. (The streaming parsers on npm are for forms, or do not end reliably.)
 *
 * @see https://cloud.google.com/storage/docs/uploading-objects#uploading-an-object
 */
export async function readMultipartUpload<Stored>(
  contentType: string,
  body: AsyncIterable<Buffer>,
  store: (content: AsyncIterable<Buffer>) => Promise<Stored>,
): Promise<MultipartUpload<Stored>> {
  const boundary = /boundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType)?.slice(1).find(Boolean);
  if (!boundary) {
    throw ApiError.invalid("multipart/related without a boundary");
  }
  const blocks = body[Symbol.asyncIterator]();
  const { json, rest } = await readHead(blocks, boundary);
  const stored = await store(untilClosingDelimiter(rest, blocks, Buffer.from(`\r\n--${boundary}--`)));
  return { resource: json, stored };
}

/** Reads all that comes before the first byte of the second part. */
async function readHead(
  blocks: AsyncIterator<Buffer>,
  boundary: string,
): Promise<{ json: Record<string, unknown>; rest: Buffer }> {
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const jsonStart = endOf(head, "\r\n\r\n", 0);
    const jsonEnd = jsonStart < 0 ? -1 : head.indexOf(`\r\n--${boundary}\r\n`, jsonStart);
    // If the part has no headers, the blank line follows the delimiter directly.
    const contentStart = jsonEnd < 0 ? -1 : endOf(head, "\r\n\r\n", jsonEnd + boundary.length + 4);
    if (contentStart >= 0) {
      return { json: parseResource(head.toString("utf8", jsonStart, jsonEnd)), rest: head.subarray(contentStart) };
    }
    const next = await blocks.next();
    if (next.done || head.length > longestHead) {
      throw ApiError.invalid("multipart/related without two parts");
    }
    head = Buffer.concat([head, next.value]);
  }
}

function endOf(text: Buffer, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? -1 : found + mark.length;
}

async function* untilClosingDelimiter(
  first: Buffer,
  blocks: AsyncIterator<Buffer>,
  delimiter: Buffer,
): AsyncGenerator<Buffer> {
  // A line break may follow the delimiter.
  const longestEnd = delimiter.length + 2;
  let pending = first;
  for (let next = await blocks.next(); !next.done; next = await blocks.next()) {
    pending = Buffer.concat([pending, next.value]);
    if (pending.length > longestEnd) {
      yield pending.subarray(0, -longestEnd);
      pending = pending.subarray(-longestEnd);
    }
  }
  const end = pending.lastIndexOf(delimiter);
  if (end < 0) {
    throw ApiError.invalid("multipart/related without its closing delimiter");
  }
  yield pending.subarray(0, end);
}

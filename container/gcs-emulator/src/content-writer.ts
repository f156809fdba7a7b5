import { buf as crc32c } from "crc-32/crc32c";
import { createWriteStream, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import type { Content } from "./stored-object";

/** Creates an empty file. */
export function createContent(path: string): Content {
  writeFileSync(path, "", { flag: "wx" });
  return { file: basename(path), size: 0, crc32c: 0 };
}

/** Appends a stream to a file, a few blocks in memory at a time. Returns the size and checksum of the whole file. */
export async function appendContent(path: string, before: Content, source: AsyncIterable<Buffer>): Promise<Content> {
  let { size, crc32c: checksum } = before;
  const output = createWriteStream(path, { flags: "r+", start: size });
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const block of source) {
      size += block.length;
      checksum = crc32c(block, checksum) >>> 0;
      yield block;
    }
  }
  await pipeline(measured(), output);
  return { file: before.file, size, crc32c: checksum };
}

/** Drops the first bytes of a stream. */
export async function* skipBytes(source: AsyncIterable<Buffer>, count: number): AsyncGenerator<Buffer> {
  let left = count;
  for await (const block of source) {
    if (left < block.length) {
      yield block.subarray(left);
    }
    left = Math.max(0, left - block.length);
  }
}

/** Uploads to the demo app as a browser sends them, and downloads from it. */
import { createCipheriv, createHash } from "node:crypto";
import { Readable } from "node:stream";
import { Dispatcher, request } from "undici";

/** Who serves the demo app. */
export interface WebServer {
  readonly httpAddress: string;
  /** How it is reached, where that takes more than its address. */
  readonly dispatcher?: Dispatcher;
}

/** Bytes that look random, as many as wanted, always the same for the same seed. */
export async function* pseudoRandomBytes(size: number, seed: string): AsyncGenerator<Buffer> {
  const cipher = createCipheriv("aes-256-ctr", createHash("sha256").update(seed).digest(), Buffer.alloc(16));
  const zeros = Buffer.alloc(2 ** 20);
  for (let left = size; left > 0; left -= zeros.length) {
    yield cipher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
  }
}

export async function sha256(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

/** Sends a form with one file and returns the answer's status, and its page when it is not the usual redirect. */
export async function upload(
  machine: WebServer,
  name: string,
  body: AsyncIterable<Buffer>,
): Promise<{ status: number; page: string }> {
  const boundary = "a-boundary-that-no-file-has";
  // Browsers send names in UTF-8 and escape only what would end the header.
  const escaped = name.replace(/"/g, "%22").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
  async function* form() {
    const disposition = `Content-Disposition: form-data; name="file"; filename="${escaped}"`;
    yield Buffer.from(`--${boundary}\r\n${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`);
    yield* body;
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  const { statusCode, body: answer } = await request(`${machine.httpAddress}/`, {
    method: "POST",
    headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    body: Readable.from(form()),
    dispatcher: machine.dispatcher,
    headersTimeout: 600_000,
    bodyTimeout: 600_000,
  });
  return { status: statusCode, page: await answer.text() };
}

export async function download(machine: WebServer, name: string): Promise<{ status: number; sha256: string }> {
  const { httpAddress, dispatcher } = machine;
  const { statusCode, body } = await request(`${httpAddress}/uploads/${encodeURIComponent(name)}`, { dispatcher });
  return { status: statusCode, sha256: await sha256(body) };
}

/** The addresses of the files that the page lists, decoded: their names. */
export async function listedNames(machine: WebServer): Promise<string[]> {
  const { body } = await request(`${machine.httpAddress}/`);
  const page = await body.text();
  return [...page.matchAll(/href="\/uploads\/([^"]+)"/g)].map(([, name]) => decodeURIComponent(name));
}

import type { Pool } from "undici";
import { median } from "./median";

/** That a browser has to one host over HTTP/1.1. */
export const CONNECTIONS = 6;

export interface Range {
  readonly start: number;
  readonly bytes: number;
}

export interface Fetched {
  readonly bytes: number;
  readonly firstByteMs: number;
}

/** One file or a range of it, to its end. */
export async function fetchFile(http: Pool, name: string, range?: Range): Promise<Fetched> {
  const headers = range && { range: `bytes=${range.start}-${range.start + range.bytes - 1}` };
  const begin = performance.now();
  const { statusCode, body } = await http.request({ method: "GET", path: `/files/${name}`, headers });
  let bytes = 0;
  let firstByteMs = 0;
  for await (const block of body) {
    firstByteMs ||= performance.now() - begin;
    bytes += (block as Buffer).length;
  }
  if (statusCode >= 300) throw new Error(`${name} is answered with ${statusCode}`);
  return { bytes, firstByteMs };
}

/** A page with all of these files: as many at once as there are connections. */
export async function view(http: Pool, names: readonly string[]): Promise<Fetched> {
  const all = await Promise.all(names.map((name) => fetchFile(http, name)));
  return {
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
    firstByteMs: median(all.map(({ firstByteMs }) => firstByteMs)),
  };
}

export async function status(http: Pool, name: string): Promise<number> {
  const { statusCode, body } = await http.request({ method: "GET", path: `/files/${name}` });
  await body.dump();
  return statusCode;
}

export async function upload(http: Pool, name: string, content: Buffer): Promise<void> {
  const { statusCode, body } = await http.request({ method: "PUT", path: `/upload/${name}`, body: content });
  await body.dump();
  if (statusCode !== 200) throw new Error(`the upload of ${name} is answered with ${statusCode}`);
}

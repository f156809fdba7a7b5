import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, IncomingHttpHeaders, OutgoingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { FastifyInstance } from "fastify";
import { createApi } from "../../container/gcs-emulator/src/api";
import { Buckets } from "../../container/gcs-emulator/src/bucket";

export const BUCKET = "files";

export interface ObjectResource {
  readonly name: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly size: string;
  readonly crc32c: string;
  readonly contentType?: string;
  readonly metadata?: { [key: string]: string };
  readonly mediaLink: string;
  readonly componentCount?: number;
}

interface Options {
  /** What is no text is sent as JSON. */
  readonly payload?: string | Buffer | object;
  readonly headers?: OutgoingHttpHeaders;
}

export interface Response {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly payload: string;
  json(): any; // eslint-disable-line @typescript-eslint/no-explicit-any
}

/** The emulator in this process, in a folder of its own. */
export class Emulator {
  readonly folder = mkdtempSync(join(tmpdir(), "gcs-emulator-"));
  private agent = new Agent({ keepAlive: true });
  port = 0;
  private api!: FastifyInstance;

  private constructor(private readonly bucketNames: string[]) {}

  static async start(...bucketNames: string[]): Promise<Emulator> {
    const emulator = new Emulator(bucketNames);
    await emulator.open();
    return emulator;
  }

  /** As after a kill: a new server at the same address that has only what is on the disk. */
  async restart(): Promise<void> {
    await this.shut();
    await this.open();
  }

  async close(): Promise<void> {
    await this.shut();
    rmSync(this.folder, { recursive: true });
  }

  /** Unlike fetch it sends every header as it is given. */
  async ask(method: string, url: string, { payload = "", headers = {} }: Options = {}): Promise<Response> {
    const isJson = typeof payload === "object" && !Buffer.isBuffer(payload);
    const body = isJson ? JSON.stringify(payload) : payload;
    const asked = request({
      ...{ host: "127.0.0.1", port: this.port, agent: this.agent },
      ...{ method, path: url },
      headers: {
        "content-length": Buffer.byteLength(body),
        ...(isJson && { "content-type": "application/json" }),
        ...headers,
      },
    });
    asked.end(body);
    const [response] = await once(asked, "response");
    const received = await text(response);
    return {
      statusCode: response.statusCode,
      headers: response.headers,
      payload: received,
      json: () => JSON.parse(received),
    };
  }

  /** `/storage/v1/b/BUCKET/o/NAME` with what follows. */
  object(name: string, rest = "", bucket = BUCKET): string {
    return `/storage/v1/b/${bucket}/o/${encodeURIComponent(name)}${rest}`;
  }

  async put(name: string, content: string | Buffer = "", query = "", bucket = BUCKET): Promise<ObjectResource> {
    const url = `/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(name)}${query}`;
    const response = await this.ask("POST", url, { payload: content, headers: { "content-type": "text/plain" } });
    expect(response.statusCode).toBe(200);
    return response.json();
  }

  /** The object's resource; undefined where there is none. */
  async stat(name: string, bucket = BUCKET): Promise<ObjectResource | undefined> {
    const response = await this.ask("GET", this.object(name, "", bucket));
    return response.statusCode === 404 ? undefined : response.json();
  }

  /** The object's bytes as text; undefined where there is none. */
  async read(name: string, bucket = BUCKET): Promise<string | undefined> {
    const response = await this.ask("GET", this.object(name, "?alt=media", bucket));
    return response.statusCode === 404 ? undefined : response.payload;
  }

  private async open(): Promise<void> {
    const buckets = new Buckets(this.folder);
    this.bucketNames.forEach((name) => buckets.create(name));
    this.api = createApi(buckets);
    await this.api.listen({ host: "127.0.0.1", port: this.port });
    this.port = (this.api.server.address() as AddressInfo).port;
  }

  private async shut(): Promise<void> {
    this.agent.destroy();
    this.agent = new Agent({ keepAlive: true });
    this.api.server.closeAllConnections();
    await this.api.close();
  }
}

/** Status and reason of an error. */
export function refusalOf(response: Response): [number, string] {
  const { error } = response.json();
  expect(error.code).toBe(response.statusCode);
  expect(error.errors).toEqual([{ domain: "global", reason: error.errors[0].reason, message: error.message }]);
  return [response.statusCode, error.errors[0].reason];
}

export const NOT_FOUND = [404, "notFound"];
export const PRECONDITION_FAILED = [412, "conditionNotMet"];
export const INVALID = [400, "invalid"];

/**
 * The emulator as a process of its own: `storage-process FOLDER HOST COLUMNS`. Each column reaches the same buckets at a port
 * of its own, over a link of its own, and its requests are counted apart.
 */
import { linkSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import { createApi } from "../../../container/gcs-emulator/src/api";
import { Buckets } from "../../../container/gcs-emulator/src/bucket";
import { appendContent, createContent } from "../../../container/gcs-emulator/src/content-writer";
import { type OperationKind, parseOperation } from "../../../container/gcs-emulator/src/operation";
import { Bandwidth, LINK, latencyMs } from "./link";
import { isBilled, type RequestCounts } from "./request-costs";
import { BUCKET, type Seed, type Traffic } from "./storage";

const [folder, host, columns] = process.argv.slice(2);
const buckets = new Buckets(folder);
buckets.create(BUCKET);
const { store } = buckets.get(BUCKET);

class Proxy {
  private traffic: { requests: RequestCounts; refused: RequestCounts; receivedBytes: number; sentBytes: number } =
    this.none();
  private readonly down = new Bandwidth(LINK.bitsPerSecond);
  private readonly up = new Bandwidth(LINK.bitsPerSecond);

  take(): Traffic {
    const { traffic } = this;
    this.traffic = this.none();
    return traffic;
  }

  install(api: FastifyInstance): void {
    api.addHook("onRequest", async (request, reply) => {
      const { kind } = parseOperation(request.method, request.url);
      reply.raw.once("close", () => this.count(kind, reply.raw.statusCode));
      await sleep(latencyMs(kind));
    });
    api.addHook("preParsing", async (_request, _reply, payload) =>
      payload.pipe(this.slowed(this.up, (bytes) => (this.traffic.sentBytes += bytes))),
    );
    api.addHook("onSend", async (_request, _reply, payload) => {
      const received = (bytes: number) => (this.traffic.receivedBytes += bytes);
      if (payload instanceof Readable) {
        const slowed = this.slowed(this.down, received);
        // A client that has enough of a range goes away.
        slowed.on("close", () => payload.destroy());
        return payload.pipe(slowed);
      }
      const bytes = typeof payload === "string" ? Buffer.byteLength(payload) : 0;
      received(bytes);
      await sleep(this.down.reserve(bytes, performance.now()));
      return payload;
    });
  }

  private slowed(bandwidth: Bandwidth, passed: (bytes: number) => void): Transform {
    return new Transform({
      transform(block: Buffer, _encoding, done) {
        passed(block.length);
        const wait = bandwidth.reserve(block.length, performance.now());
        if (wait === 0) done(null, block);
        else setTimeout(done, wait, null, block);
      },
    });
  }

  private count(kind: OperationKind, status: number): void {
    const counts = isBilled(status) ? this.traffic.requests : this.traffic.refused;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }

  private none() {
    return { requests: {}, refused: {}, receivedBytes: 0, sentBytes: 0 };
  }
}

/** All of a folder's objects have the same bytes. */
async function seed({ folder: name, first: start = 0, count, size }: Seed): Promise<void> {
  const empty = () => createContent(store.contentPath(store.newContentFile()));
  const names = name.split("/").map((_, index, parts) => `${parts.slice(0, index + 1).join("/")}/`);
  for (const placeholder of names.filter((one) => !store.get(one))) {
    store.put({ name: placeholder, attributes: {}, content: empty() }, {});
  }
  const source = empty();
  const block = Buffer.alloc(Math.min(size, 1 << 20), "0123456789abcdef");
  const blocks = function* () {
    for (let left = size; left > 0; left -= block.length) yield block.subarray(0, left);
  };
  const content = await appendContent(store.contentPath(source.file), source, Readable.from(blocks()));
  for (let index = start; index < start + count; index++) {
    const file = store.newContentFile();
    linkSync(store.contentPath(content.file), store.contentPath(file));
    const object = `${name}/${String(index).padStart(5, "0")}`;
    store.put({ name: object, attributes: {}, content: { ...content, file } }, {});
  }
  store.discard(content);
}

async function main(): Promise<void> {
  const proxies: Proxy[] = [];
  const ports: number[] = [];
  for (let column = 0; column < Number(columns); column++) {
    const proxy = new Proxy();
    const api = createApi(buckets);
    proxy.install(api);
    ports.push(Number(new URL(await api.listen({ host, port: 0 })).port));
    proxies.push(proxy);
  }
  const methods: Record<string, (...given: never[]) => unknown> = {
    ports: () => ports,
    seed,
    take: (column: number) => proxies[column].take(),
    generation: (name: string) => store.get(name)?.generation,
    cpuSeconds: () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
  };
  process.on("message", async ({ id, method, given }: { id: number; method: string; given: never[] }) => {
    process.send!({ id, result: await methods[method](...given) });
  });
  process.once("disconnect", () => process.exit());
  process.send!({ id: 0 });
}

void main();

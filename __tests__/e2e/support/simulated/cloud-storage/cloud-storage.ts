import { createHash } from "node:crypto";
import { createReadStream, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createApi } from "../../../../../container/gcs-emulator/src/api";
import { Buckets } from "../../../../../container/gcs-emulator/src/bucket";
import { appendContent, createContent } from "../../../../../container/gcs-emulator/src/content-writer";
import { liveObject } from "../../../../../container/gcs-emulator/src/object-operations";
import type { StoredObject } from "../../../../../container/gcs-emulator/src/stored-object";
import type { Faults } from "./storage-faults";
import { Listener } from "./listener";
import type { LoggedRequest } from "./request-log";
import { type Tokens, Traffic } from "./traffic";

export interface GcsOptions {
  readonly bucketNames: readonly string[];
  /** Which bearer tokens are valid at the moment of a request; needed unless access is anonymous. */
  readonly tokens?: Tokens;
  readonly anonymous?: boolean;
  /** Objects and unfinished uploads; a later start with the same folder finds them again. */
  readonly dataDir: string;
  /** One address that is meant to be reached, never all of them. */
  readonly listenHost: string;
  /** Any free one by default. */
  readonly port?: number;
}

export interface Gcs {
  /**
   * For gcsfuse's `gcs-connection.custom-endpoint`. gcsfuse 3.11.4 takes plain http and any host here, and needs the
   * path: JSON calls are relative to it, while uploads (/upload/storage/v1) and reads (/BUCKET/OBJECT) go to the same
   * host and port. It authenticates as usual (default credentials, so the metadata server) and sends the token over
   * http too, unless `gcs-auth.anonymous-access` is true. It also needs `enable-hns: false`: otherwise it asks the same
   * host and port for the bucket's layout, over gRPC with TLS, before it mounts.
   */
  readonly endpoint: string;
  readonly port: number;
  readonly faults: Pick<Faults, "set" | "clear">;
  readonly requests: LoggedRequest[];
  /** Nobody listens and connections are reset ("refuse", also true), or requests get no answer ("hang"). */
  outage(mode: boolean | "refuse" | "hang"): Promise<void>;
  /** Every request is answered with 403. */
  deny(on: boolean): void;
  createBucket(name: string): void;
  removeBucket(name: string): void;
  objects(bucket: string, prefix?: string): StoredObject[];
  read(bucket: string, name: string): Promise<Buffer>;
  sha256(bucket: string, name: string): Promise<string>;
  put(bucket: string, name: string, body: string | Buffer | Readable): Promise<void>;
  delete(bucket: string, name: string): void;
  close(): Promise<void>;
}

class RemovableBuckets extends Buckets {
  remove(name: string): void {
    this.buckets.delete(name);
    rmSync(join(this.folder, name), { recursive: true, force: true });
  }
}

export async function startGcs(options: GcsOptions): Promise<Gcs> {
  if (!options.tokens && !options.anonymous) {
    throw new Error("neither tokens nor anonymous access");
  }
  const buckets = new RemovableBuckets(options.dataDir);
  options.bucketNames.forEach((name) => buckets.create(name));
  const traffic = new Traffic(options.anonymous ? undefined : options.tokens);
  const api = createApi(buckets);
  traffic.install(api);
  await api.ready();
  const listener = new Listener(api.routing, options.listenHost, options.port ?? 0);
  await listener.open();

  const pathOf = (bucket: string, name: string): string => {
    const { store } = buckets.get(bucket);
    return store.contentPath(liveObject(bucket, store, name).content.file);
  };
  return {
    endpoint: `http://${options.listenHost}:${listener.port}/storage/v1/`,
    port: listener.port,
    faults: traffic.faults,
    requests: traffic.requests,
    async outage(mode) {
      traffic.hang(mode === "hang");
      await (mode === true || mode === "refuse" ? listener.close() : listener.open());
    },
    deny(on) {
      traffic.denied = on;
    },
    createBucket: (name) => buckets.create(name),
    removeBucket: (name) => buckets.remove(name),
    objects(bucket, prefix = "") {
      const { store } = buckets.get(bucket);
      return store
        .names()
        .filter((name) => name.startsWith(prefix))
        .map((name) => store.get(name)!);
    },
    read: async (bucket, name) => readFile(pathOf(bucket, name)),
    async sha256(bucket, name) {
      const hash = createHash("sha256");
      await pipeline(createReadStream(pathOf(bucket, name)), hash);
      return hash.digest("hex");
    },
    async put(bucket, name, body) {
      const { store } = buckets.get(bucket);
      const empty = createContent(store.contentPath(store.newContentFile()));
      const source = body instanceof Readable ? body : Readable.from([Buffer.from(body)]);
      const content = await appendContent(store.contentPath(empty.file), empty, source);
      store.put({ name, attributes: {}, content }, {});
    },
    delete: (bucket, name) => buckets.get(bucket).store.delete(name),
    async close() {
      traffic.hang(false);
      await listener.close();
      await api.close();
    },
  };
}

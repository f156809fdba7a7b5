import { randomUUID } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ApiError } from "./api-error";
import type { BucketStore } from "./bucket-store";
import { check, type Conditions } from "./conditions";
import { appendContent, createContent, skipBytes } from "./content-writer";
import { type Content, encodeCrc32c, type ObjectAttributes, type StoredObject } from "./stored-object";

interface Session {
  readonly name: string;
  readonly attributes: ObjectAttributes;
  readonly conditions: Conditions;
  readonly crc32c?: string;
  /** The bytes of all acknowledged chunks. */
  readonly content: Content;
  /** The finished object, for a client that missed the response and asks again. */
  readonly result?: StoredObject;
}

/** `first` is undefined when the request carries no bytes, `total` when the client does not know it yet. */
export interface ContentRange {
  readonly first?: number;
  readonly total?: number;
}

export interface Progress {
  readonly received: number;
  readonly result?: StoredObject;
}

/**
 * The upload sessions of one bucket. As in Cloud Storage, they survive a restart of the server with every acknowledged
 * chunk. An interrupted chunk is dropped as a whole (Cloud Storage may keep a part of it).
 *
 * @see https://cloud.google.com/storage/docs/resumable-uploads
 */
export class ResumableUploads {
  private readonly busy = new Map<string, Promise<unknown>>();

  constructor(
    private readonly folder: string,
    private readonly bucket: BucketStore,
  ) {
    mkdirSync(folder, { recursive: true });
  }

  start(upload: Pick<Session, "name" | "attributes" | "conditions" | "crc32c">): string {
    check(upload.conditions, this.bucket.get(upload.name));
    const id = randomUUID();
    this.save(id, { ...upload, content: createContent(this.contentPath(id)) });
    return id;
  }

  /** The requests of a session run one after another. */
  async receive(
    id: string,
    range: ContentRange,
    body: AsyncIterable<Buffer>,
    declaredCrc32c: string | undefined,
  ): Promise<Progress> {
    const turn = (this.busy.get(id) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.receiveChunk(id, range, body, declaredCrc32c));
    this.busy.set(id, turn);
    try {
      return await turn;
    } finally {
      if (this.busy.get(id) === turn) {
        this.busy.delete(id);
      }
    }
  }

  cancel(id: string): void {
    rmSync(this.recordPath(id), { force: true });
    rmSync(this.contentPath(id), { force: true });
  }

  private async receiveChunk(
    id: string,
    range: ContentRange,
    body: AsyncIterable<Buffer>,
    declaredCrc32c: string | undefined,
  ): Promise<Progress> {
    const session = this.load(id);
    if (session.result) {
      return { received: session.content.size, result: session.result };
    }
    let { content } = session;
    if (range.first !== undefined) {
      if (range.first > content.size) {
        throw ApiError.invalid(`The chunk starts at ${range.first}, but only ${content.size} bytes were received.`);
      }
      content = await appendContent(this.contentPath(id), content, skipBytes(body, content.size - range.first));
      this.save(id, { ...session, content });
    }
    if (range.total === undefined || content.size < range.total) {
      return { received: content.size };
    }
    if (content.size > range.total) {
      throw ApiError.invalid(`${content.size} bytes were received, ${range.total} declared.`);
    }
    const result = this.finish(id, { ...session, content }, declaredCrc32c);
    return { received: content.size, result };
  }

  private finish(id: string, session: Session, declaredCrc32c: string | undefined): StoredObject {
    const { name, attributes, conditions } = session;
    const expected = declaredCrc32c ?? session.crc32c;
    const calculated = encodeCrc32c(session.content.crc32c);
    if (expected && expected !== calculated) {
      this.cancel(id);
      throw ApiError.invalid(`Provided CRC32C "${expected}" doesn't match calculated CRC32C "${calculated}".`);
    }
    const result = this.committed(id, name) ?? this.commit(id, { name, attributes, conditions }, session.content);
    this.save(id, { ...session, result });
    rmSync(this.contentPath(id), { force: true });
    return result;
  }

  /**
   * The bytes get a second name, so that the session can still be finished if the server dies before the object exists.
   */
  private commit(
    id: string,
    upload: Pick<Session, "name" | "attributes" | "conditions">,
    content: Content,
  ): StoredObject {
    truncateSync(this.contentPath(id), content.size);
    const committed = { ...content, file: id };
    rmSync(this.bucket.contentPath(id), { force: true });
    linkSync(this.contentPath(id), this.bucket.contentPath(id));
    try {
      return this.bucket.put({ ...upload, content: committed }, upload.conditions);
    } catch (error) {
      this.bucket.discard(committed);
      throw error;
    }
  }

  /** The object, if the server died after it was committed and before the session was saved. */
  private committed(id: string, name: string): StoredObject | undefined {
    const stored = this.bucket.get(name);
    return stored?.content.file === id ? stored : undefined;
  }

  private load(id: string): Session {
    if (!/^[0-9a-f-]{36}$/.test(id) || !existsSync(this.recordPath(id))) {
      throw new ApiError(404, "notFound", "No such upload session.");
    }
    return JSON.parse(readFileSync(this.recordPath(id), "utf8")) as Session;
  }

  private save(id: string, session: Session): void {
    const path = this.recordPath(id);
    writeFileSync(`${path}.new`, JSON.stringify(session));
    renameSync(`${path}.new`, path);
  }

  private recordPath(id: string): string {
    return join(this.folder, `${id}.json`);
  }

  private contentPath(id: string): string {
    return join(this.folder, `${id}.content`);
  }
}

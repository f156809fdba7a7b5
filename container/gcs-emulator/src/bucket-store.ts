import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, type Conditions } from "./conditions";
import type { Content, ObjectAttributes, StoredObject } from "./stored-object";

export interface NewObject {
  readonly name: string;
  readonly attributes: ObjectAttributes;
  readonly content: Content;
  readonly componentCount?: number;
}

/**
 * The objects of a bucket, in a folder. An object exists once its record is renamed to its final name, after its bytes
 * are complete, so that a kill of this process at any time leaves no half object. Checking a precondition and
 * committing is one synchronous step, so two writers cannot both pass.
 */
export class BucketStore {
  private readonly objects = new Map<string, StoredObject>();
  private sortedNames: string[] | undefined;
  private lastGeneration = 0;

  constructor(private readonly folder: string) {
    mkdirSync(this.recordFolder, { recursive: true });
    mkdirSync(this.contentFolder, { recursive: true });
    this.load();
  }

  get(name: string): StoredObject | undefined {
    return this.objects.get(name);
  }

  /** The names in the order of the API: by their UTF-8 bytes. */
  names(): readonly string[] {
    this.sortedNames ??= [...this.objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return this.sortedNames;
  }

  newContentFile(): string {
    return randomUUID();
  }

  contentPath(file: string): string {
    return join(this.contentFolder, file);
  }

  put(object: NewObject, conditions: Conditions): StoredObject {
    const { name, attributes, content, componentCount } = object;
    check(conditions, this.get(name));
    const now = new Date().toISOString();
    return this.commit({
      name,
      attributes,
      content,
      componentCount,
      generation: this.nextGeneration(),
      metageneration: 1,
      created: now,
      updated: now,
    });
  }

  setAttributes(stored: StoredObject, attributes: ObjectAttributes): StoredObject {
    const updated = new Date().toISOString();
    return this.commit({ ...stored, attributes, updated, metageneration: stored.metageneration + 1 });
  }

  delete(name: string): void {
    const stored = this.objects.get(name);
    if (stored) {
      rmSync(this.recordPath(name));
      this.objects.delete(name);
      this.sortedNames = undefined;
      this.discard(stored.content);
    }
  }

  discard(content: Content): void {
    rmSync(this.contentPath(content.file), { force: true });
  }

  private commit(stored: StoredObject): StoredObject {
    const path = this.recordPath(stored.name);
    writeFileSync(`${path}.new`, JSON.stringify(stored));
    renameSync(`${path}.new`, path);
    const before = this.objects.get(stored.name);
    this.objects.set(stored.name, stored);
    if (!before) {
      this.sortedNames = undefined;
    } else if (before.content.file !== stored.content.file) {
      this.discard(before.content);
    }
    return stored;
  }

  /** In microseconds, as in Cloud Storage, and larger than all generations before. */
  private nextGeneration(): number {
    this.lastGeneration = Math.max(this.lastGeneration + 1, Date.now() * 1000);
    return this.lastGeneration;
  }

  private load(): void {
    const kept = new Set<string>();
    for (const file of readdirSync(this.recordFolder)) {
      if (!file.endsWith(".json")) {
        rmSync(join(this.recordFolder, file));
        continue;
      }
      const stored = JSON.parse(readFileSync(join(this.recordFolder, file), "utf8")) as StoredObject;
      this.objects.set(stored.name, stored);
      this.lastGeneration = Math.max(this.lastGeneration, stored.generation);
      kept.add(stored.content.file);
    }
    for (const file of readdirSync(this.contentFolder)) {
      if (!kept.has(file)) {
        rmSync(join(this.contentFolder, file));
      }
    }
  }

  private get recordFolder(): string {
    return join(this.folder, "records");
  }

  private get contentFolder(): string {
    return join(this.folder, "contents");
  }

  /** By a hash: the names of objects have slashes and up to 1024 bytes, so they cannot be file names. */
  private recordPath(name: string): string {
    return join(this.recordFolder, `${createHash("sha256").update(name).digest("hex")}.json`);
  }
}

/** One version of an object in a bucket. */
export interface ObjectVersion {
  readonly name: string;
  readonly generation: string;
  /** False for a noncurrent version. */
  readonly live: boolean;
}

/** Where the buckets' objects live: the storage emulator of a test, or the memory below. */
export interface Objects {
  list(bucket: string): Promise<ObjectVersion[]>;
  delete(bucket: string, name: string, generation: string): Promise<void>;
  bucketCreated(bucket: string): Promise<void>;
  bucketDeleted(bucket: string): Promise<void>;
}

export class ObjectsInMemory implements Objects {
  private readonly versions = new Map<string, ObjectVersion[]>();
  private lastGeneration = 1_700_000_000_000_000;

  /** Writes an object; the version before it becomes noncurrent, as in a bucket with versioning. */
  put(bucket: string, name: string): ObjectVersion {
    const version = { name, generation: String(++this.lastGeneration), live: true };
    this.versions.set(bucket, [...this.retired(bucket, name), version]);
    return version;
  }

  /** Deletes the live version as a person would: it stays as a noncurrent one. */
  remove(bucket: string, name: string): void {
    this.versions.set(bucket, this.retired(bucket, name));
  }

  async list(bucket: string): Promise<ObjectVersion[]> {
    return [...(this.versions.get(bucket) ?? [])];
  }

  async delete(bucket: string, name: string, generation: string): Promise<void> {
    const left = (this.versions.get(bucket) ?? []).filter((v) => v.name !== name || v.generation !== generation);
    this.versions.set(bucket, left);
  }

  async bucketCreated(bucket: string): Promise<void> {
    this.versions.set(bucket, []);
  }

  async bucketDeleted(bucket: string): Promise<void> {
    this.versions.delete(bucket);
  }

  private retired(bucket: string, name: string): ObjectVersion[] {
    return (this.versions.get(bucket) ?? []).map((v) => (v.name === name ? { ...v, live: false } : v));
  }
}

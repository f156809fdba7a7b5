import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ApiError } from "./api-error";
import { BucketStore } from "./bucket-store";
import { ResumableUploads } from "./resumable-uploads";

export interface Bucket {
  readonly name: string;
  readonly store: BucketStore;
  readonly uploads: ResumableUploads;
}

/** The buckets of a folder. */
export class Buckets {
  protected readonly buckets = new Map<string, Bucket>();

  constructor(protected readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    readdirSync(folder).forEach((name) => this.open(name));
  }

  /** Does nothing if the bucket exists. */
  create(name: string): void {
    if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(name)) {
      throw new Error(`not a bucket's name: ${name}`);
    }
    if (!this.buckets.has(name)) {
      this.open(name);
    }
  }

  get(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) {
      throw ApiError.bucketNotFound();
    }
    return bucket;
  }

  private open(name: string): void {
    const store = new BucketStore(join(this.folder, name));
    this.buckets.set(name, { name, store, uploads: new ResumableUploads(join(this.folder, name, "uploads"), store) });
  }
}

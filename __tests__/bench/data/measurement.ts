import type { RequestCounts } from "./request-costs";

/** One thing that was done once in one column. */
export interface Measurement {
  readonly row: string;
  readonly column: string;
  readonly memoryMb: number;
  readonly round: number;
  /** Until the person has all of it. */
  readonly seconds: number;
  /** The median of its requests to nginx. */
  readonly firstByteMs?: number;
  readonly bytes?: number;
  /** Until the bucket has it. */
  readonly inBucketSeconds?: number;
  /** What went wrong. */
  readonly refused?: string;
  /** To Cloud Storage: what it answered, and what it refused. */
  readonly requests: RequestCounts;
  readonly refusedRequests: RequestCounts;
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

export type Result = Partial<
  Pick<Measurement, "seconds" | "firstByteMs" | "bytes" | "inBucketSeconds" | "refused">
> | void;

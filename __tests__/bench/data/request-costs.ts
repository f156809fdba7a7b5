import type { OperationKind } from "../../../container/gcs-emulator/src/operation";

/** A class of operations in Cloud Storage's price list. */
export type RequestClass = "A" | "B" | "free";

/** How many answered requests there were of each. */
export type RequestCounts = Partial<Record<OperationKind, number>>;

/**
 * A resumable upload is one operation, its start. Removals cost nothing.
 *
 * @see https://cloud.google.com/storage/pricing#operations-by-class
 */
const CLASSES: Record<OperationKind, RequestClass> = {
  bucket: "B",
  "storage-layout": "B",
  list: "A",
  stat: "B",
  read: "B",
  insert: "A",
  "upload-start": "A",
  "upload-chunk": "free",
  "upload-cancel": "free",
  update: "A",
  delete: "free",
  compose: "A",
  rewrite: "A",
  move: "A",
  unknown: "free",
};

/** In dollars, for a million operations in a region with standard storage. */
const PRICES: Record<RequestClass, number> = { A: 5, B: 0.4, free: 0 };

/** Requests that were refused cost nothing, a name that is not there among them. */
export function isBilled(status: number): boolean {
  return status < 400;
}

export function classCounts(counts: RequestCounts): Record<RequestClass, number> {
  const sums = { A: 0, B: 0, free: 0 };
  for (const [kind, count] of Object.entries(counts)) sums[CLASSES[kind as OperationKind]] += count;
  return sums;
}

/** What the operations of a million such views cost, in dollars. */
export function dollarsPerMillion(counts: RequestCounts): number {
  return Object.entries(counts).reduce((sum, [kind, count]) => sum + count * PRICES[CLASSES[kind as OperationKind]], 0);
}

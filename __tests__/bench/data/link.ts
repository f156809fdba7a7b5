import type { OperationKind } from "../../../container/gcs-emulator/src/operation";

/**
 * What is between a VM and a bucket in its region. Reads take 20 to 45 ms to their first byte and metadata 5 to 15 ms there:
 * these are near the lower end of both, so that what a cache gains is not made too much of. The bandwidth is of the order
 * of a small VM's with shared cores.
 *
 * @see https://cloud.google.com/compute/docs/network-bandwidth
 */
export const LINK = { firstByteMs: 30, metadataMs: 10, bitsPerSecond: 2e9 };

const WITH_BYTES: readonly OperationKind[] = ["read", "insert", "upload-chunk"];

/** Before an answer begins. */
export function latencyMs(operation: OperationKind): number {
  return WITH_BYTES.includes(operation) ? LINK.firstByteMs : LINK.metadataMs;
}

/** What sockets hold on the way. Timers are too coarse for less. */
const SLACK_MS = 4;

/** One direction of a link, which all streams share. */
export class Bandwidth {
  private freeAt = 0;

  constructor(private readonly bitsPerSecond: number) {}

  /** How long to wait before bytes that begin now may go on. */
  reserve(bytes: number, nowMs: number): number {
    this.freeAt = Math.max(this.freeAt, nowMs) + (bytes * 8000) / this.bitsPerSecond;
    const wait = this.freeAt - nowMs;
    return wait > SLACK_MS ? wait - SLACK_MS / 2 : 0;
  }
}

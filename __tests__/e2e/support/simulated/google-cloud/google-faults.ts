import { GoogleError } from "./google-error";

export interface Fault {
  /** The method's id, like compute.instances.insert; a pattern matches several. */
  readonly method: string | RegExp;
  /** Answer with this code (429, 503, 409, …). */
  readonly status?: number;
  readonly message?: string;
  /** Do what was asked and only then answer with the error: the caller does not learn that it happened. */
  readonly after?: boolean;
  /** How long the operation takes instead. */
  readonly operationMs?: number;
  /** The operation ends with this error and nothing happens. */
  readonly operationError?: { readonly code: string; readonly message: string };
  /** How often; default: always. */
  readonly times?: number;
  /** 0…1, drawn with the seed; default: 1. */
  readonly probability?: number;
}

/** Errors and slowness that a test asks for. */
export class Faults {
  private faults: { fault: Fault; left: number }[] = [];
  private random: number;

  constructor(seed = 1) {
    this.random = seed >>> 0;
  }

  add(fault: Fault): void {
    this.faults.push({ fault, left: fault.times ?? Infinity });
  }

  clear(): void {
    this.faults = [];
  }

  /** The fault that hits this call, if any, and counts it. */
  take(method: string): Fault | undefined {
    const hit = this.faults.find(({ fault, left }) => {
      const matches = typeof fault.method === "string" ? fault.method === method : fault.method.test(method);
      return matches && left > 0 && this.draw() < (fault.probability ?? 1);
    });
    if (hit) hit.left--;
    return hit?.fault;
  }

  // mulberry32: small, seeded, good enough for choosing calls
  private draw(): number {
    this.random = (this.random + 0x6d2b79f5) >>> 0;
    let t = this.random;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}

export function errorOf(fault: Fault): GoogleError {
  const status = fault.status ?? 503;
  const [reason, message] = {
    409: ["aborted", "The operation was aborted."],
    429: ["rateLimitExceeded", "Quota exceeded for quota metric 'Queries' of service 'googleapis.com'."],
    503: ["backendError", "The service is currently unavailable."],
  }[status] ?? ["backendError", "Internal error encountered."];
  return new GoogleError(status, reason, fault.message ?? message, status === 409 ? { status: "ABORTED" } : {});
}

import { createHash } from "node:crypto";
import type { Operation, OperationKind } from "../../../../../container/gcs-emulator/src/operation";

/**
 * Where the connection is cut: before anything is done; in the middle of the request's body; in the middle of the
 * answer's body; or after the work is done and stored, before a byte of the answer is sent (the lost acknowledgement).
 */
export type Cut = "before" | "request" | "answer" | "acknowledgement";

export interface FaultRule {
  /** All kinds by default. */
  readonly operations?: readonly OperationKind[];
  /** Matched against the object's name, where the address holds it. */
  readonly object?: RegExp;
  /** 1 by default. */
  readonly probability?: number;
  /** How often it strikes before it is spent; forever by default. */
  readonly times?: number;
  readonly latencyMs?: number | readonly [number, number];
  readonly status?: 403 | 404 | 408 | 429 | 500 | 502 | 503 | 504;
  readonly cut?: Cut;
}

export interface FaultPlan {
  readonly seed?: number;
  readonly rules: readonly FaultRule[];
}

export interface Fault {
  readonly latencyMs: number;
  readonly status?: number;
  readonly cut?: Cut;
}

/** Decides what goes wrong with which request; the same seed and the same order of requests give the same faults. */
export class Faults {
  private rules: { rule: FaultRule; left: number }[] = [];
  private seed = 1;
  private drawn = 0;

  set({ seed, rules }: FaultPlan): void {
    this.rules = rules.map((rule) => ({ rule, left: rule.times ?? Infinity }));
    this.seed = seed ?? 1;
    this.drawn = 0;
  }

  clear(): void {
    this.rules = [];
  }

  /** Latencies add up; of the rest the first that strikes is taken. */
  next(operation: Operation): Fault {
    let latencyMs = 0;
    let hit: Pick<FaultRule, "status" | "cut"> | undefined;
    for (const entry of this.rules) {
      const { rule } = entry;
      if (entry.left <= 0 || !applies(rule, operation) || this.uniform() >= (rule.probability ?? 1)) {
        continue;
      }
      const strikes = (rule.status !== undefined || rule.cut !== undefined) && !hit;
      if (strikes) {
        hit = rule;
      }
      if (strikes || rule.latencyMs !== undefined) {
        entry.left -= 1;
      }
      latencyMs += this.latency(rule);
    }
    return { latencyMs, status: hit?.status, cut: hit?.cut };
  }

  private latency({ latencyMs = 0 }: FaultRule): number {
    const [from, to] = typeof latencyMs === "number" ? [latencyMs, latencyMs] : latencyMs;
    return from + this.uniform() * (to - from);
  }

  private uniform(): number {
    this.drawn += 1;
    return createHash("sha256").update(`${this.seed} ${this.drawn}`).digest().readUInt32BE() / 2 ** 32;
  }
}

function applies(rule: FaultRule, { kind, object }: Operation): boolean {
  return (rule.operations?.includes(kind) ?? true) && (rule.object?.test(object) ?? true);
}

import { createHash } from "node:crypto";

/** The same numbers for the same seed. */
export class Random {
  private drawn = 0;

  public constructor(public readonly seed: number) {}

  /** From 0 to below 1. */
  public uniform(): number {
    const digest = createHash("sha256").update(`${this.seed} ${++this.drawn}`).digest();
    return digest.readUInt32BE() / 2 ** 32;
  }

  public between(from: number, to: number): number {
    return from + this.uniform() * (to - from);
  }

  public pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.uniform() * values.length)];
  }

  public shuffled<T>(values: readonly T[]): T[] {
    return values
      .map((value) => ({ value, order: this.uniform() }))
      .sort((a, b) => a.order - b.order)
      .map(({ value }) => value);
  }
}

import { setTimeout as sleep } from "node:timers/promises";
import { CosMachine } from "../simulated/cos-machine/cos-machine";

interface Sample {
  /** When it was asked. */
  readonly time: number;
  /** The body of an answer with 200. */
  readonly body: string | undefined;
}

/** What somebody sees who asks a machine for the same page ten times a second. */
export class Availability {
  private readonly samples: Sample[] = [];
  private readonly asking: Promise<void>;
  private over = false;

  public constructor(
    private readonly machine: CosMachine,
    private readonly path: string,
  ) {
    this.asking = this.ask();
  }

  public get latest(): string | undefined {
    return this.samples[this.samples.length - 1]?.body;
  }

  /** Whether every answer in this time was this one. */
  public wasAlways(body: string, from: number, to: number): boolean {
    const asked = this.samples.filter(({ time }) => time >= from && time < to);
    return asked.length > 0 && asked.every((sample) => sample.body === body);
  }

  /** The same until now; waits for the answer to one more question. */
  public async isAlways(body: string, from: number): Promise<boolean> {
    const now = Date.now();
    const last = () => this.samples[this.samples.length - 1]?.time ?? 0;
    while (last() <= now) await sleep(20);
    return this.wasAlways(body, from, last() + 1);
  }

  /** Seconds from the last answer before the first failure in this time to the next answer after all failures. */
  public secondsWithout(from: number, to = Date.now()): number {
    const asked = this.samples.filter(({ time }) => time >= from && time <= to);
    const failed = asked.map(({ body }) => body === undefined);
    const first = failed.indexOf(true);
    if (first < 0) return 0;
    const before = asked[Math.max(0, first - 1)];
    const after = asked[failed.lastIndexOf(true) + 1] ?? asked[asked.length - 1];
    return (after.time - before.time) / 1000;
  }

  public async stop(): Promise<void> {
    this.over = true;
    await this.asking;
  }

  private async ask(): Promise<void> {
    while (!this.over) {
      const time = Date.now();
      this.samples.push({ time, body: await this.answer() });
      await sleep(Math.max(0, time + 100 - Date.now()));
    }
  }

  private async answer(): Promise<string | undefined> {
    try {
      const response = await fetch(`${this.machine.httpAddress}${this.path}`, { signal: AbortSignal.timeout(1000) });
      const body = await response.text();
      return response.status === 200 ? body : undefined;
    } catch {
      return undefined;
    }
  }
}

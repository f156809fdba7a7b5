import { setTimeout as sleep } from "node:timers/promises";
import type { Column } from "./columns";
import type { Machine } from "./machine";
import type { Measurement, Result } from "./measurement";
import type { Storage, Traffic } from "./storage";

const QUIET_MS = 150;
const MOST_QUIET_MS = 30_000;

/** A column in one run: its machine, and its way to the storage. */
export class Lane {
  readonly measurements: Measurement[] = [];
  round = 0;
  /** How often the folder has been renamed. */
  renamed = 0;

  constructor(
    readonly column: Column,
    readonly index: number,
    readonly memoryMb: number,
    readonly machine: Machine,
    readonly storage: Storage,
    readonly endpoint: string,
  ) {}

  /** A folder that no other lane has. */
  get own(): string {
    return `own/${this.memoryMb}-${this.index}`;
  }

  get http() {
    return this.machine.http;
  }

  /** With the requests that it made; `untilQuiet` also with those that go on when it has been answered. */
  async measure(row: string, work: () => Promise<Result>, untilQuiet = false): Promise<void> {
    await this.storage.take(this.index);
    const begin = performance.now();
    const result = (await work()) ?? {};
    const seconds = (performance.now() - begin) / 1000;
    const { requests, refused, receivedBytes, sentBytes } = await this.traffic(untilQuiet);
    this.measurements.push({
      ...{ row, column: this.column.name, memoryMb: this.memoryMb, round: this.round, seconds },
      ...result,
      ...{ requests, refusedRequests: refused, receivedBytes, sentBytes },
    });
  }

  /** Lets the app do something, whatever it has found. */
  async app(action: string, given: object): Promise<void> {
    await this.machine.does(action, given);
  }

  async restart(): Promise<void> {
    const { mount } = this.column;
    if (!mount) return;
    await this.machine.does("end_mount");
    await this.measure("start with an empty cache", () => this.app("start_mount", mount(this.endpoint)));
  }

  private async traffic(untilQuiet: boolean): Promise<Traffic> {
    let sum = await this.storage.take(this.index);
    for (let waited = 0; untilQuiet && this.column.mount && waited < MOST_QUIET_MS; waited += QUIET_MS) {
      await sleep(QUIET_MS);
      const more = await this.storage.take(this.index);
      if (Object.keys(more.requests).length + more.receivedBytes + more.sentBytes === 0) break;
      sum = added(sum, more);
    }
    return sum;
  }
}

function added(a: Traffic, b: Traffic): Traffic {
  const counts = (one: object, other: object) =>
    [...Object.entries(one), ...Object.entries(other)].reduce<Record<string, number>>(
      (sum, [kind, count]) => ({ ...sum, [kind]: (sum[kind] ?? 0) + count }),
      {},
    );
  return {
    requests: counts(a.requests, b.requests),
    refused: counts(a.refused, b.refused),
    receivedBytes: a.receivedBytes + b.receivedBytes,
    sentBytes: a.sentBytes + b.sentBytes,
  };
}

import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { RequestCounts } from "./request-costs";

export const BUCKET = "files";

/** Objects of one size, named by a number with five digits. */
export interface Seed {
  readonly folder: string;
  /** 0 by default. */
  readonly first?: number;
  readonly count: number;
  readonly size: number;
}

/** What one column has asked for. */
export interface Traffic {
  readonly requests: RequestCounts;
  readonly refused: RequestCounts;
  /** Of the bodies of answers. */
  readonly receivedBytes: number;
  /** Of the bodies of requests. */
  readonly sentBytes: number;
}

/** The emulator, in a process of its own so that it does not wait for this one. */
export class Storage {
  private readonly waiting = new Map<number, (result: never) => void>();
  private asked = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on("message", ({ id, result }: { id: number; result: never }) => {
      this.waiting.get(id)?.(result);
      this.waiting.delete(id);
    });
  }

  static async start(folder: string, host: string, columns: number): Promise<Storage> {
    const child = fork(join(__dirname, "storage-process.ts"), [folder, host, `${columns}`], {
      execArgv: ["-r", "sucrase/register/ts"],
    });
    await once(child, "message");
    return new Storage(child);
  }

  readonly ports = () => this.ask<number[]>("ports");
  readonly seed = (seed: Seed) => this.ask<void>("seed", seed);
  /** Since it was last asked. */
  readonly take = (column: number) => this.ask<Traffic>("take", column);
  /** Undefined if there is no such object. */
  readonly generation = (name: string) => this.ask<number | undefined>("generation", name);
  readonly cpuSeconds = () => this.ask<number>("cpuSeconds");

  async stop(): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.disconnect();
    await ended;
  }

  private ask<T>(method: string, ...given: unknown[]): Promise<T> {
    const id = ++this.asked;
    this.child.send({ id, method, given });
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }
}

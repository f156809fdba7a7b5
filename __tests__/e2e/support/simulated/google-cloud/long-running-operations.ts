import { randomUUID } from "node:crypto";
import { Fault } from "./google-faults";

export interface Operation {
  readonly name: string;
  readonly startedAt: number;
  done: boolean;
  error?: { code: string; message: string };
  response?: object;
  /** What the API in question needs to answer it. */
  readonly about: Record<string, unknown>;
}

/** Work that goes on after its request was answered, asked for by polling. Operations of ended processes are unknown. */
export class Operations {
  private readonly all = new Map<string, Operation>();
  private readonly running = new Map<string, { timer: NodeJS.Timeout; finish: () => Promise<void> }>();

  constructor(
    private readonly operationMs: number,
    private readonly changed: () => void,
  ) {}

  /** Starts one; its effect happens at its end. One that takes no time is done when it is answered. */
  async start(
    about: Record<string, unknown>,
    effect: () => Promise<object | undefined | void>,
    fault?: Fault,
    name = `operation-${randomUUID()}`,
  ): Promise<Operation> {
    const operation: Operation = { name, startedAt: Date.now(), done: false, about };
    this.all.set(name, operation);
    let finishing: Promise<void> | undefined;
    const finish = () => (finishing ??= this.finish(operation, effect, fault));
    const takes = fault?.operationMs ?? this.operationMs;
    const timer = setTimeout(() => void finish(), takes);
    this.running.set(name, { timer, finish });
    if (takes === 0) await finish();
    return operation;
  }

  get(name: string): Operation | undefined {
    return this.all.get(name);
  }

  find(matches: (operation: Operation) => boolean): Operation | undefined {
    return [...this.all.values()].find(matches);
  }

  /** Brings everything that was started to its end. */
  async settle(): Promise<void> {
    for (const { timer, finish } of [...this.running.values()]) {
      clearTimeout(timer);
      await finish();
    }
  }

  private async finish(
    operation: Operation,
    effect: () => Promise<object | undefined | void>,
    fault?: Fault,
  ): Promise<void> {
    if (fault?.operationError) {
      operation.error = fault.operationError;
    } else {
      try {
        operation.response = (await effect()) ?? undefined;
      } catch (error) {
        operation.error = { code: "INTERNAL_ERROR", message: (error as Error).message };
      }
    }
    operation.done = true;
    this.running.delete(operation.name);
    this.changed();
  }
}

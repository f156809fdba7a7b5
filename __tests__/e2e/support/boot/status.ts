import { setTimeout as sleep } from "node:timers/promises";
import type { Status } from "../../../../lib/wait/status";
import { CosMachine } from "../simulated/cos-machine/cos-machine";

export const STATUS_ATTRIBUTE = "gcs-backed-container-app/status";

export function statusOf(machine: Pick<CosMachine, "guestAttributes">): Status | undefined {
  const text = machine.guestAttributes.get(STATUS_ATTRIBUTE);
  return text === undefined ? undefined : (JSON.parse(text) as Status);
}

/** Every status ever reported, with its time. */
export function statusHistory(machine: CosMachine): (Status & { time: number })[] {
  return machine.guestAttributes.history
    .filter(({ namespace, key, value }) => `${namespace}/${key}` === STATUS_ATTRIBUTE && value !== undefined)
    .map(({ time, value }) => ({ time, ...(JSON.parse(value!) as Status) }));
}

/** Polls until the condition holds; returns the seconds that it took. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { seconds = 60, every = 0.1 }: { seconds?: number; every?: number } = {},
): Promise<number> {
  const start = Date.now();
  for (;;) {
    if (await condition()) return (Date.now() - start) / 1000;
    if (Date.now() - start > seconds * 1000) throw new Error(`after ${seconds} seconds still not: ${what}`);
    await sleep(every * 1000);
  }
}

/** A VM, or what stands for one in check:vm. */
type Vm = Pick<CosMachine, "httpAddress"> & Partial<Pick<CosMachine, "describe">>;

/** Until the app answers with 200 from outside the VM; returns the seconds that it took. */
export function untilHealthy(machine: Vm, seconds = 60): Promise<number> {
  return explained(
    machine,
    until("the app answers with 200", () => answers(machine), { seconds }),
  );
}

/** Prints what the machine does if what is waited for does not come. */
export async function explained<T>(machine: Vm, waiting: Promise<T>): Promise<T> {
  try {
    return await waiting;
  } catch (error) {
    process.stdout.write(`${(await machine.describe?.()) ?? ""}\n`);
    throw error;
  }
}

export async function answers(machine: Pick<CosMachine, "httpAddress">, path = "/"): Promise<boolean> {
  try {
    const response = await fetch(`${machine.httpAddress}${path}`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

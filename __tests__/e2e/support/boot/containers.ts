/** What can be read of the containers that a VM runs. */
import { CosMachine } from "../simulated/cos-machine/cos-machine";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export async function inspect(machine: CosMachine, container: string): Promise<any> {
  const { stdout } = await machine.exec(["docker", "inspect", container]);
  return JSON.parse(stdout)[0];
}

export async function isRunning(machine: CosMachine, container: string): Promise<boolean> {
  const script = `docker inspect --format '{{.State.Running}}' ${container} 2>/dev/null`;
  return (await machine.shell(script, { reject: false })) === "true";
}

/** Empty while there is none. */
export function containerId(machine: CosMachine, container = "app"): Promise<string> {
  return machine.shell(`docker inspect --format '{{.Id}}' ${container} 2>/dev/null`, { reject: false });
}

/** A command that prints what the control group of a container has in a file, which version 1 names otherwise. */
export function memoryOf(container: string, file: string, inVersion1: string): string {
  const id = `$(docker inspect --format '{{.Id}}' ${container})`;
  return `cat $(find /sys/fs/cgroup -path "*${id}*" '(' -name ${file} -o -name ${inVersion1} ')' | head -n 1)`;
}

export interface PeakMemory {
  /** MiB, of all processes together, at most: each one's own peak. */
  readonly processes: number;
  /** MiB, as the control group has it: with the kernel's cache of files. */
  readonly withFileCache: number;
}

export async function peakMemory(machine: CosMachine, container: string): Promise<PeakMemory> {
  const output = await machine.shell(`
    for pid in $(docker top ${container} -eo pid | tail -n +2); do sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\) kB/\\1/p' /proc/$pid/status; done |
      awk '{ sum += $1 } END { print sum * 1024 }'
    ${memoryOf(container, "memory.peak", "memory.max_usage_in_bytes")}
  `);
  const [processes, withFileCache] = output.split("\n").map((bytes) => Math.round(Number(bytes) / 2 ** 20));
  return { processes, withFileCache };
}

/** Starts the app's container with the declaration's own options, but by hand: no unit waits for its mounts. */
export async function runAppByHand(machine: CosMachine, ...more: string[]): Promise<void> {
  await machine.shell(`
    set -eu
    cd /run/gcs-backed-container-app/config/app
    mapfile -d '' -t options <options
    docker rm --force app >/dev/null 2>&1 || true
    docker run --detach --name=app "\${options[@]}" ${more.join(" ")} "$(<image)"
  `);
}

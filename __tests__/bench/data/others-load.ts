import { readFileSync } from "node:fs";
import { loadavg } from "node:os";

/** How busy this machine is with other things: what is measured then is not true. */
export interface OthersLoad {
  /** Before anything began: /proc/loadavg of the last minute. */
  readonly before: number;
  /** Processors that others kept busy meanwhile. */
  readonly meanwhile: number;
}

export const MOST_LOAD = 1;

export function isTooBusy({ before, meanwhile }: OthersLoad): boolean {
  return before > MOST_LOAD || meanwhile > MOST_LOAD;
}

/** Measures from now on; `own` are the seconds of processors that the run itself has used. */
export function startOthersLoad(): (own: number) => OthersLoad {
  const [before] = loadavg();
  const [begin, busy] = [performance.now(), busySeconds(readFileSync("/proc/stat", "utf8"))];
  return (own) => {
    const passed = (performance.now() - begin) / 1000;
    const all = busySeconds(readFileSync("/proc/stat", "utf8")) - busy;
    return { before, meanwhile: Math.max(0, (all - own) / passed) };
  };
}

/** In user and system mode, of all processors. Linux counts in hundredths of seconds. */
export function busySeconds(stat: string): number {
  const [user, nice, system] = /^cpu +(\d+) (\d+) (\d+)/.exec(stat)!.slice(1).map(Number);
  return (user + nice + system) / 100;
}

/** What a test run could leave on the machine that it ran on. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Names of things, by their kind. */
export type Things = Readonly<Record<string, readonly string[]>>;

/** What others on the machine may change as well, so that a difference is the run's only where it is alone. */
export function surroundings(folders: readonly string[], proc = "/proc"): Things {
  return {
    file: folders.flatMap((folder) => namesIn(folder).map((name) => join(folder, name))),
    mount: mounts(proc),
    "network namespace": networkNamespaces(proc),
  };
}

/** What of the run's own is still there: told by its folder and by its id in the environment of what it started. */
export function remainsOf(run: { id: string; folder: string; pid: number; janitor?: number }, proc = "/proc"): Things {
  const inFolder = (path: string) => path.startsWith(`${run.folder}/`);
  return {
    process: processesOf(run, proc),
    mount: mounts(proc).filter(inFolder),
    "loop device": loopDevices()
      .filter(({ file }) => inFolder(file))
      .map(({ name, file }) => `${name} (${file})`),
  };
}

/** A line for each thing that is new, such as "file /tmp/folder-x". */
export function newThings(before: Things, after: Things): string[] {
  return Object.entries(after).flatMap(([kind, names]) =>
    names.filter((name) => !before[kind]?.includes(name)).map((name) => `${kind} ${name}`),
  );
}

function mounts(proc: string): string[] {
  return linesOf(join(proc, "self/mounts")).map((line) => line.split(" ")[1]);
}

/** Those that a process is in; one that is kept by a mount is among the mounts. */
function networkNamespaces(proc: string): string[] {
  const found = pids(proc).map((pid) => target(join(proc, String(pid), "ns/net")));
  return [...new Set(found.filter((name) => name !== undefined))];
}

function loopDevices(): { name: string; file: string }[] {
  return namesIn("/sys/block")
    .filter((name) => name.startsWith("loop"))
    .flatMap((name) => linesOf(`/sys/block/${name}/loop/backing_file`).map((file) => ({ name, file })));
}

function processesOf({ id, pid, janitor }: { id: string; pid: number; janitor?: number }, proc: string): string[] {
  const parents = new Map(pids(proc).map((one) => [one, parentOf(one, proc)]));
  const isBelow = (one: number, ancestor?: number): boolean =>
    ancestor !== undefined &&
    (one === ancestor || ((parents.get(one) ?? 0) > 1 && isBelow(parents.get(one)!, ancestor)));
  return [...parents.keys()]
    .filter((one) => one !== pid && !isBelow(one, janitor))
    .filter((one) => isBelow(one, pid) || environmentOf(one, proc).includes(`TEST_RUN_ID=${id}`))
    .map((one) => `${one} (${commandOf(one, proc)})`);
}

function pids(proc: string): number[] {
  return namesIn(proc)
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Undefined for a process that has ended and was not waited for yet. */
function parentOf(pid: number, proc: string): number | undefined {
  const status = textOf(join(proc, String(pid), "status"));
  return /^State:\s+Z/m.test(status) ? undefined : Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

function environmentOf(pid: number, proc: string): string[] {
  return textOf(join(proc, String(pid), "environ")).split("\0");
}

function commandOf(pid: number, proc: string): string {
  return textOf(join(proc, String(pid), "cmdline"))
    .split("\0")
    .join(" ")
    .trim()
    .slice(0, 200);
}

/** Empty where it is not there, or is gone by now. */
function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function linesOf(file: string): string[] {
  return textOf(file)
    .split("\n")
    .filter((line) => line !== "");
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

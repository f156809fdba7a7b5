import { spawnSync } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Ended } from "./fake-docker";
import { folderWith, textOf, write } from "./folder";

/** Ends what a script has left running, as systemd does: its process group. */
const AND_ITS_GROUP =
  'trap "exit 143" TERM; set -m; "$@" & pid=$!; set +m; trap "kill -- -$pid 2>/dev/null" EXIT; wait "$pid"';

/** `times WHAT` counts, into n. */
const TIMES = 'times() { printf x >>"$state/$1"; n=$(<"$state/$1"); n=${#n}; }';

/**
 * Programs that come before the real ones. Each is a script of bash, in which $state is a folder that all of them share;
 * what they are called with is noted.
 */
export class FakePrograms {
  constructor(
    programs: { readonly [name: string]: string },
    readonly folder = folderWith(),
  ) {
    this.set("calls", "");
    for (const [name, script] of Object.entries(programs)) {
      const note = `printf '%s\\n' "${name} $*" >>"$state/calls"`;
      const lines = ["#!/bin/bash", `state='${this.folder}'`, TIMES, note, script, ""];
      write(this.folder, `bin/${name}`, lines.join("\n"), 0o755);
    }
  }

  /** What was called, in order. */
  get calls(): string[] {
    return textOf(join(this.folder, "calls")).split("\n").slice(0, -1);
  }

  /** The calls of one program, without its name. */
  callsOf(name: string): string[] {
    return this.calls.filter((call) => call.startsWith(`${name} `)).map((call) => call.slice(name.length + 1));
  }

  append(name: string, script: string): void {
    appendFileSync(join(this.folder, "bin", name), `${script}\n`);
  }

  /** A file for the programs to read. */
  set(name: string, text: string): void {
    write(this.folder, name, text);
  }

  /** A file that the programs have written. */
  get(name: string): string {
    return textOf(join(this.folder, name));
  }

  has(name: string): boolean {
    return existsSync(join(this.folder, name));
  }

  run(args: readonly string[], env: { readonly [name: string]: string } = {}): Ended {
    const path = [join(this.folder, "bin"), process.env.PATH].join(delimiter);
    const { status, stdout, stderr, error } = spawnSync("bash", ["-c", AND_ITS_GROUP, "-", ...args], {
      encoding: "utf8",
      env: { PATH: path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // Far more than any test takes, on a busy machine, too.
      timeout: 180_000,
    });
    if (error) throw error;
    return { status, stdout, stderr };
  }
}

/** The texts of the files in a folder, by their names; none where there is no such folder. */
export function textsIn(folder: string): { [name: string]: string } {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.map((name) => [name, join(folder, name)]).filter(([, file]) => statSync(file).isFile());
  return Object.fromEntries(files.map(([name, file]) => [name, textOf(file)]));
}

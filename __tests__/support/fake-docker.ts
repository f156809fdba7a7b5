import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";
import { folderWith, textOf, write } from "./folder";

export interface Answer {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
}

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Stands in for the docker client: an executable that answers by its arguments, each a pattern of the shell. */
export class FakeDocker {
  private readonly folder = folderWith({ calls: "" });

  constructor(answers: { readonly [args: string]: Answer }) {
    const branches = Object.entries(answers).map(([args, { stdout = "", stderr = "", exitCode = 0 }], index) => {
      write(this.folder, `${index}.out`, stdout);
      write(this.folder, `${index}.err`, stderr);
      const pattern = args.replace(/[^A-Za-z0-9_*-]/g, "\\$&");
      return `${pattern}) cat "$folder/${index}.out"; cat "$folder/${index}.err" >&2; exit ${exitCode} ;;`;
    });
    const script = [
      "#!/bin/sh",
      `folder='${this.folder}'`,
      'echo "$*" >>"$folder/calls"',
      'case "$*" in',
      ...branches,
      "esac",
      'echo "docker was not expected to be asked: $*" >&2; exit 64',
    ];
    write(this.folder, "bin/docker", `${script.join("\n")}\n`, 0o755);
  }

  /** What docker was asked, in order. */
  get calls(): string[] {
    return textOf(join(this.folder, "calls")).split("\n").slice(0, -1);
  }

  /** Runs a program that finds this docker, and no engine's address in its environment but the given one. */
  run(command: string, args: readonly string[], env: { readonly [name: string]: string } = {}): Ended {
    const path = [join(this.folder, "bin"), process.env.PATH].join(delimiter);
    return run(command, args, { PATH: path, ...env });
  }
}

/** Runs a program in an environment of its own. */
export function run(command: string, args: readonly string[], env: { readonly [name: string]: string }): Ended {
  // bash takes a socket on its standard input for a remote shell's, and would read its user's settings.
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

import execa, { ExecaChildProcess } from "execa";

/** A long-running helper that dies with this process, even when this one is killed. */
export function helperProcess(command: string, args: readonly string[]): ExecaChildProcess {
  const process = execa("setpriv", ["--pdeathsig", "KILL", command, ...args], { reject: false, all: true });
  // execa reads what a process prints only once it is waited for; unread, it would stop the process in the end.
  void process.then();
  return process;
}

export async function endProcess(process: ExecaChildProcess): Promise<void> {
  process.kill();
  await process;
}

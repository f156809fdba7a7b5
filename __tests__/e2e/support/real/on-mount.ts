import execa from "execa";

/**
 * Runs on a mount whose bucket this process serves, so always in another process: file calls of our own would wait for
 * answers that we give, and a few that hang would take all threads that the server reads and writes with.
 */
export async function onMount(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await execa("bash", ["-euo", "pipefail", "-c", script, "bash", ...args]);
  return stdout;
}

/** The same, for what is expected to fail: exit code and message. */
export async function failureOnMount(script: string, ...args: string[]): Promise<string> {
  const { exitCode, stderr } = await execa("bash", ["-euo", "pipefail", "-c", script, "bash", ...args], {
    reject: false,
  });
  if (exitCode === 0) {
    throw new Error(`it succeeded: ${script}`);
  }
  return stderr;
}

/**
 * Writes into an existing file, creates SIGN.written, and closes the file when SIGN.close exists, or after a minute.
 * Not in bash, where each redirection closes a copy of the file, and every close uploads.
 */
export async function writeAndWait(file: string, text: string, sign: string): Promise<void> {
  await execa("node", ["-e", `(${writer.toString()})()`, file, text, sign]);
}

/** Carried into the other process as text. */
function writer(): void {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { closeSync, existsSync, openSync, writeFileSync, writeSync } = require("node:fs") as typeof import("node:fs");
  const [file, text, sign] = process.argv.slice(1);
  const opened = openSync(file, "r+");
  writeSync(opened, text);
  writeFileSync(`${sign}.written`, "");
  const end = Date.now() + 60_000;
  while (!existsSync(`${sign}.close`) && Date.now() < end) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  closeSync(opened);
}

export interface Upload {
  readonly name: string;
  readonly sha256: string;
  /** Absent when open, write and close all succeeded. */
  readonly error?: string;
}

/** Writes files of random bytes, several at a time, and tells of each whether it was acknowledged. */
export async function uploadMany(
  folder: string,
  prefix: string,
  sizes: readonly number[],
  parallel: number,
): Promise<Upload[]> {
  const { stdout } = await execa("node", [
    "-e",
    `(${uploader.toString()})()`,
    folder,
    prefix,
    JSON.stringify(sizes),
    `${parallel}`,
  ]);
  return JSON.parse(stdout) as Upload[];
}

/** Carried into the other process as text. */
async function uploader(): Promise<void> {
  /* eslint-disable @typescript-eslint/no-require-imports */
  const { createHash, randomBytes } = require("node:crypto") as typeof import("node:crypto");
  const { open } = require("node:fs/promises") as typeof import("node:fs/promises");
  const [folder, prefix, sizes, parallel] = process.argv.slice(1);
  const queue = (JSON.parse(sizes) as number[]).map((size, index) => ({ size, name: `${prefix}${index}` }));
  const done: Upload[] = [];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const bytes = randomBytes(next.size);
      const upload = { name: next.name, sha256: createHash("sha256").update(bytes).digest("hex") };
      try {
        const file = await open(`${folder}/${next.name}`, "w");
        try {
          await file.writeFile(bytes);
        } finally {
          await file.close();
        }
        done.push(upload);
      } catch (error) {
        done.push({ ...upload, error: `${(error as { code?: string }).code}` });
      }
    }
  };
  await Promise.all(Array.from({ length: Number(parallel) }, work));
  process.stdout.write(JSON.stringify(done));
}

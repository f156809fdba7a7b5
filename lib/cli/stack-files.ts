import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readStack } from "../review/read/read-stack";
import { ReviewInputError, Stack } from "../review/read/stack";

/** cdktf's output folder. */
const DEFAULT_PATH = "cdktf.out";
/** What the commands say of a path to a stack. */
export const PATH_HELP = `a cdk.tf.json, the folder of a stack, or cdktf's output folder; default: ${DEFAULT_PATH}`;
export const STACK_OPTION = ["--stack <name>", "the stack, where an output folder has several"] as const;
const FILE = "cdk.tf.json";

/**
 * The `cdk.tf.json` that a path means: the file itself, the folder of a stack, or cdktf's output folder.
 *
 * @param stack the name of the stack, where the output folder has several
 * @throws ReviewInputError if there is none, or more than one to choose from
 */
export function stackFile(path = DEFAULT_PATH, stack?: string): string {
  if (!existsSync(path)) {
    throw new ReviewInputError(`"${path}" does not exist: synthesize first, or give the folder of a synthesized stack`);
  }
  if (!statSync(path).isDirectory()) {
    return path;
  }
  if (existsSync(join(path, FILE)) && stack === undefined) {
    return join(path, FILE);
  }
  const all = stacksIn(path);
  const names = all.map((name) => `"${name}"`).join(", ");
  const chosen = stack ?? (all.length === 1 ? all[0] : undefined);
  if (chosen === undefined || !all.includes(chosen)) {
    throw new ReviewInputError(
      all.length === 0
        ? `"${path}" has no synthesized stack${stack === undefined ? "" : ` "${stack}"`}: give the folder that "cdktf synth" wrote`
        : `"${path}" has ${stack === undefined ? "several stacks" : `no stack "${stack}"`}: choose one of ${names} with --stack`,
    );
  }
  return join(path, "stacks", chosen, FILE);
}

function stacksIn(path: string): string[] {
  const folder = join(path, "stacks");
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => existsSync(join(folder, name, FILE)))
        .sort()
    : [];
}

/** The name of a stack: that of the folder which cdktf wrote. */
export function stackName(file: string): string {
  return basename(file) === FILE ? basename(dirname(join(process.cwd(), file))) : basename(file);
}

export function stackOfFile(file: string): Stack {
  return readStack(readText(file), file);
}

/**
 * @throws ReviewInputError if the file cannot be read
 */
export function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ReviewInputError(`"${file}" cannot be read: ${(error as Error).message}`);
  }
}

/**
 * The same stack as a revision of git has it.
 *
 * @throws ReviewInputError if git does not have it there
 */
export function stackOfRevision(file: string, revision: string): Stack {
  if (!/^[^\s:-][^\s:]*$/.test(revision)) {
    throw new ReviewInputError(
      `revision "${revision}" is not valid: use a name such as "HEAD", "main" or a commit's hash`,
    );
  }
  const name = `${revision}:./${basename(file)}`;
  try {
    const text = execFileSync("git", ["show", name], {
      cwd: dirname(file),
      encoding: "utf8",
      maxBuffer: 2 ** 30,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return readStack(text, `${file} of ${revision}`);
  } catch (error) {
    if (error instanceof ReviewInputError) {
      throw error;
    }
    const reason = String((error as { stderr?: string }).stderr ?? (error as Error).message).trim();
    throw new ReviewInputError(
      `"${file}" of "${revision}" cannot be read from git (${reason}): commit the synthesized stack, or give two synthesized stacks`,
    );
  }
}

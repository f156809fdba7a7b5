import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Declaration } from "../../lib/boot/declaration";
import { Ended, run } from "./fake-docker";
import { filesOf, folderWith, textOf, write } from "./folder";

const SCRIPT = join(__dirname, "../../lib/boot/scripts/declaration.py");

/** Python by its own path: the version manager's stand-in for it takes a multiple of its time. */
export const PYTHON = execFileSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();

/**
 * A folder with declaration.py and its schema, as a machine has them. The script is not started where it is in lib, since
 * Python would leave compiled files there.
 */
export function scriptFolder(): string {
  const schema = textOf(join(__dirname, "../../lib/boot/declaration.schema.json"));
  return folderWith({ "declaration.py": textOf(SCRIPT), "declaration.schema.json": schema });
}

const folder = scriptFolder();

/** Runs declaration.py in an environment of its own. */
export function declarationPy(args: readonly string[], env: { readonly [name: string]: string } = {}): Ended {
  return run(PYTHON, ["-I", "-S", join(folder, "declaration.py"), ...args], { LC_ALL: "C", ...env });
}

/** The texts of the files that the scripts read, by their names. */
export function rendered(declaration: Declaration, env: { readonly [name: string]: string } = {}) {
  const target = folderWith();
  renderTo(target, declaration, env);
  return textsBelow(target);
}

/** Writes the files of a declaration into a folder. */
export function renderTo(
  target: string,
  declaration: Declaration,
  env: { readonly [name: string]: string } = {},
): void {
  const source = folderWith({ declaration: JSON.stringify(declaration) });
  const { status, stderr } = declarationPy(["render", join(source, "declaration"), target], env);
  if (status !== 0) {
    throw new Error(`the declaration cannot be rendered: ${stderr}`);
  }
}

/** The elements of a list in a file: a NUL is after each. */
export const listIn = (text: string): string[] => text.split("\0").slice(0, -1);

/**
 * Renders each of the documents, bytes or text, into the folder of its index in `target`. Why it is refused, or undefined.
 * One Python runs declaration.py for them all.
 */
function renderAll(documents: readonly (string | Buffer)[], target: string): (string | undefined)[] {
  const source = folderWith();
  documents.forEach((document, index) => write(source, String(index), document));
  const driver = `
import os, sys
script, source, target, count = sys.argv[1:]
with open(script, encoding="utf-8") as file:
    program = compile(file.read(), script, "exec")
for index in range(int(count)):
    os.mkdir(f"{target}/{index}")
    sys.argv = [script, "render", f"{source}/{index}", f"{target}/{index}"]
    try:
        exec(program, {"__name__": "__main__", "__file__": script})
        print(repr(None))
    except SystemExit as error:
        print(repr(str(error.code)))
`;
  const args = ["-I", "-S", "-c", driver, join(folder, "declaration.py"), source, target, String(documents.length)];
  const { status, stdout, stderr } = run(PYTHON, args, { LC_ALL: "C" });
  if (status !== 0) {
    throw new Error(`declaration.py has failed: ${stderr}`);
  }
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => (line === "None" ? undefined : line.slice(1, -1)));
}

/** Why declaration.py refuses each of the documents, bytes or text; undefined where it renders it. */
export function refusals(documents: readonly (string | Buffer)[]): (string | undefined)[] {
  return withTarget((target) => renderAll(documents, target));
}

/** As `rendered`, for many. */
export function allRendered(declarations: readonly Declaration[]): { [name: string]: string }[] {
  return withTarget((target) => {
    const refused = renderAll(
      declarations.map((one) => JSON.stringify(one)),
      target,
    ).find((reason) => reason !== undefined);
    if (refused !== undefined) throw new Error(`the declaration cannot be rendered: ${refused}`);
    return declarations.map((_, index) => textsBelow(join(target, String(index))));
  });
}

/** What is done with a folder that is gone afterwards: properties render hundreds of documents. */
function withTarget<T>(use: (target: string) => T): T {
  const target = folderWith();
  try {
    return use(target);
  } finally {
    rmSync(target, { recursive: true });
  }
}

const textsBelow = (target: string) =>
  Object.fromEntries(filesOf(target).map((name) => [name, textOf(join(target, name))]));

import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { folderWith, write } from "../support/folder";

const ROOT = join(__dirname, "../..");

/** A project with packages of its own, so with a cache of its own. */
function project(): string {
  const folder = folderWith({ "main.ts": 'const said: string = "one";\nconsole.log(said);\n' });
  mkdirSync(join(folder, "scripts"));
  copyFileSync(join(ROOT, "scripts/typescript.cjs"), join(folder, "scripts/typescript.cjs"));
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((entry) => entry !== ".cache")) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

const run = (folder: string) =>
  execFileSync(process.execPath, ["-r", "./scripts/typescript.cjs", "main.ts"], { cwd: folder, encoding: "utf8" });

const kept = (folder: string) => {
  const [cache] = readdirSync(join(folder, "node_modules/.cache"));
  return readdirSync(join(folder, "node_modules/.cache", cache));
};

test("what was transpiled is kept, and what has changed is transpiled again", () => {
  const folder = project();
  expect(run(folder)).toBe("one\n");
  expect(run(folder)).toBe("one\n");
  expect(kept(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);

  write(folder, "main.ts", 'const said: string = "two";\nconsole.log(said);\n');
  expect(run(folder)).toBe("two\n");
  expect(kept(folder)).toHaveLength(2);
});

test.each([0, 20])("what was cut off after %i bytes is transpiled again", (bytes) => {
  const folder = project();
  run(folder);
  const [cache] = readdirSync(join(folder, "node_modules/.cache"));
  truncateSync(join(folder, "node_modules/.cache", cache, kept(folder)[0]), bytes);
  expect(run(folder)).toBe("one\n");
});

test("where nothing can be kept, the program runs all the same", () => {
  const folder = project();
  write(folder, "node_modules/.cache", "a file where the folder would be");
  expect(run(folder)).toBe("one\n");
});

import { readdirSync } from "node:fs";
import { join, relative } from "node:path";

const FOLDER = join(__dirname, "../e2e");

/** Of these every folder may have its own; recordings and the files of an image have names that others give. */
const REPEATED = ["index.ts", "README.md", "Dockerfile"];
const NOT_OURS = /^(recorded|apps)\/|\/(etc|usr|rootfs)\//;

test("no two files of the end-to-end tests have the same name", () => {
  const files = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !REPEATED.includes(entry.name))
    .map((entry) => ({ name: entry.name, path: relative(FOLDER, join(entry.parentPath, entry.name)) }))
    .filter(({ path }) => !NOT_OURS.test(path));
  const paths = (name: string) => files.filter((file) => file.name === name).map(({ path }) => path);
  expect(files.length).toBeGreaterThan(100);
  expect(files.map(({ name }) => paths(name)).filter((same) => same.length > 1)).toEqual([]);
});

import {
  chmodSync,
  Dirent,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

/** A new folder with the given files. */
export function folderWith(files: { [name: string]: string } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "folder-"));
  for (const [name, content] of Object.entries(files)) {
    write(folder, name, content);
  }
  return folder;
}

export function write(folder: string, name: string, content: string | Buffer, mode?: number): void {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (mode !== undefined) {
    chmodSync(file, mode);
  }
}

/** All that is in a folder, each folder before what it has. Links are not followed, as `readdirSync` does from Node 22 on. */
function entriesIn(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry, ...entriesIn(join(folder, entry.name))] : [entry],
  );
}

/** Copies a folder of texts to another one, whose path takes the place of its own in texts and links. */
export function copyFolder(from: string, to: string): void {
  for (const entry of entriesIn(from)) {
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    if (entry.isDirectory()) mkdirSync(target, { recursive: true });
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source).replace(from, to), target);
    else writeFileSync(target, textOf(source).replaceAll(from, to), { mode: statSync(source).mode });
  }
}

/** The names of all files and links in a folder. */
export function filesOf(folder: string): string[] {
  return entriesIn(folder)
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

export const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8);
export const textOf = (file: string) => readFileSync(file, "utf8");

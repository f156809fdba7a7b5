import * as fs from "fs";
import * as path from "path";
import { invalidInput } from "../checks/invalid-input";
import { DockerIgnore } from "./docker-ignore";

/** What a build context holds under a name. */
export interface ContextEntry {
  /** Relative to the context, with slashes. */
  readonly name: string;
  readonly kind: "folder" | "file" | "executable" | "link";
}

/**
 * Everything in a folder that Docker sends to the builder, sorted: also empty folders, and those that are excluded
 * themselves but have a file that is not.
 *
 * @param root the folder's absolute path
 * @param always a file that is sent whatever the rules say
 * @throws if something cannot be read, or is none of the kinds, or if a name is not valid UTF-8
 */
export function contextEntries(root: string, ignored: DockerIgnore, always: string): ContextEntry[] {
  const kinds = new Map<string, ContextEntry["kind"]>();
  const isSent = (name: string) => name === always || ignored.isSent(name);
  // A folder that cannot be read is none of our business if nothing in it is sent.
  const mayHaveSent = (folder: string) =>
    isSent(folder) || ignored.hasExceptions || `${always}/`.startsWith(`${folder}/`);

  const visit = (folder: string) => {
    const found = reading(path.join(root, folder), (file) => fs.readdirSync(file, { withFileTypes: true }));
    for (const entry of found) {
      const name = path.posix.join(folder, entry.name);
      if (!entry.isDirectory()) {
        if (isSent(name)) {
          kinds.set(name, kindOf(path.join(root, name), entry));
          foldersAbove(name).forEach((above) => kinds.set(above, "folder"));
        }
        continue;
      }
      if (isSent(name)) {
        requireUtf8(path.join(root, name), entry);
        [name, ...foldersAbove(name)].forEach((above) => kinds.set(above, "folder"));
      }
      if (mayHaveSent(name)) {
        visit(name);
      }
    }
  };
  visit("");
  return [...kinds].map(([name, kind]) => ({ name, kind })).sort((a, b) => compare(a.name, b.name));
}

function kindOf(file: string, entry: fs.Dirent): ContextEntry["kind"] {
  requireUtf8(file, entry);
  if (entry.isSymbolicLink()) {
    return "link";
  }
  if (!entry.isFile()) {
    throw invalidInput("image directory", file, "it is a socket, pipe or device: exclude it in .dockerignore");
  }
  return reading(file, (name) => fs.statSync(name)).mode & 0o111 ? "executable" : "file";
}

/** Node gives such a name with this character for each byte that is not UTF-8, and cannot open the file by it. */
function requireUtf8(file: string, entry: fs.Dirent): void {
  if (entry.name.includes("\uFFFD") && fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) {
    throw invalidInput(
      "image directory",
      file,
      "the name is not valid UTF-8: rename it, or exclude its folder in .dockerignore",
    );
  }
}

function foldersAbove(name: string): string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** Does something with a file, and says of an error of the operating system what to do. */
export function reading<T>(file: string, work: (file: string) => T): T {
  try {
    return work(file);
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (code === undefined) {
      throw error;
    }
    throw invalidInput(
      "image directory",
      file,
      `it cannot be read (${code}${syscall === undefined ? "" : `, ${syscall}`}): make it readable for who synthesizes, or exclude it in .dockerignore`,
    );
  }
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

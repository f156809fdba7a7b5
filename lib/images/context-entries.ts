import * as fs from "fs";
import * as path from "path";
import { invalidInput } from "../checks/invalid-input";
import { DockerIgnore } from "./docker-ignore";

/** A file, folder or link of a build context. */
export interface ContextEntry {
  /** Relative to the context, with slashes. */
  readonly name: string;
  readonly kind: "folder" | "file" | "executable" | "link";
}

/**
 * Everything in a folder that Docker sends to the builder, sorted. Empty folders are sent too, and so are excluded
 * folders with a file that an exception (`!file`) lets in.
 *
 * @param root the folder's absolute path
 * @param always the Dockerfile, which is sent even if a rule excludes it
 * @throws if something cannot be read, is a socket, pipe or device, or has a name that is not valid UTF-8
 */
export function contextEntries(root: string, ignored: DockerIgnore, always: string): ContextEntry[] {
  const kinds = new Map<string, ContextEntry["kind"]>();
  const isSent = (name: string) => name === always || ignored.isSent(name);
  // Folders of which nothing is sent are not read: they may be unreadable.
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

/** Node replaces each byte that is not UTF-8 by U+FFFD, and then cannot open the file by that name. */
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

/** Reads something of a file. Errors of the operating system are thrown again with what to do. */
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
      `it cannot be read (${code}${syscall === undefined ? "" : `, ${syscall}`}): let the user that runs synth read it, or exclude it in .dockerignore`,
    );
  }
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

import { parse } from "yaml";
import { Change } from "./change";
import { isObject, Json, stableText } from "../read/json";

export const NEW_VERSION = "another version of the library: the VM's scripts and units change";

/**
 * What changes of the user-data: the files that cloud-init writes. A synthesized stack has it in a file of its own, whose
 * path is shown; a plan has its text.
 */
export function userDataChanges(before: Json | undefined, after: Json | undefined): Change[] {
  const [old, wanted] = [before, after].map(writtenFiles);
  const [oldPath, wantedPath] = [before, after].map(pathOfFile);
  const effect = "VM reboots";
  const whole: Change = { what: "user-data", before: oldPath, after: wantedPath, note: NEW_VERSION, effect };
  if (old === undefined || wanted === undefined) {
    return [whole];
  }
  const paths = [...new Set([...old.keys(), ...wanted.keys()])].sort();
  const files = paths
    .filter((path) => old.get(path) !== wanted.get(path))
    .map((name): Change => {
      const [oldLines, wantedLines] = differingLines(old.get(name) ?? "", wanted.get(name) ?? "");
      return { what: "file of the user-data", name, before: oldLines, after: wantedLines, effect };
    });
  return [whole, ...files];
}

/** The contents of the files that a cloud-config writes; undefined if the text is something else. */
function writtenFiles(userData: Json | undefined): ReadonlyMap<string, string> | undefined {
  const files = writeFilesOf(String(userData));
  if (!Array.isArray(files) || !files.every(isObject)) {
    return undefined;
  }
  return new Map(
    files.map(({ path, content }) => [String(path), typeof content === "string" ? content : stableText(content)]),
  );
}

function writeFilesOf(text: string): unknown {
  if (!text.startsWith("#cloud-config\n")) {
    return undefined;
  }
  try {
    return (parse(text) as { write_files?: unknown } | null)?.write_files;
  } catch {
    return undefined;
  }
}

/** The lines between those that are the same at the beginning and at the end; undefined for none. */
function differingLines(before: string, after: string): (string | undefined)[] {
  const [old, wanted] = [before, after].map((text) => text.split("\n"));
  const shorter = Math.min(old.length, wanted.length);
  let start = 0;
  while (start < shorter && old[start] === wanted[start]) {
    start++;
  }
  let end = 0;
  while (end < shorter - start && old[old.length - 1 - end] === wanted[wanted.length - 1 - end]) {
    end++;
  }
  return [old, wanted].map((lines) => lines.slice(start, lines.length - end).join("\n") || undefined);
}

/** The path of the file that a synthesized stack reads the user-data from. */
function pathOfFile(userData: Json | undefined): string | undefined {
  const [, file] = /^\$\{file\("([^"]*)"\)\}$/.exec(String(userData)) ?? [];
  return file;
}

import { Token } from "cdktf";
import { invalidInput } from "./invalid-input";
import { isPlainText, PLAIN_TEXT } from "./plain-text";

/**
 * Linux's limits for a name and a path, without the NUL at its end.
 *
 * @see https://man7.org/linux/man-pages/man7/path_resolution.7.html
 */
const MOST_NAME_BYTES = 255;
const MOST_PATH_BYTES = 4095;

/**
 * Checks the path of a file or a folder in a container; an unresolved token passes.
 *
 * @param what what a message calls it
 * @param path the path
 * @param example a valid one, for the message
 * @throws if it is not absolute and normalized, or longer than Linux allows
 */
export function checkContainerPath(what: string, path: string, example: string): void {
  if (Token.isUnresolved(path)) {
    return;
  }
  const segments = path.split("/").slice(1);
  const normal = segments.every((segment) => segment !== "" && segment !== "." && segment !== "..");
  if (!path.startsWith("/") || !normal || !isPlainText(path)) {
    throw invalidInput(
      what,
      path,
      `use an absolute path in the container such as "${example}": not "/", no empty, "." or ".." segments, no trailing slash, ${PLAIN_TEXT}`,
    );
  }
  if (isInside(path, RESERVED)) {
    throw invalidInput(what, path, `"${RESERVED}" is this library's own: use another folder`);
  }
  if (Buffer.byteLength(path) > MOST_PATH_BYTES || segments.some((name) => Buffer.byteLength(name) > MOST_NAME_BYTES)) {
    throw invalidInput(
      what,
      path,
      `use at most ${MOST_PATH_BYTES} bytes of UTF-8, and ${MOST_NAME_BYTES} for each folder's name, which are Linux's limits`,
    );
  }
}

/** The library's own, in containers with secrets. */
const RESERVED = "/.gcs-backed-container-app";

/** Whether a path is a folder or inside it. */
export function isInside(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder}/`);
}

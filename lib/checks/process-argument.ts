import { Token } from "cdktf";
import { quote } from "./invalid-input";

/** Linux's limit for one argument or environment variable, the NUL at its end included (MAX_ARG_STRLEN). */
const ARGUMENT_LIMIT = 128 * 1024;

/**
 * Checks an argument of a process, and returns it. Of one with unresolved tokens only the literal parts are checked.
 *
 * @param option the text before the value in docker's own argument, for example `--env=NAME=`
 * @throws if it is too long, or has a NUL or half of a surrogate pair
 * @see https://man7.org/linux/man-pages/man2/execve.2.html
 */
export function processArgument(what: string, value: string, option = ""): string {
  checkUnicode(what, value);
  if (Token.isUnresolved(value)) {
    return value;
  }
  const limit = ARGUMENT_LIMIT - 1 - Buffer.byteLength(option);
  const bytes = Buffer.byteLength(value);
  if (bytes > limit) {
    throw new Error(
      `${what} has ${bytes} bytes and can have ${limit}, which is Linux's limit for one argument: put it into a file of the image or of a mount`,
    );
  }
  return value;
}

/** @throws if a text has a NUL or half of a surrogate pair, with which it cannot arrive as it is */
export function checkUnicode(what: string, value: string): void {
  if (value.includes("\0") || Buffer.from(value, "utf8").toString("utf8") !== value) {
    throw new Error(`${what} ${quote(value)} is not valid: use text without NUL and without half surrogate pairs`);
  }
}

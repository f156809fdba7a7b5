import { Token } from "cdktf";
import { encodeBase64 } from "../terraform/template-text";

/** Linux's limit for one argument or environment variable, the NUL at its end included (MAX_ARG_STRLEN). */
const ARGUMENT_LIMIT = 128 * 1024;

/**
 * Encodes an argument of a process as base64.
 *
 * @param option the text before the value in docker's own argument, for example `--env=NAME=`
 * @throws if it is too long, or has a NUL or half of a surrogate pair
 * @see https://man7.org/linux/man-pages/man2/execve.2.html
 */
export function encodeArgument(what: string, value: string, option = ""): string {
  const limit = ARGUMENT_LIMIT - 1 - Buffer.byteLength(option);
  const bytes = Buffer.byteLength(value);
  if (!Token.isUnresolved(value) && bytes > limit) {
    throw new Error(
      `${what} has ${bytes} bytes and can have ${limit}, which is Linux's limit for one argument: put it into a file of the image or of a mount`,
    );
  }
  return encodeBase64(what, value);
}

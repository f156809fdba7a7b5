import { Token } from "cdktf";
import { invalidInput } from "./invalid-input";
import { isPlainText, PLAIN_TEXT } from "./plain-text";

/** File systems of the kernel's own, in which nothing can be mounted. */
const KERNEL = ["/dev", "/proc", "/sys"];

/** Checks the path of a file in a container; an unresolved token passes. */
export function containerPath(what: string, path: string, example: string): void {
  if (Token.isUnresolved(path)) {
    return;
  }
  const segments = path.split("/").slice(1);
  const normal = segments.every((segment) => segment !== "" && segment !== "." && segment !== "..");
  if (!path.startsWith("/") || !normal || !isPlainText(path)) {
    throw invalidInput(
      what,
      path,
      `use an absolute path in the container such as "${example}": no empty, "." or ".." segments, no trailing slash, ${PLAIN_TEXT}`,
    );
  }
  const kernel = KERNEL.find((folder) => `${path}/`.startsWith(`${folder}/`));
  if (kernel !== undefined) {
    throw invalidInput(what, path, `"${kernel}" is the kernel's: use a path such as "${example}"`);
  }
}

import * as path from "path";

/**
 * The absolute path of a file or folder that comes with the package but is not compiled: a script, a build context. This
 * file is in `lib/` when it runs from source and in `dist/` in the package; what it finds is beside both.
 */
export function packageFile(name: string): string {
  return path.join(__dirname, "..", name);
}

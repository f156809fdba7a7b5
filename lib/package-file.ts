import * as path from "path";

/**
 * The absolute path of a file or folder of the package that is not compiled, for example `container/gcsfuse`. This
 * module is in `lib/` when it runs from source and in `dist/` in the package. Names are relative to their common
 * parent.
 */
export function packageFile(name: string): string {
  return path.join(__dirname, "..", name);
}

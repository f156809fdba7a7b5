import { Token } from "cdktf";
import { Construct } from "constructs";
import { posix } from "path";
import { invalidInput, quote } from "../checks/invalid-input";
import { nameConstructInErrors } from "../checks/name-construct";
import { resolveTokens } from "../terraform/template-text";
import { ResolvedMount } from "./gcs-mount";

const ADVICE =
  "give each mount that writes a prefix of its own, neither inside the other, or set readOnly for one of the two";

/**
 * Checks that no two mounts that write share a folder of a bucket, where their files would mix.
 *
 * @param scope the app
 * @param mounts the app's mounts
 * @param ownBucket the name of the bucket of the mounts that name none
 * @throws if the folders of two are the same, or one is inside the other
 */
export function requireSeparateFolders(scope: Construct, mounts: readonly ResolvedMount[], ownBucket: string): void {
  checkFolders(mounts, ownBucket, (text) => text);
  // Two references to one bucket are two tokens, and can be compared only after cdktf has prepared those to other stacks.
  scope.node.addValidation({
    validate: () => {
      nameConstructInErrors(scope, () => checkFolders(mounts, ownBucket, (text) => resolveTokens(scope, text)));
      return [];
    },
  });
}

function checkFolders(mounts: readonly ResolvedMount[], ownBucket: string, textOf: (text: string) => string): void {
  const writing = mounts
    .map((mount, index) => ({
      index,
      readOnly: mount.readOnly,
      bucket: textOf(mount.bucket ?? ownBucket),
      folder: textOf(folderOf(mount)),
    }))
    .filter(({ readOnly }) => !readOnly);
  writing.forEach((mount, position) => {
    const other = writing
      .slice(0, position)
      .find(({ bucket, folder }) => bucket === mount.bucket && overlap(folder, mount.folder));
    if (other !== undefined) {
      const where = other.folder === "" ? "the whole" : quote(other.folder);
      throw invalidInput(
        `mounts[${mount.index}].prefix`,
        mount.folder === "" ? undefined : mount.folder,
        `mounts[${other.index}] writes to ${where} of the same bucket: ${ADVICE}`,
      );
    }
  });
}

/** The folder as gcsfuse reads it, which `gcsfuseConfig` may have set; empty for the whole bucket. */
function folderOf({ gcsfuseConfig }: ResolvedMount): string {
  const folder = gcsfuseConfig["only-dir"];
  if (typeof folder !== "string" || folder === "") {
    return "";
  }
  return Token.isUnresolved(folder) ? folder : posix.normalize(folder).replace(/\/$/, "");
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [one, other].map((folder) => (folder === "" ? "" : `${folder}/`));
  return a.startsWith(b) || b.startsWith(a);
}

import { MountDeclaration } from "../../boot/declaration";

/** The other mounts through which the app sees files of this one: of the same bucket, where one folder is in the other. */
export function sharedWith(mount: MountDeclaration, mounts: readonly MountDeclaration[]): readonly MountDeclaration[] {
  const folder = folderOf(mount);
  return mounts.filter((other) => {
    const otherFolder = folderOf(other);
    return (
      other.path !== mount.path &&
      other.bucket === mount.bucket &&
      (folder.startsWith(otherFolder) || otherFolder.startsWith(folder))
    );
  });
}

/** The folder of the bucket, `""` or one that ends with a slash. */
function folderOf({ gcsfuseConfig }: MountDeclaration): string {
  const folder = gcsfuseConfig["only-dir"];
  return typeof folder === "string" && folder !== "" ? `${folder.replace(/\/+$/, "")}/` : "";
}

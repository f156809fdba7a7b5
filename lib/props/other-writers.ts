import { Construct } from "constructs";
import { nameConstructInErrors } from "../checks/name-construct";
import { stackSingleton } from "../terraform/stack-singleton";
import { resolveTokens } from "../terraform/template-text";
import { changedBy, isSameFolder, located, LocatedMount, MountList } from "./mount-folders";

interface AppFolders {
  readonly scope: Construct;
  locate(): LocatedMount[];
  /** The app's bucket, as it is named and as others refer to it: two texts, if the app creates it. */
  bucket(): { readonly name: string; readonly reference: string };
}

/** What each app of a stack mounts. */
class MountedFolders extends Construct {
  readonly apps: AppFolders[] = [];

  /** The name of a bucket, where it is that of an app, by whichever of the two it is called. */
  nameOf(bucket: string): string {
    const names = this.apps.map((app) => app.bucket());
    return names.find(({ name, reference }) => reference === bucket && name !== bucket)?.name ?? bucket;
  }
}

/**
 * Checks that no other app of the stack writes to a folder of which a mount says that nobody else does. Of the apps of other stacks
 * nothing is known.
 *
 * @throws at synthesis, if one does
 */
export function requireNoOtherWriters(
  scope: Construct,
  lists: readonly MountList[],
  { name, reference }: { readonly name: string; readonly reference: string },
): void {
  const folders = stackSingleton(scope, "mounted-folders", (stack, id) => new MountedFolders(stack, id));
  const textOf = (text: string) => resolveTokens(scope, text);
  const locate = () =>
    located(lists, name, textOf).map((mount) => ({ ...mount, bucket: folders.nameOf(mount.bucket) }));
  folders.apps.push({ scope, locate, bucket: () => ({ name: textOf(name), reference: textOf(reference) }) });
  const check = () => {
    const others = folders.apps.filter((app) => app.scope !== scope);
    for (const one of locate().filter(({ mount }) => mount.changedByOthers === false)) {
      for (const other of others) {
        const writer = other.locate().find((mount) => !mount.mount.readOnly && isSameFolder(mount, one));
        if (writer !== undefined) {
          throw changedBy(`${writer.what} of "${other.scope.node.path}"`, one);
        }
      }
    }
  };
  scope.node.addValidation({
    validate: () => {
      nameConstructInErrors(scope, check);
      return [];
    },
  });
}

import { Construct } from "constructs";
import { nameConstructInErrors } from "../checks/name-construct";
import { stackSingleton } from "../terraform/stack-singleton";
import { resolveTokens } from "../terraform/template-text";
import { changedBy, isSameFolder, located, LocatedMount, MountList, overlap } from "./mount-folders";

/** What each app of a stack mounts. */
class MountedFolders extends Construct {
  readonly apps: { readonly scope: Construct; locate(): LocatedMount[]; isOwnBucket(text: string): boolean }[] = [];
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
  ownBucket: { readonly name: string; readonly reference: string },
): void {
  const { apps } = stackSingleton(scope, "mounted-folders", (stack, id) => new MountedFolders(stack, id));
  const textOf = (text: string) => resolveTokens(scope, text);
  const locate = () => located(lists, ownBucket.name, textOf);
  apps.push({ scope, locate, isOwnBucket: (text) => text === textOf(ownBucket.reference) });
  const check = () => {
    for (const one of locate().filter(({ mount }) => mount.changedByOthers === false)) {
      for (const { scope: other, locate: mountsOf, isOwnBucket } of apps.filter((app) => app.scope !== scope)) {
        const writer = mountsOf().find(
          ({ mount, ...at }) =>
            !mount.readOnly &&
            (isSameFolder(at, one) ||
              // The bucket of an app by its name there, and by a reference to it here.
              (mount.bucket === undefined && isOwnBucket(one.bucket) && overlap(at.folder, one.folder))),
        );
        if (writer !== undefined) {
          throw changedBy(`${writer.what} of "${other.node.path}"`, one);
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

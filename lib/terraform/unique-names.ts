import { Construct } from "constructs";
import { stackSingleton } from "./stack-singleton";
import { resolveTokens } from "./template-text";

/** The names in use in a stack. */
class UniqueNames extends Construct {
  private readonly taken = new Map<string, string>();

  /** @returns the path of the construct that already has the name, if any */
  public claim(name: string, path: string): string | undefined {
    const owner = this.taken.get(name);
    if (owner === undefined) {
      this.taken.set(name, path);
    }
    return owner;
  }
}

/**
 * Reserves a name for a construct of a stack.
 *
 * @param scope the construct
 * @param kind what has such names: a part of the id of the construct that keeps them
 * @param what the prop that has the name, for the message
 * @param name the name
 * @param within where it must be unique, for example a project
 * @throws if another construct of the stack has it
 */
export function claimName(scope: Construct, kind: string, what: string, name: string, within = ""): void {
  const names = stackSingleton(scope, `${kind}-names`, (stack, id) => new UniqueNames(stack, id));
  const owner = names.claim(resolveTokens(scope, `${within}/${name}`), scope.node.path);
  if (owner !== undefined) {
    throw new Error(
      `${what} ${JSON.stringify(name)} is not valid: "${owner}" of this stack has it already: give each app its own`,
    );
  }
}

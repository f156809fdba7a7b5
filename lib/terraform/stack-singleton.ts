import { TerraformStack } from "cdktf";
import { Construct } from "constructs";

/** On each construct that was created here. Registered, since a stack may have apps of two copies of this library. */
const SINGLETON = Symbol.for("gcs-backed-container-app.stack-singleton");

/**
 * Returns the stack's child with this id, and creates it first if it is missing. Since it is not a child of an app,
 * removing the app that created it changes no address of the others.
 *
 * @throws if a construct of somebody else's has the id
 */
export function stackSingleton<T extends Construct>(
  scope: Construct,
  id: string,
  create: (stack: TerraformStack, id: string) => T,
): T {
  const stack = TerraformStack.of(scope);
  const found = stack.node.tryFindChild(id);
  if (found === undefined) {
    return Object.defineProperty(create(stack, id), SINGLETON, { value: true });
  }
  if (!(SINGLETON in found)) {
    throw new Error(`id ${JSON.stringify(id)} is not valid: what the apps of a stack share has it: use another id`);
  }
  return found as T;
}

import { TerraformStack } from "cdktf";
import { Construct } from "constructs";

/**
 * Returns the stack's child with this id, and creates it first if it is missing. Since it is not a child of an app,
 * removing the app that created it changes no address of the others.
 */
export function stackSingleton<T extends Construct>(
  scope: Construct,
  id: string,
  create: (stack: TerraformStack, id: string) => T,
): T {
  const stack = TerraformStack.of(scope);
  return (stack.node.tryFindChild(id) as T | undefined) ?? create(stack, id);
}

import { TerraformStack } from "cdktf";
import { Construct } from "constructs";

/**
 * The one construct of a stack for a purpose: found by its id, or created as a child of the stack. It belongs to no app, so
 * removing the app that needed it first changes no address of the others.
 */
export function stackSingleton<T extends Construct>(
  scope: Construct,
  id: string,
  create: (stack: TerraformStack, id: string) => T,
): T {
  const stack = TerraformStack.of(scope);
  return (stack.node.tryFindChild(id) as T | undefined) ?? create(stack, id);
}

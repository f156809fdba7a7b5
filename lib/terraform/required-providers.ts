import { TerraformProvider, TerraformStack } from "cdktf";
import { Construct } from "constructs";

/** What to do about a provider that is not there, by its name. */
type Advice = Map<string, string>;

const adviceOf = new WeakMap<TerraformStack, Advice>();

/**
 * Makes the synthesis of a stack fail, with what to add, if a provider is missing there. The framework's own message says
 * neither what needs the provider nor how it is configured.
 */
export function requireProvider(scope: Construct, provider: string, advice: string): void {
  const stack = TerraformStack.of(scope);
  let known = adviceOf.get(stack);
  if (known === undefined) {
    known = new Map();
    adviceOf.set(stack, known);
    scope.node.addValidation({ validate: () => check(stack, known!) });
  }
  known.set(provider, known.get(provider) ?? advice);
}

/** Thrown, and not returned as one of many errors, so that it is not the second sentence about the same thing. */
function check(stack: TerraformStack, advice: Advice): string[] {
  const providers = stack.node
    .findAll()
    .filter((node) => TerraformProvider.isTerraformProvider(node))
    .map((node) => (node as TerraformProvider).terraformGeneratorMetadata?.providerName);
  const missing = [...advice].filter(([provider]) => !providers.includes(provider));
  if (missing.length > 0) {
    throw new Error(
      missing.map(([provider, add]) => `stack "${stack.node.id}" has no ${provider} provider: ${add}`).join("\n"),
    );
  }
  return [];
}

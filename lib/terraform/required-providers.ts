import { TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { providersOf } from "./provider-settings";
import { stackSingleton } from "./stack-singleton";

/** The providers that a stack must have, each with the advice for adding it. */
class RequiredProviders extends Construct {
  private readonly advice = new Map<string, string>();

  constructor(stack: TerraformStack, id: string) {
    super(stack, id);
    this.node.addValidation({ validate: () => this.check(stack) });
  }

  public add(provider: string, advice: string): void {
    this.advice.set(provider, this.advice.get(provider) ?? advice);
  }

  /** Throws instead of returning the errors: cdktf would append them to its own, vaguer error. */
  private check(stack: TerraformStack): string[] {
    const missing = [...this.advice].filter(([provider]) => providersOf(stack, provider).next().done);
    if (missing.length > 0) {
      throw new Error(
        missing.map(([provider, add]) => `stack "${stack.node.id}" has no ${provider} provider: ${add}`).join("\n"),
      );
    }
    return [];
  }
}

/**
 * Makes synthesis fail if the stack lacks a provider. cdktf's own message says neither what needs the provider nor how
 * to configure it.
 */
export function requireProvider(scope: Construct, provider: string, advice: string): void {
  stackSingleton(scope, "required-providers", (stack, id) => new RequiredProviders(stack, id)).add(provider, advice);
}

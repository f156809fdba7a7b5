import { TerraformProvider, TerraformStack } from "cdktf";
import { Construct } from "constructs";

/** The settings of a google provider that can be read at synthesis. */
interface ProviderInputs {
  readonly projectInput?: string;
  readonly zoneInput?: string;
  readonly aliasInput?: string;
}

/** The project and zone of the stack's google provider, and why one is missing. */
export interface GoogleProviderSettings {
  readonly project?: string;
  readonly zone?: string;
  /** Why one that is undefined is missing. */
  readonly absence: string;
}

/**
 * The provider of a stack that resources use by default, which has no alias; undefined if there is none, or if it is
 * added later.
 */
export function defaultProvider(scope: Construct, name: string): TerraformProvider | undefined {
  return providersOf(scope, name).find(({ aliasInput }) => aliasInput === undefined);
}

/**
 * The project and zone of the stack's google provider. One with an alias, or one that is added later, does not count.
 */
export function googleProviderSettings(scope: Construct): GoogleProviderSettings {
  const provider = defaultProvider(scope, "google") as (TerraformProvider & ProviderInputs) | undefined;
  return { project: provider?.projectInput, zone: provider?.zoneInput, absence: absence(scope, provider) };
}

function absence(scope: Construct, provider: TerraformProvider | undefined): string {
  if (provider !== undefined) {
    return "the stack's google provider has none";
  }
  const aliases = providersOf(scope, "google").map(({ aliasInput }) => JSON.stringify(aliasInput));
  return aliases.length > 0
    ? `the stack's google provider has an alias (${aliases.join(", ")}), and what is created here uses the one without`
    : "the stack has no google provider yet";
}

function providersOf(scope: Construct, name: string): (TerraformProvider & ProviderInputs)[] {
  return TerraformStack.of(scope)
    .node.findAll()
    .filter((node) => TerraformProvider.isTerraformProvider(node))
    .map((node) => node as TerraformProvider & ProviderInputs)
    .filter((node) => node.terraformGeneratorMetadata?.providerName === name);
}

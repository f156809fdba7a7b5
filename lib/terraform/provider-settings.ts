import { TerraformProvider, TerraformStack } from "cdktf";
import { Construct } from "constructs";

/** The settings of a google provider that can be read at synthesis. */
interface ProviderInputs {
  readonly projectInput?: string;
  readonly zoneInput?: string;
  readonly aliasInput?: string;
}

/**
 * The project and zone of the stack's google provider. One with an alias, or one that is added later, does not count.
 */
export function googleProviderSettings(scope: Construct): { readonly project?: string; readonly zone?: string } {
  const provider = TerraformStack.of(scope)
    .node.children.filter((node) => TerraformProvider.isTerraformProvider(node))
    .map((node) => node as TerraformProvider & ProviderInputs)
    .find((node) => node.terraformGeneratorMetadata?.providerName === "google" && node.aliasInput === undefined);
  return { project: provider?.projectInput, zone: provider?.zoneInput };
}

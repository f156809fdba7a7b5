import { TerraformProvider, TerraformStack } from "cdktf";
import { Construct } from "constructs";

/** Where a provider's settings can be read at synthesis. */
interface ProviderInputs {
  readonly projectInput?: string;
  readonly zoneInput?: string;
  readonly aliasInput?: string;
}

/** The project and zone of the stack's google provider, if it was added before and has them. An aliased one does not count. */
export function googleProviderSettings(scope: Construct): { readonly project?: string; readonly zone?: string } {
  const provider = TerraformStack.of(scope)
    .node.children.filter((node) => TerraformProvider.isTerraformProvider(node))
    .map((node) => node as TerraformProvider & ProviderInputs)
    .find((node) => node.terraformGeneratorMetadata?.providerName === "google" && node.aliasInput === undefined);
  return { project: provider?.projectInput, zone: provider?.zoneInput };
}

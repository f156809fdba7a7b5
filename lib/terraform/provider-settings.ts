import { TerraformProvider, TerraformStack } from "cdktf";
import { Construct, IConstruct } from "constructs";

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
  for (const provider of providersOf(scope, name)) {
    if (provider.aliasInput === undefined) {
      return provider;
    }
  }
  return undefined;
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
  const aliases = [...providersOf(scope, "google")].map(({ aliasInput }) => JSON.stringify(aliasInput));
  return aliases.length > 0
    ? `the stack's google provider has an alias (${aliases.join(", ")}), and what is created here uses the one without`
    : "the stack has no google provider yet";
}

/** A stack's providers of a name such as `google`, those with an alias too, in the order of the construct tree. */
export function* providersOf(scope: Construct, name: string): Generator<TerraformProvider & ProviderInputs> {
  for (const node of within(TerraformStack.of(scope))) {
    if (TerraformProvider.isTerraformProvider(node)) {
      const provider = node as TerraformProvider & ProviderInputs;
      if (provider.terraformGeneratorMetadata?.providerName === name) {
        yield provider;
      }
    }
  }
}

/** Not `findAll`, which visits the whole tree: each app asks, and a provider is mostly among the first nodes. */
function* within(node: IConstruct): Generator<IConstruct> {
  yield node;
  for (const child of node.node.children) {
    yield* within(child);
  }
}

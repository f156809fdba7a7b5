import { DataGoogleClientConfig } from "@cdktf/provider-google/lib/data-google-client-config";
import { TerraformStack } from "cdktf";
import { Construct } from "constructs";

const ID = "google-client-config";

/** Whom the google provider acts as: one data source for a stack. */
export function clientConfig(scope: Construct): DataGoogleClientConfig {
  const stack = TerraformStack.of(scope);
  const existing = stack.node.tryFindChild(ID) as DataGoogleClientConfig | undefined;
  return existing ?? new DataGoogleClientConfig(stack, ID);
}

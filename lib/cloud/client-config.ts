import { DataGoogleClientConfig } from "@cdktf/provider-google/lib/data-google-client-config";
import { Construct } from "constructs";
import { stackSingleton } from "../terraform/stack-singleton";

/** The credentials of the google provider, in one data source for each stack. */
export function clientConfig(scope: Construct): DataGoogleClientConfig {
  return stackSingleton(scope, "google-client-config", (stack, id) => new DataGoogleClientConfig(stack, id));
}

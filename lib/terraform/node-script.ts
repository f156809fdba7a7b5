import { AssetType, ITerraformDependable, TerraformAsset, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { packageFile } from "../package-file";
import { escapeValues } from "./template-text";

export interface NodeScriptProps {
  /**
   * The path of the script in this package. It has no dependencies. It is a `.cjs`: in a project with `"type":
   * "module"` node takes a `.js` for an ES module.
   */
  readonly script: string;
  /** The input of the script. There are no arguments, since a shell would evaluate them. */
  readonly environment?: { readonly [name: string]: string };
  /**
   * The script runs again when one of these changes. A newer version of the script alone does not run again.
   *
   * @default - it runs once
   */
  readonly triggers?: string[];
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * Runs a script with node where Terraform runs. If it fails, so does the deployment, with the script's stderr. The
 * script is copied to a file beside the synthesized stack: as an inline command (`node -e`) all of it would be in
 * Terraform's error.
 *
 * `terraform_data` is built into Terraform, so that it needs no further provider.
 */
export function nodeScript(scope: Construct, id: string, props: NodeScriptProps): TerraformResource {
  const { script, triggers, dependsOn } = props;
  const environment = props.environment && escapeValues(props.environment);
  const asset = new TerraformAsset(scope, `${id}-script`, { path: packageFile(script), type: AssetType.FILE });
  const resource = new TerraformResource(scope, id, {
    terraformResourceType: "terraform_data",
    dependsOn,
    provisioners: [{ type: "local-exec", command: `node ${asset.path}`, environment }],
  });
  if (triggers !== undefined) {
    resource.addOverride("triggers_replace", triggers);
  }
  return resource;
}

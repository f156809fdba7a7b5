import { AssetType, ITerraformDependable, TerraformAsset, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { packageFile } from "../package-file";
import { escapeValues } from "./template-text";

export interface NodeScriptProps {
  /**
   * The script's name in this package, without dependencies. `.cjs`: below a project with `"type": "module"` node would
   * take a `.js` for an ES module.
   */
  readonly script: string;
  /** What the script is told. Not by arguments: a shell would read them. */
  readonly environment?: { readonly [name: string]: string };
  /**
   * It runs again when one of these changes. A newer script alone is no reason.
   *
   * @default - it runs once
   */
  readonly triggers?: string[];
  readonly dependsOn?: ITerraformDependable[];
}

/**
 * Runs a script with node, where Terraform runs; if it fails, so does the deployment, with what the script says. The
 * script is a file beside the synthesized stack and not the command itself, since Terraform's error repeats the command.
 *
 * `terraform_data` is built into Terraform, so that no further provider is needed.
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

import { AssetType, ITerraformDependable, TerraformAsset, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { packageFile } from "../package-file";

export interface LocalScriptProps {
  /** The file's name in lib/local. */
  readonly script: string;
  /** Arguments of plain words. */
  readonly args?: string[];
  /** It runs again when one of these changes. */
  readonly triggers: string[];
  readonly dependsOn?: ITerraformDependable[];
}

/** Runs a script with node, where Terraform runs; if it fails, so does the deployment, with what the script says. */
export function localScript(scope: Construct, id: string, props: LocalScriptProps): TerraformResource {
  const { script, args = [], triggers, dependsOn } = props;
  const asset = new TerraformAsset(scope, `${id}-script`, {
    path: packageFile(`lib/local/${script}`),
    type: AssetType.FILE,
  });
  const resource = new TerraformResource(scope, id, {
    terraformResourceType: "terraform_data",
    dependsOn,
    provisioners: [{ type: "local-exec", command: ["node", asset.path, ...args].join(" ") }],
  });
  resource.addOverride("triggers_replace", [asset.assetHash, ...triggers]);
  return resource;
}

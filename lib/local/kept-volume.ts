import { Volume } from "@cdktf/provider-docker/lib/volume";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { nodeScript } from "../terraform/node-script";
import { appLabels } from "./names";

export interface KeptVolumeProps {
  /** The app's name. */
  readonly app: string;
  readonly volumeName: string;
  readonly deleteDataOnDestroy: boolean;
  /** One that exists stays as it is; the volume is created again, if it is missing, whenever one of these changes. */
  readonly triggers: string[];
  readonly dependsOn: ITerraformDependable[];
}

/** A Docker volume with data. Unless it is to be deleted, Terraform does not know of it, so that destroy leaves it. */
export function keptVolume(scope: Construct, id: string, props: KeptVolumeProps): ITerraformDependable {
  const { app, volumeName, dependsOn } = props;
  return props.deleteDataOnDestroy
    ? new Volume(scope, id, { name: volumeName, labels: appLabels(app), dependsOn })
    : nodeScript(scope, `create-${id}`, {
        script: "lib/local/create-volume.cjs",
        environment: { APP: app, VOLUME: volumeName },
        triggers: [volumeName, ...props.triggers],
        dependsOn,
      });
}

import { ProjectService } from "@cdktf/provider-google/lib/project-service";
import { ITerraformDependable, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import * as fs from "fs";
import * as path from "path";
import { clientConfig } from "./client-config";
import { escapeTemplate } from "./terraform-text";

export interface ApiServicesProps {
  readonly project: string;
  readonly region: string;
  /** Names such as `compute.googleapis.com`. */
  readonly services: string[];
}

/**
 * The Google APIs that are used, enabled before anything else and never disabled.
 *
 * @see https://cloud.google.com/service-usage/docs/enable-disable
 */
export class ApiServices extends Construct {
  /** What everything else waits for: one thing, since each dependency of each resource costs memory at synthesis. */
  public readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: ApiServicesProps) {
    super(scope, id);
    const services = [...props.services].sort();
    const enabled = this.enable(services, props);
    const records = services.map(
      (service) =>
        new ProjectService(this, service.split(".")[0], {
          project: props.project,
          service,
          disableOnDestroy: false,
          disableDependentServices: false,
          dependsOn: [enabled],
        }),
    );
    this.dependables = [
      new TerraformResource(this, "ready", { terraformResourceType: "terraform_data", dependsOn: records }),
    ];
  }

  /** `terraform_data` is built into Terraform, so that no further provider is needed for the wait. */
  private enable(services: string[], props: ApiServicesProps): TerraformResource {
    const enable = new TerraformResource(this, "enable", {
      terraformResourceType: "terraform_data",
      provisioners: [
        {
          type: "local-exec",
          interpreter: ["node", "-e"],
          command: escapeTemplate(readScript()),
          environment: {
            ACCESS_TOKEN: clientConfig(this).accessToken,
            PROJECT: props.project,
            REGION: props.region,
            SERVICES: services.join(","),
          },
        },
      ],
    });
    enable.addOverride("triggers_replace", [props.project, services.join(",")]);
    return enable;
  }
}

function readScript(): string {
  return fs.readFileSync(path.join(__dirname, "..", "lib", "scripts", "enable-services.js"), "utf8");
}

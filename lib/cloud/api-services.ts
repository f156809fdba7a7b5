import { ProjectService } from "@cdktf/provider-google/lib/project-service";
import { dependable, ITerraformDependable, Lazy, TerraformResource } from "cdktf";
import { Construct } from "constructs";
import { clientConfig } from "./client-config";
import { nodeScript } from "../terraform/node-script";
import { stackSingleton } from "../terraform/stack-singleton";
import { resolveTokens } from "../terraform/template-text";

export interface ApiServicesProps {
  readonly project: string;
  readonly region: string;
}

/**
 * The Google APIs that the apps of a stack use, enabled before anything else and never disabled.
 *
 * @see https://cloud.google.com/service-usage/docs/enable-disable
 */
export class ApiServices extends Construct {
  /** The instance of a project and region: one, however many apps of the stack are there. */
  public static of(scope: Construct, props: ApiServicesProps): ApiServices {
    const id = ["apis", props.project, props.region].map((part) => idPart(resolveTokens(scope, part))).join("-");
    return stackSingleton(scope, id, (stack) => new ApiServices(stack, id, props));
  }

  private readonly records = new Map<string, ProjectService>();
  private readonly enabled: TerraformResource;
  private readonly ready: TerraformResource;

  private constructor(
    scope: Construct,
    id: string,
    private readonly props: ApiServicesProps,
  ) {
    super(scope, id);
    this.enabled = this.enable();
    this.ready = new TerraformResource(this, "ready", { terraformResourceType: "terraform_data" });
  }

  /**
   * Enables services such as `compute.googleapis.com`. Resources that use them must depend on what is returned: on one
   * resource that stands for all, since each dependency of each resource costs memory at synthesis.
   */
  public use(services: string[]): ITerraformDependable[] {
    for (const service of services.filter((name) => !this.records.has(name))) {
      const record = new ProjectService(this, service.split(".")[0], {
        project: this.props.project,
        service,
        disableOnDestroy: false,
        disableDependentServices: false,
        dependsOn: [this.enabled],
      });
      this.records.set(service, record);
    }
    this.ready.dependsOn = this.names().map((name) => dependable(this.records.get(name)!));
    return [this.ready];
  }

  private names(): string[] {
    return [...this.records.keys()].sort();
  }

  private enable(): TerraformResource {
    const { project, region } = this.props;
    // Lazy: apps that are added to the stack later may use more.
    const services = Lazy.stringValue({ produce: () => this.names().join(",") });
    return nodeScript(this, "enable", {
      script: "lib/cloud/enable-services.cjs",
      environment: {
        ACCESS_TOKEN: clientConfig(this).accessToken,
        PROJECT: project,
        REGION: region,
        SERVICES: services,
      },
      triggers: [project, services],
    });
  }
}

/** A construct's id becomes part of an address: `${var.project}` must be written as `var-project`. */
function idPart(value: string): string {
  return value.replace(/^\$\{|\}$/g, "").replace(/[^A-Za-z0-9_-]+/g, "-");
}

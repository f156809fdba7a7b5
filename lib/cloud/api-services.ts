import { ProjectService } from "@cdktf/provider-google/lib/project-service";
import { dependable, ITerraformDependable, Lazy, TerraformResource, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { clientConfig } from "./client-config";
import { nodeScript } from "../terraform/node-script";

export interface ApiServicesProps {
  readonly project: string;
  readonly region: string;
}

/** Those of each stack. */
const made = new WeakMap<TerraformStack, ApiServices[]>();

/**
 * The Google APIs that are used, enabled before anything else and never disabled.
 *
 * @see https://cloud.google.com/service-usage/docs/enable-disable
 */
export class ApiServices extends Construct {
  /**
   * All apps of a stack that are in the same project and region share one, which the first of them makes: asked for
   * once, however many apps there are.
   */
  public static shared(scope: Construct, id: string, props: ApiServicesProps): ApiServices {
    const stack = TerraformStack.of(scope);
    const all = made.get(stack) ?? [];
    made.set(stack, all);
    const found = all.find(({ props: { project, region } }) => project === props.project && region === props.region);
    if (found !== undefined) {
      return found;
    }
    const services = new ApiServices(scope, id, props);
    all.push(services);
    return services;
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
   * Enables services such as `compute.googleapis.com`. What uses them waits for what is returned: one thing, since each
   * dependency of each resource costs memory at synthesis.
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
    // Apps that are added later may use more.
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

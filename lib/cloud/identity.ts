import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

export interface AppIdentityProps {
  readonly name: string;
  readonly project: string;
  readonly logging: boolean;
  readonly monitoring: boolean;
  readonly dependsOn: ITerraformDependable[];
}

/** The VM's service account. In the project it may write logs and metrics. The rest is granted where it is needed. */
export class AppIdentity extends Construct {
  public readonly serviceAccount: ServiceAccount;
  public readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AppIdentityProps) {
    super(scope, id);
    const { name, project, dependsOn } = props;
    // An account that exists already is not adopted (create_ignore_already_exists): another state's destroy would delete it.
    this.serviceAccount = new ServiceAccount(this, "service-account", {
      project,
      accountId: `${name}-vm`,
      displayName: `VM of ${name}`,
      description: `The VM of ${name}: reads and writes the objects of its buckets, pulls its images, writes logs and metrics`,
      dependsOn,
    });
    const roles = {
      ...(props.logging && { "log-writer": "roles/logging.logWriter" }),
      ...(props.monitoring && { "metric-writer": "roles/monitoring.metricWriter" }),
    };
    this.dependables = Object.entries(roles).map(
      ([role, name]) =>
        new ProjectIamMember(this, role, { project, role: name, member: this.serviceAccount.member, dependsOn }),
    );
  }
}

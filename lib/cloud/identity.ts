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

/** The VM's service account. It may write logs and metrics of the project. Buckets and images grant it the rest. */
export class AppIdentity extends Construct {
  public readonly serviceAccount: ServiceAccount;
  public readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AppIdentityProps) {
    super(scope, id);
    const { name, project, dependsOn } = props;
    // create_ignore_already_exists is left out: it would adopt an account of another state, whose destroy then deletes
    // it.
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

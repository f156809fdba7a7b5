import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { serviceAccountId } from "../checks/naming";

export interface AppIdentityProps {
  readonly name: string;
  readonly project: string;
  readonly logging: boolean;
  readonly monitoring: boolean;
  readonly dependsOn: ITerraformDependable[];
}

/** The VM's service account. In the project it may write logs and metrics; the rest is granted where it is needed. */
export class AppIdentity extends Construct {
  public readonly serviceAccount: ServiceAccount;
  public readonly dependables: ITerraformDependable[];

  constructor(scope: Construct, id: string, props: AppIdentityProps) {
    super(scope, id);
    const { project, dependsOn } = props;
    this.serviceAccount = new ServiceAccount(this, "service-account", {
      project,
      accountId: serviceAccountId(props.name),
      displayName: `VM of ${props.name}`,
      // A deployment that was interrupted while it was made is completed by the next one.
      createIgnoreAlreadyExists: true,
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

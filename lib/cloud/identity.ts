import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { ServiceAccount } from "@cdktf/provider-google/lib/service-account";
import { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";

export interface AppIdentityProps {
  readonly name: string;
  readonly project: string;
  readonly mounts: readonly { readonly readOnly: boolean }[];
  /** Whether it pulls images from Artifact Registry. */
  readonly pulls: boolean;
  readonly readsSecrets: boolean;
  readonly logging: boolean;
  readonly monitoring: boolean;
  readonly dependsOn: ITerraformDependable[];
}

/** The VM's service account. It may write logs and metrics of the project. Buckets, images and secrets grant it the rest. */
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
      description: `The VM of ${name}: ${duties(props).join(", ")}`,
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

/** What the account is for. The provider takes 256 bytes, and changes it in place. */
function duties({ mounts, pulls, readsSecrets, logging, monitoring }: AppIdentityProps): string[] {
  return [
    duty(mounts),
    ...(pulls ? ["pulls its images"] : []),
    ...(readsSecrets ? ["reads its secrets"] : []),
    ...(logging ? ["writes logs"] : []),
    ...(monitoring ? ["writes metrics"] : []),
  ];
}

function duty(mounts: AppIdentityProps["mounts"]): string {
  if (mounts.every(({ readOnly }) => readOnly)) {
    return "reads the objects of its buckets";
  }
  return mounts.some(({ readOnly }) => readOnly)
    ? "reads the objects of its buckets and writes those of mounts that are not read-only"
    : "reads and writes the objects of its buckets";
}

import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { resolveTokens } from "../terraform/template-text";

export interface SecretGrants {
  /** The full names of the secrets; a secret may be there more than once. */
  readonly secrets: readonly string[];
  /** The app's project. */
  readonly project: string;
  /** The principal that reads, as an IAM member. */
  readonly member: string;
  readonly dependsOn: ITerraformDependable[];
}

/**
 * Grants the values of exactly these secrets, once for each: a second grant would take the first with it when it goes.
 *
 * @see https://cloud.google.com/secret-manager/docs/access-control
 */
export function grantSecrets(scope: Construct, props: SecretGrants): ITerraformDependable[] {
  const texts = props.secrets.map((secret) => resolveTokens(scope, secret));
  return props.secrets.flatMap((secretId, index) =>
    texts.indexOf(texts[index]) < index
      ? []
      : [
          new SecretManagerSecretIamMember(scope, grantId(secretId, index, props.project), {
            secretId,
            role: "roles/secretmanager.secretAccessor",
            member: props.member,
            dependsOn: props.dependsOn,
          }),
        ],
  );
}

/** An id cannot have tokens. A secret with an unresolved name gets its index. A secret's id has no dot,
 * which is left out of the address. */
function grantId(secret: string, index: number, ownProject: string): string {
  const [, project, id] = /^projects\/([^/]+)\/secrets\/([^/]+)$/.exec(secret) ?? [];
  if (id === undefined || Token.isUnresolved(id)) {
    return `secret-access-${index}`;
  }
  if (project === ownProject) {
    return `secret-access-${id}`;
  }
  return `secret-access-${Token.isUnresolved(project) ? index : project}_.${id}`;
}

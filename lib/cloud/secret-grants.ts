import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import { ITerraformDependable, Token } from "cdktf";
import { Construct } from "constructs";
import { SecretId } from "../props/container-secrets";
import { idPart, referent } from "../terraform/template-text";

export interface SecretGrants {
  /** The secrets; each may be there more than once. */
  readonly secrets: readonly SecretId[];
  /** The app's project. */
  readonly project: string;
  /** The principal that reads, as an IAM member. */
  readonly member: string;
  readonly dependsOn: ITerraformDependable[];
}

/** The attributes by which a secret of a stack is named. */
const OF_SECRET = /^\$\{(google_secret_manager_secret\.[\w-]+)\.(secret_id|id|name)\}$/;

/**
 * Grants the values of exactly these secrets, once for each: a second grant would take the first with it when it goes.
 *
 * @see https://cloud.google.com/secret-manager/docs/access-control
 */
export function grantSecrets(scope: Construct, props: SecretGrants): ITerraformDependable[] {
  const secrets = new Map(props.secrets.map((secret) => [grantId(scope, secret, props.project), secret]));
  return [...secrets].map(
    ([id, { fullName }]) =>
      new SecretManagerSecretIamMember(scope, id, {
        secretId: fullName,
        role: "roles/secretmanager.secretAccessor",
        member: props.member,
        dependsOn: props.dependsOn,
      }),
  );
}

/**
 * One for each secret. It must not depend on the other secrets: another id is another resource, and to destroy it takes the
 * grant from the one that is created for the same secret. A secret's id has no dot, which is left out of the address.
 */
function grantId(scope: Construct, { fullName, name, project }: SecretId, ownProject: string): string {
  if (Token.isUnresolved(name)) {
    const referred = referent(scope, name);
    const secret = OF_SECRET.exec(referred)?.[1] ?? referred;
    return `secret-access-${project === ownProject ? "" : `${idPart(referent(scope, project))}_.`}{${idPart(secret)}}`;
  }
  const [, inProject, id] = /^projects\/(.+)\/secrets\/([^/]+)$/.exec(fullName)!;
  return inProject === ownProject
    ? `secret-access-${id}`
    : `secret-access-${idPart(referent(scope, inProject))}_.${id}`;
}

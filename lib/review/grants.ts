import { Json, own, textAt, textsAt } from "./json";
import { Resource } from "./stack";

/** That somebody may do something with something. */
export interface Grant {
  /** The resource that grants it. */
  readonly address: string;
  readonly member: string;
  readonly role: string;
  /** Of what: "project", "bucket", … */
  readonly kind: string;
  /** Which one, as the stack names it. */
  readonly on?: string;
  /** A condition of IAM, if the grant has one. */
  readonly condition?: string;
}

const GRANT = /^google_(.+?)_iam_(member|binding|policy)$/;

/** The argument that names what is granted on, by the kind of resource. */
const TARGETS: { readonly [kind: string]: readonly string[] } = {
  storage_bucket: ["bucket"],
  artifact_registry_repository: ["repository"],
  project: ["project"],
  service_account: ["service_account_id"],
  folder: ["folder"],
  organization: ["org_id"],
  secret_manager_secret: ["secret_id"],
  compute_instance: ["instance_name"],
};

const KINDS: { readonly [kind: string]: string } = {
  storage_bucket: "bucket",
  artifact_registry_repository: "image repository",
};

/** Access control lists of Cloud Storage, which grant beside IAM. */
const ACL_ROLES: { readonly [role: string]: string } = {
  READER: "roles/storage.legacyObjectReader",
  WRITER: "roles/storage.legacyBucketWriter",
  OWNER: "roles/storage.legacyBucketOwner",
};

export function grantsOf(resources: readonly Resource[]): readonly Grant[] {
  return resources.flatMap((resource) => [...iamGrants(resource), ...aclGrants(resource)]);
}

function iamGrants({ type, address, values }: Resource): Grant[] {
  const [, kind, form] = GRANT.exec(type) ?? [];
  if (kind === undefined) {
    return [];
  }
  const where = {
    address,
    kind: own(KINDS, kind) ?? kind.replace(/_/g, " "),
    // The google provider keeps a bucket as b/NAME.
    on: (own(TARGETS, kind) ?? [])
      .map((name) => textAt(values, name)?.replace(/^b\//, ""))
      .find((name) => name !== undefined),
    condition: textAt(values, "condition", "expression"),
  };
  if (form === "policy") {
    const policy = textAt(values, "policy_data") ?? "";
    return policyBindings(policy).map((binding) => ({ ...where, ...binding }));
  }
  const members = form === "member" ? textsAt(values, "member") : textsAt(values, "members");
  return members.map((member) => ({ ...where, member, role: textAt(values, "role") ?? "" }));
}

/** The bindings of a whole policy; one that only Terraform knows counts as a single grant. */
function policyBindings(policy: string): { member: string; role: string }[] {
  try {
    const parsed: Json = JSON.parse(policy);
    const { bindings } = parsed as unknown as { bindings: { role: string; members: string[] }[] };
    return bindings.flatMap(({ role, members }) => members.map((member) => ({ member, role })));
  } catch {
    return [{ member: policy, role: "a policy" }];
  }
}

function aclGrants({ type, address, values }: Resource): Grant[] {
  const where = { address, kind: "bucket", on: textAt(values, "bucket") };
  const grant = (entity: string, role: string) => ({ ...where, member: entity, role: own(ACL_ROLES, role) ?? role });
  if (/^google_storage_(bucket|default_object|object)_access_control$/.test(type)) {
    return [grant(textAt(values, "entity") ?? "", textAt(values, "role") ?? "")];
  }
  if (!/^google_storage_(bucket|default_object|object)_acl$/.test(type)) {
    return [];
  }
  const predefined = textAt(values, "predefined_acl") ?? textAt(values, "default_acl") ?? "";
  const publicRole = /^publicRead(Write)?$/.exec(predefined);
  return [
    ...(publicRole ? [grant("allUsers", publicRole[1] ? "WRITER" : "READER")] : []),
    ...(/^authenticatedRead$/.test(predefined) ? [grant("allAuthenticatedUsers", "READER")] : []),
    ...textsAt(values, "role_entity").map((text) => {
      const [role, ...entity] = text.split(":");
      return grant(entity.join(":"), role);
    }),
  ];
}

/** Whether a grant is for everybody, or everybody with a Google account. */
export function isPublic({ member }: Grant): boolean {
  return /^(allUsers|allAuthenticatedUsers)$/.test(member);
}

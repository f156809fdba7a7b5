import { at, blocksAt, isObject, Json, JsonObject, own, stableText, textAt, textsAt, without } from "../read/json";
import { Resource } from "../read/stack";

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
  /** All arguments that say on what it is granted: two grants on things of one name may differ in the project. */
  readonly identity: JsonObject;
  /** A condition of IAM, if the grant has one. */
  readonly condition?: string;
}

const GRANT = /^google_(.+?)_iam_(member|binding|policy)$/;

/** The argument that names what is granted on, by the kind of resource; others are called by all that identifies them. */
const TARGETS: { readonly [kind: string]: string } = {
  storage_bucket: "bucket",
  artifact_registry_repository: "repository",
  project: "project",
  service_account: "service_account_id",
  folder: "folder",
  organization: "org_id",
  secret_manager_secret: "secret_id",
  compute_instance: "instance_name",
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

/** What says who may do what, and not on what. The condition is read by itself. */
const NOT_ON_WHAT = [
  ...["member", "members", "role", "condition", "policy_data", "etag", "id"],
  ...["entity", "role_entity", "predefined_acl", "default_acl", "domain", "email", "entity_id", "generation"],
  ...["project_team", "self_link", "object_access_control_id", "depends_on", "lifecycle", "timeouts", "provisioner"],
];

function identityOf({ type, values }: Resource): JsonObject {
  const kind = GRANT.exec(type)?.[1] ?? type;
  return { kind, ...without(values, ...NOT_ON_WHAT) };
}

function iamGrants(resource: Resource): Grant[] {
  const { type, address, values } = resource;
  const [, kind, form] = GRANT.exec(type) ?? [];
  if (kind === undefined) {
    return [];
  }
  const identity = identityOf(resource);
  const where = {
    address,
    identity,
    kind: own(KINDS, kind) ?? kind.replace(/_/g, " "),
    on: nameOf(kind, identity),
    condition: conditionOf(at(values, "condition")),
  };
  if (form === "policy") {
    return policyBindings(at(values, "policy_data")).map((binding) => ({ ...where, ...binding }));
  }
  const members = form === "member" ? textsAt(values, "member") : textsAt(values, "members");
  const unknown = members.length === 0 && !Array.isArray(at(values, "members"));
  return (unknown ? [UNKNOWN] : members).map((member) => ({ ...where, member, role: textAt(values, "role") ?? "" }));
}

/** What a grant says of its member where neither the stack nor the plan has it. */
const UNKNOWN = "(not known)";

/** The name of what is granted on, or all that identifies it. */
function nameOf(kind: string, identity: JsonObject): string | undefined {
  // The google provider keeps a bucket as b/NAME.
  const target = own(TARGETS, kind);
  const names =
    target !== undefined
      ? textsAt(identity, target).map((name) => name.replace(/^b\//, ""))
      : Object.entries(identity).flatMap(([key, value]) => (key === "kind" ? [] : textsAt(value)));
  return names.length > 0 ? names.join(", ") : undefined;
}

/** A condition's expression; what is no block, such as an unresolved token, as it is. */
function conditionOf(condition: Json | undefined): string | undefined {
  const block = Array.isArray(condition) ? (condition as readonly Json[])[0] : condition;
  if (block === undefined || block === null) {
    return undefined;
  }
  return isObject(block) ? (textAt(block, "expression") ?? stableText(block)) : String(block);
}

/** The bindings of a whole policy; one that only Terraform knows counts as a single grant. */
function policyBindings(policy: Json | undefined): { member: string; role: string; condition?: string }[] {
  const bindings = bindingsIn(policy);
  if (bindings === undefined) {
    return [{ member: typeof policy === "string" ? policy : stableText(policy ?? UNKNOWN), role: "a policy" }];
  }
  return bindings.flatMap((binding) =>
    textsAt(binding, "members").map((member) => ({
      member,
      role: textAt(binding, "role") ?? "",
      condition: conditionOf(binding.condition),
    })),
  );
}

function bindingsIn(policy: Json | undefined): readonly JsonObject[] | undefined {
  try {
    const parsed: Json = JSON.parse(String(policy));
    return Array.isArray(at(parsed, "bindings")) ? blocksAt(parsed, "bindings") : undefined;
  } catch {
    return undefined;
  }
}

/** Lists of Cloud Storage that let in nobody from outside the project. */
const PRIVATE_LISTS = /^(|private|projectPrivate|bucketOwnerRead|bucketOwnerFullControl)$/;

function aclGrants(resource: Resource): Grant[] {
  const { type, address, values } = resource;
  const where = { address, kind: "bucket", on: textAt(values, "bucket"), identity: identityOf(resource) };
  const grant = (entity: string, role: string) => ({ ...where, member: entity, role: own(ACL_ROLES, role) ?? role });
  if (/^google_storage_(bucket|default_object|object)_access_control$/.test(type)) {
    return [grant(textAt(values, "entity") ?? "", textAt(values, "role") ?? "")];
  }
  if (!/^google_storage_(bucket|default_object|object)_acl$/.test(type)) {
    return [];
  }
  return [
    ...[...textsAt(values, "predefined_acl"), ...textsAt(values, "default_acl")].flatMap((list) =>
      listGrants(list, grant),
    ),
    ...textsAt(values, "role_entity").map((text) => {
      const [role, ...entity] = text.split(":");
      return grant(entity.join(":"), role);
    }),
  ];
}

/** What a predefined list grants: one that is not known here may let in anybody. */
function listGrants(list: string, grant: (entity: string, role: string) => Grant): Grant[] {
  const publicRole = /^publicRead(Write)?$/.exec(list);
  if (publicRole) {
    return [grant("allUsers", publicRole[1] ? "WRITER" : "READER")];
  }
  if (list === "authenticatedRead") {
    return [grant("allAuthenticatedUsers", "READER")];
  }
  return PRIVATE_LISTS.test(list) ? [] : [grant(list, "a predefined list")];
}

/** Whether a grant is for everybody, or everybody with a Google account. */
export function isPublic({ member }: Grant): boolean {
  return /^(allUsers|allAuthenticatedUsers)$/.test(member);
}

import { randomBytes } from "node:crypto";
import { Cloud } from "./shared-by-apis";
import { GoogleError, invalid } from "./google-error";
import { Binding, Policy } from "./google-state";

/** The IAM policies of projects, buckets and repositories: etags, members that must exist, grants that take a while. */
export class Policies {
  constructor(private readonly cloud: Cloud) {}

  get(resource: string): Policy {
    return (this.cloud.state.policies[resource] ??= { etag: newEtag(), version: 1, bindings: [] });
  }

  /** Replaces a policy; `conflict` is what this API answers to an etag that is out of date. */
  set(resource: string, policy: Partial<Policy>, conflict: (mine: string, given: string) => GoogleError): Policy {
    const before = this.get(resource);
    if (policy.etag && policy.etag !== before.etag) throw conflict(before.etag, policy.etag);
    const bindings = (policy.bindings ?? []).filter(({ members }) => members?.length);
    for (const { role, members } of bindings) {
      checkRole(resource, role);
      for (const member of members) if (!holds(before, member, role)) this.checkMember(member);
    }
    const after: Policy = { etag: newEtag(), version: policy.version ?? 1, bindings };
    this.cloud.state.policies[resource] = after;
    this.noteGrants(resource, before, after);
    return after;
  }

  delete(resource: string): void {
    delete this.cloud.state.policies[resource];
    for (const key of Object.keys(this.cloud.state.grants)) {
      if (key.startsWith(`${resource} `)) delete this.cloud.state.grants[key];
    }
  }

  /** Policies go on naming a deleted account, in a form that a new one of the same name does not match. */
  accountDeleted(email: string, uniqueId: string): void {
    for (const [resource, policy] of Object.entries(this.cloud.state.policies)) {
      const bindings = policy.bindings.map((binding) => ({
        ...binding,
        members: binding.members.map((member) =>
          member === `serviceAccount:${email}` ? `deleted:serviceAccount:${email}?uid=${uniqueId}` : member,
        ),
      }));
      const after = { ...policy, bindings };
      if (JSON.stringify(after) === JSON.stringify(policy)) continue;
      this.cloud.state.policies[resource] = { ...after, etag: newEtag() };
      this.noteGrants(resource, policy, after);
    }
  }

  /** Whether a grant exists and works by now. */
  hasGrant(member: string, role: string, resource: string): boolean {
    const grantedAt = this.cloud.state.grants[`${resource} ${member} ${role}`];
    return grantedAt !== undefined && Date.now() >= grantedAt + this.cloud.grantPropagationMs;
  }

  private noteGrants(resource: string, before: Policy, after: Policy): void {
    const { grants } = this.cloud.state;
    for (const { role, members } of after.bindings) {
      for (const member of members) {
        if (!holds(before, member, role)) grants[`${resource} ${member} ${role}`] = Date.now();
      }
    }
    for (const { role, members } of before.bindings) {
      for (const member of members) if (!holds(after, member, role)) delete grants[`${resource} ${member} ${role}`];
    }
  }

  private checkMember(member: string): void {
    if (/^all(AuthenticatedUsers|Users)$/.test(member)) return;
    const [, kind, id] = /^(user|group|domain|serviceAccount|projectOwner|projectEditor|projectViewer):(.+)$/.exec(
      member,
    ) ?? [undefined, undefined, undefined];
    if (!kind) throw invalid(`Invalid argument: member '${member}' is of an unknown type.`);
    if (kind !== "serviceAccount") return;
    const account = Object.values(this.cloud.state.serviceAccounts).find(({ email }) => email === id);
    if (!account || Date.now() < account.createdAt + this.cloud.accountPropagationMs) {
      throw invalid(`Service account ${id} does not exist.`);
    }
  }
}

function holds(policy: Policy, member: string, role: string): boolean {
  return policy.bindings.some((binding: Binding) => binding.role === role && binding.members.includes(member));
}

const newEtag = () => randomBytes(8).toString("base64");

/** Roles exist, and some only make sense on some resources. */
function checkRole(resource: string, role: string): void {
  const allowed = resource.startsWith("b/")
    ? /^roles\/storage\.(admin|bucketViewer|folderAdmin|legacy(Bucket|Object)(Owner|Reader|Writer)|object(Admin|Creator|User|Viewer))$/
    : resource.includes("/repositories/")
      ? /^roles\/artifactregistry\.(admin|createOnPushWriter|reader|repoAdmin|writer)$/
      : /^roles\/[a-zA-Z0-9]+(\.[a-zA-Z0-9]+)?$/;
  if (!allowed.test(role) && !/^(projects|organizations)\/[^/]+\/roles\/[\w.]+$/.test(role)) {
    throw invalid(`Role ${role} is not supported for this resource.`);
  }
}

import { textAt, textsAt } from "../read/json";
import { isReference, names, referredResource } from "../read/references";
import { isAccount } from "./service-accounts";
import { Resource } from "../read/stack";

/** Whether a firewall rule is for a VM: `maybe` where only Terraform knows. */
export type Applies = "yes" | "maybe" | "no";

/**
 * Whether a firewall rule applies to a VM: one for its service account or one of its tags does, and one for all VMs of
 * its network.
 *
 * @param serviceAccount the VM's, if the stack has it
 * @param resources those of the stack
 */
export function appliesTo(
  rule: Resource,
  vm: Resource,
  serviceAccount: Resource | undefined,
  resources: readonly Resource[],
): Applies {
  const network = ofOneNetwork(rule, vm);
  const targeted = isTargeted(rule, vm, serviceAccount, resources);
  if (network === "no" || targeted === "no") {
    return "no";
  }
  return network === "yes" && targeted === "yes" ? "yes" : "maybe";
}

/** Networks of one name in two projects are two networks. */
function ofOneNetwork(rule: Resource, vm: Resource): Applies {
  const [a, b] = [textAt(rule.values, "network"), textAt(vm.values, "network_interface", "network")];
  const ruleProject = textAt(rule.values, "project");
  if (a === undefined || b === undefined) {
    // The subnetwork says the network, and is in its project.
    const project = textAt(vm.values, "network_interface", "subnetwork_project");
    return project === ruleProject ? "yes" : "maybe";
  }
  const [one, other] = [networkIn(a, ruleProject), networkIn(b, textAt(vm.values, "project"))];
  if (isReference(a) || isReference(b)) {
    const isSame = a === b || (referredResource(a) !== undefined && referredResource(a) === referredResource(b));
    return isSame && one.project === other.project ? "yes" : "maybe";
  }
  if (one.name !== other.name) {
    return "no";
  }
  if (one.project === other.project) {
    return "yes";
  }
  return [one.project, other.project].some((project) => isReference(project ?? "${}")) ? "maybe" : "no";
}

/** A network's name and project: a full name says the project, a bare one is of that of the resource. */
function networkIn(text: string, project: string | undefined): { name: string; project?: string } {
  const [, own, name] = /(?:^|\/)projects\/([^/]+)\/global\/networks\/([^/]+)$/.exec(text) ?? [];
  const isFull = own === undefined && /\.(id|self_link)\}$/.test(text);
  return own === undefined ? { name: text, project: isFull ? undefined : project } : { name, project: own };
}

function isTargeted(
  rule: Resource,
  vm: Resource,
  serviceAccount: Resource | undefined,
  resources: readonly Resource[],
): Applies {
  const accounts = textsAt(rule.values, "target_service_accounts");
  const targets = textsAt(rule.values, "target_tags");
  if (accounts.length === 0 && targets.length === 0) {
    return "yes";
  }
  const tags = textsAt(vm.values, "tags");
  return anyOf([
    ...targets.flatMap((target) => tags.map((tag) => isSame(target, tag))),
    ...accounts.map((account) => isOfVm(account, vm, serviceAccount, resources)),
  ]);
}

function isSame(target: string, tag: string): Applies {
  return target === tag ? "yes" : isReference(target) || isReference(tag) ? "maybe" : "no";
}

function isOfVm(account: string, vm: Resource, own: Resource | undefined, resources: readonly Resource[]): Applies {
  const email = textAt(vm.values, "service_account", "email");
  if (account === email) {
    return "yes";
  }
  if (own !== undefined && (names(account, own, "email") || isAccount(account, own))) {
    return "yes";
  }
  const another = resources.some(
    (resource) => resource.type === "google_service_account" && resource !== own && names(account, resource, "email"),
  );
  if (another) {
    return "no";
  }
  const ownIsKnown = own !== undefined ? !isReference(textAt(own.values, "account_id")) : !isReference(email ?? "${}");
  return isReference(account) || !ownIsKnown ? "maybe" : "no";
}

function anyOf(all: readonly Applies[]): Applies {
  return all.includes("yes") ? "yes" : all.includes("maybe") ? "maybe" : "no";
}

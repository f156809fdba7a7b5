import { textAt, textsAt } from "./json";
import { isReference, names, referredResource } from "./references";
import { isAccount } from "./service-accounts";
import { Resource } from "./stack";

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

function ofOneNetwork(rule: Resource, vm: Resource): Applies {
  const [a, b] = [textAt(rule.values, "network"), textAt(vm.values, "network_interface", "network")];
  if (a === undefined || b === undefined || a === b) {
    return "yes";
  }
  if (isReference(a) || isReference(b)) {
    const [one, other] = [a, b].map(referredResource);
    return one !== undefined && one === other ? "yes" : "maybe";
  }
  return a.split("/").pop() === b.split("/").pop() ? "yes" : "no";
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

import { App } from "./apps";
import { Exposure } from "./exposure";
import { stableText, without } from "./json";
import { Stack } from "./stack";

/** The types of resources of which the review knows what they open, if anything. */
const JUDGED = [
  /^google_.+_iam_(member|binding|policy)$/,
  /^google_compute_(address|disk|disk_resource_policy_attachment|firewall|project_metadata(_item)?|region_disk|resource_policy)$/,
  /^google_compute_((region_)?network_)?firewall_policy_rule$/,
  /^google_storage_(bucket|bucket_object)$/,
  /^google_storage_(bucket|default_object|object)_(access_control|acl)$/,
  /^google_(service_account|service_account_key|project_service|artifact_registry_repository)$/,
  /^docker_(container|image|network|registry_image|volume)$/,
  /^(terraform_data|null_resource|(random|time)_\w+)$/,
];

/** Arguments that open nothing. */
const PLAIN = ["depends_on", "lifecycle", "description", "labels", "effective_labels", "terraform_labels", "timeouts"];

/** Resources that may open whatever they may: one that is new, or changes, is for the reader to judge. */
export function notJudged(apps: readonly App[], { resources }: Stack): Exposure[] {
  const machines = apps.map(({ machine }) => machine.address);
  return resources
    .filter(({ type, address }) => !machines.includes(address) && !JUDGED.some((judged) => judged.test(type)))
    .map(({ address, values }) => ({
      severity: 1,
      text: "not judged by this page, and new or changed",
      values: [address],
      key: stableText([address, without(values, ...PLAIN)]),
    }));
}

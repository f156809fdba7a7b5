/** The types of resources of which it is known that nothing of what runs stops when one changes. */
const STOPS_NOTHING = [
  /^google_.+_iam_(member|binding|policy)$/,
  /^google_compute_(address|disk|firewall|project_metadata(_item)?|region_disk)$/,
  /^google_storage_(bucket|bucket_object)$/,
  /^google_storage_(bucket|default_object|object)_(access_control|acl)$/,
  /^google_(dns_record_set|service_account|service_account_key|project_service|artifact_registry_repository)$/,
  /^docker_(image|network|registry_image|volume)$/,
  /^(terraform_data|null_resource|(random|time)_\w+)$/,
];

/** Whether it is known what a change of a resource that belongs to no app does to what runs. */
export function isEffectKnown(type: string): boolean {
  return STOPS_NOTHING.some((known) => known.test(type));
}

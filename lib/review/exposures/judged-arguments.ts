import { JUDGED_KEYS, RUNS_OR_OPENS } from "../apps/instance-metadata";
import { blocksAt, JsonObject, own, textAt } from "../read/json";
import { Resource } from "../read/stack";

/** Arguments of every resource that open nothing: they order, describe, or are computed. */
const PLAIN =
  "depends_on|lifecycle|provisioner|timeouts|description|display_name|labels|effective_labels|terraform_labels|id|self_link|url|etag|creation_timestamp|create_time|update_time|time_created|updated|project_number";
const NO_META = "(?!(count|for_each|provider|dynamic)(\\.|$))";

/** What a list of arguments covers, with the blocks of those names. */
function covering(list: string): RegExp {
  return new RegExp(`^(${PLAIN}|${list})(\\.|$)`);
}

const EVERYTHING = new RegExp(`^${NO_META}`);

/**
 * The arguments of each type of resource that other rules judge, or that are known to open nothing. What is not on this
 * list may open something.
 */
const JUDGED: readonly (readonly [type: RegExp, judged: RegExp])[] = [
  [
    /^google_compute_instance$/,
    covering(
      "name|project|zone|hostname|machine_type|min_cpu_platform|enable_display|allow_stopping_for_update|deletion_protection|desired_status|boot_disk|attached_disk|scratch_disk|scheduling|guest_accelerator|advanced_machine_features|shielded_instance_config|confidential_instance_config|reservation_affinity|network_performance_config|instance_encryption_key|key_revocation_action_type|tags|can_ip_forward|metadata_startup_script|network_interface\\.(name|network|network_ip|nic_type|queue_count|access_config|ipv6_access_config|internal_ipv6_prefix_length|ipv6_access_type|ipv6_address)|service_account|cpu_platform|current_status|instance_id|label_fingerprint|metadata_fingerprint|tags_fingerprint",
    ),
  ],
  [
    /^google_compute_firewall$/,
    covering(
      "name|project|network|direction|priority|disabled|allow|deny|source_ranges|source_tags|source_service_accounts|destination_ranges|target_tags|target_service_accounts|log_config|enable_logging",
    ),
  ],
  [
    /^google_storage_bucket$/,
    covering(
      "name|project|location|force_destroy|storage_class|versioning|lifecycle_rule|soft_delete_policy|retention_policy|public_access_prevention|uniform_bucket_level_access|cors|website|autoclass|hierarchical_namespace|custom_placement_config|rpo|requester_pays|default_event_based_hold|enable_object_retention",
    ),
  ],
  [
    /^google_artifact_registry_repository$/,
    covering(
      "name|project|location|repository_id|format|docker_config|cleanup_policies|cleanup_policy_dry_run|registry_uri",
    ),
  ],
  [/^docker_network$/, covering("name|driver|check_duplicate|ipam_config|ipam_driver|ipam_options|scope")],
  [/^docker_volume$/, covering("name|driver|mountpoint")],
  [
    /^docker_container$/,
    covering(
      "name|image|command|entrypoint|env|working_dir|user|hostname|domainname|restart|must_run|rm|start|attach|logs|tty|stdin_open|wait|wait_timeout|init|log_driver|log_opts|healthcheck|stop_signal|stop_timeout|destroy_grace_seconds|max_retry_count|memory|memory_swap|memory_reservation|cpu_shares|cpu_set|cpus|cpu_period|cpu_quota|shm_size|read_only|remove_volumes|networks_advanced|upload|privileged|bridge|container_logs|exit_code|network_data|capabilities\\.drop|volumes\\.(volume_name|container_path|read_only)",
    ),
  ],
  // Their identity has all of their arguments.
  [/^google_.+_iam_(member|binding|policy)$/, /^/],
  [/^google_storage_(bucket|default_object|object)_(access_control|acl)$/, /^/],
  [/^google_compute_((region_)?network_)?firewall_policy_rule$/, /^/],
  [/^google_compute_project_metadata(_item)?$/, /^/],
  [/^google_service_account_key$/, /^/],
  [
    /^google_(compute_(address|disk|disk_resource_policy_attachment|region_disk|resource_policy)|dns_record_set|storage_bucket_object|service_account|project_service)$/,
    EVERYTHING,
  ],
  [/^(docker_(image|registry_image)|terraform_data|null_resource|(random|time)_\w+)$/, EVERYTHING],
];

/** Whether a type of resource is known: what it opens, if anything. */
export function isJudgedType(type: string): boolean {
  return type !== "google_compute_instance" && JUDGED.some(([types]) => types.test(type));
}

/** Whether an argument, or a metadata key of a VM, is judged by other rules or opens nothing. */
export function isJudgedArgument(type: string, argument: string): boolean {
  const [, key] = type === "google_compute_instance" ? (/^metadata\.(.*)$/.exec(argument) ?? []) : [];
  return key === undefined
    ? JUDGED.some(([types, judged]) => types.test(type) && judged.test(argument))
    : JUDGED_KEYS.test(key) || RUNS_OR_OPENS.test(key);
}

/** What a plan has where nothing is set, of arguments that may open something otherwise. */
const DEFAULTS: { readonly [type: string]: JsonObject } = {
  docker_container: { network_mode: "bridge", container_read_refresh_timeout_milliseconds: 15000 },
  google_artifact_registry_repository: { mode: "STANDARD_REPOSITORY" },
};

/** The arguments of a resource that may open something: not its defaults, volumes in memory, or mounts of Docker's volumes. */
export function withoutDefaults({ type, values }: Resource): JsonObject {
  const defaults = own(DEFAULTS, type) ?? {};
  const inMemory = type === "docker_volume" && textAt(values, "driver_opts", "type") === "tmpfs";
  const isDefault = (key: string) =>
    (own(defaults, key) !== undefined && own(defaults, key) === values[key]) || (inMemory && key === "driver_opts");
  const given = Object.fromEntries(Object.entries(values).filter(([key]) => !isDefault(key)));
  if (type !== "docker_container" || values.mounts === undefined) {
    return given;
  }
  const mounts = blocksAt(values, "mounts").filter((mount) => textAt(mount, "type") !== "volume");
  return { ...given, mounts };
}

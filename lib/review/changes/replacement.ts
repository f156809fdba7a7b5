import { own } from "../read/json";
import { PlannedAction } from "../read/stack";

/**
 * The arguments whose change replaces a resource, in the google provider 6.50. Where there is a plan, it says so itself.
 *
 * @see https://registry.terraform.io/providers/hashicorp/google/6.50.0/docs
 */
const REPLACING: { readonly [type: string]: RegExp } = {
  google_compute_instance:
    /^(provider|name|project|zone|hostname|metadata_startup_script|network_interface|params|boot_disk(?!\.auto_delete).*|scratch_disk.*|guest_accelerator.*|confidential_instance_config.*|network_performance_config.*|reservation_affinity.*|instance_encryption_key.*|key_revocation_action_type|network_interface\.(nic_type|queue_count|network_attachment)|scheduling\.(preemptible|provisioning_model|termination_time|max_run_duration.*|on_instance_stop_action.*|local_ssd_recovery_timeout.*))$/,
  google_compute_address:
    /^(name|project|region|address|address_type|description|ip_version|ipv6_endpoint_type|network|network_tier|prefix_length|purpose|subnetwork)$/,
  google_compute_firewall: /^(name|project|network|direction)$/,
  google_dns_record_set: /^(name|project|managed_zone)$/,
  google_compute_disk: /^(name|project|zone|type|description|snapshot|image|source_disk|disk_encryption_key.*)$/,
  google_storage_bucket:
    /^(name|project|location|enable_object_retention|hierarchical_namespace.*|custom_placement_config.*)$/,
  google_service_account: /^(account_id|project)$/,
  google_artifact_registry_repository:
    /^(project|location|repository_id|format|mode|kms_key_name|remote_repository_config.*)$/,
};

/** What Compute Engine changes only while the VM is stopped. */
const STOPPING =
  /^(machine_type|min_cpu_platform|enable_display|shielded_instance_config.*|advanced_machine_features.*|service_account.*|scheduling\.node_affinities.*|network_interface\.(network|subnetwork|subnetwork_project))$/;

/** Whether a change of an argument replaces the resource: a plan says so itself. */
export function replaces(type: string, attribute: string, planned?: PlannedAction): boolean {
  if (planned === undefined) {
    return own(REPLACING, type)?.test(attribute) ?? false;
  }
  const within = (a: string, b: string) => a === b || a.startsWith(`${b}.`);
  return isReplaced(planned) && planned.replacePaths.some((path) => within(path, attribute) || within(attribute, path));
}

/** Whether it is known which arguments replace a resource of a type. */
export function knowsReplacement(type: string): boolean {
  return own(REPLACING, type) !== undefined;
}

export function isReplaced(planned: PlannedAction | undefined): boolean {
  return planned !== undefined && planned.actions.includes("delete") && planned.actions.includes("create");
}

/** Whether a change of an argument of a VM stops and starts it. */
export function stopsVm(attribute: string): boolean {
  return STOPPING.test(attribute);
}

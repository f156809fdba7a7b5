import { at, textAt } from "../read/json";
import { Resource } from "../read/stack";

/** Whether data is lost with a resource: `maybe` where its type is not known. */
export type Keeps = "yes" | "maybe" | "no";

/** Resources that hold data which goes with them. */
const KEEPS_DATA =
  /^(google_(storage_bucket(_object)?|storage_managed_folder|compute_(region_)?disk|compute_snapshot|sql_database(_instance)?|bigquery_(dataset|table)|firestore_(database|document)|filestore_instance|redis_instance|spanner_(instance|database)|bigtable_(instance|table)|secret_manager_secret(_version)?|kms_(key_ring|crypto_key)|alloydb_cluster|alloydb_instance|artifact_registry_repository|project|folder)|docker_volume)$/;

/** Resources that are known to keep nothing but their own settings, or what the stack creates again. */
const KEEPS_NOTHING = [
  /^google_.+_iam_(member|binding|policy|audit_config)$/,
  /^google_storage_(bucket|default_object|object)_(access_control|acl)$/,
  /^google_(project_service|project_iam_custom_role|service_account|service_account_key|monitoring_(alert_policy|notification_channel|uptime_check_config|dashboard)|vpc_access_connector|service_networking_connection)$/,
  /^google_compute_(global_)?(address|forwarding_rule|network_endpoint(_group)?)$/,
  /^google_compute_(region_)?(firewall|backend_service|backend_bucket|health_check|http_health_check|https_health_check|url_map|target_(http|https|tcp|ssl|grpc)_proxy|target_pool|ssl_certificate|ssl_policy|security_policy|network_endpoint_group|instance_template)$/,
  /^google_compute_((region_)?network_)?firewall_policy(_rule|_association)?$/,
  /^google_compute_(route|router(_nat|_interface|_peer)?|network(_peering)?|subnetwork|managed_ssl_certificate|project_metadata(_item)?|attached_disk|disk_resource_policy_attachment|resource_policy|instance_group|shared_vpc_(host|service)_project|vpn_(gateway|tunnel)|ha_vpn_gateway)$/,
  /^google_dns_record_set$/,
  /^docker_(container|image|network)$/,
  /^(terraform_data|null_resource|time_\w+)$/,
];

/** Whether what a resource holds is lost with it. */
export function keepsData(resource: Resource): Keeps {
  const { type, values } = resource;
  if (type === "docker_volume" && textAt(values, "driver_opts", "type") === "tmpfs") {
    return "no";
  }
  if (KEEPS_DATA.test(type)) {
    return "yes";
  }
  if (type === "docker_registry_image") {
    return textAt(values, "keep_remotely") === "true" ? "no" : "yes";
  }
  return KEEPS_NOTHING.some((types) => types.test(type)) ? "no" : "maybe";
}

/** Whether Terraform leaves what a resource stands for when it goes. */
export function isLeft({ type, values }: Resource): boolean {
  return type === "google_project_service" && at(values, "disable_on_destroy") === false;
}

export function mayKeepData(resource: Resource): boolean {
  return keepsData(resource) !== "no";
}

/** VMs that are no app's, and what creates such. */
export function isOtherVm({ type }: Resource): boolean {
  return /^google_compute_(instance(_from_.+)?|(region_)?instance_group_manager)$/.test(type);
}

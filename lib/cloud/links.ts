import { GUEST_ATTRIBUTE } from "../boot/paths";

/** The VM's name and where it is. */
export interface VmName {
  readonly name: string;
  readonly project: string;
  readonly zone: string;
}

/** The command that reads the guest attribute with the VM's state. */
export function statusCommand({ name, project, zone }: VmName): string {
  return `gcloud compute instances get-guest-attributes ${name} --project=${project} --zone=${zone} --query-path=${GUEST_ATTRIBUTE}`;
}

/**
 * The logs of the VM's containers in the console. The name may be an unresolved token and is left as it is: its
 * characters need no encoding.
 *
 * @see https://cloud.google.com/logging/docs/view/logs-explorer-interface
 */
export function logsUrl({ name, project }: VmName): string {
  const filter = 'resource.type="gce_instance" log_id("cos_containers") labels."compute.googleapis.com/resource_name"=';
  const quote = encodeURIComponent('"');
  return `https://console.cloud.google.com/logs/query;query=${encodeURIComponent(filter)}${quote}${name}${quote}?project=${project}`;
}

import { invalidInput } from "../checks/invalid-input";
import { MachineSpec } from "../props/machine-options";
import { escapeValues, unescapeTemplate } from "../terraform/template-text";

/**
 * Compute Engine's limits in bytes: https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations
 */
const VALUE_LIMIT = 256 * 1024;
const TOTAL_LIMIT = 512 * 1024;

/** If it were set, cloud-init would decode the user-data, and start nothing. */
const OTHER_ENCODING = "user-data-encoding";

/**
 * The VM's metadata: the user-data, the settings of Container-Optimized OS, and the user's own keys.
 *
 * @param userData the user-data, as Terraform's template
 * @throws if a key of the user is one of the construct's own, or if the metadata is over Compute Engine's limits
 */
export function instanceMetadata(userData: string, machine: MachineSpec): { [key: string]: string } {
  const own: { [key: string]: string } = {
    "user-data": userData,
    "google-logging-enabled": String(machine.logging),
    "google-monitoring-enabled": String(machine.monitoring),
    "cos-update-strategy": "update_disabled",
    "enable-oslogin": "TRUE",
    "block-project-ssh-keys": "TRUE",
    "serial-port-enable": "FALSE",
    "enable-guest-attributes": "TRUE",
  };
  for (const key of Object.keys(machine.metadata)) {
    if (Object.keys(own).includes(key) || key === OTHER_ENCODING) {
      throw invalidInput("metadata key", key, "the construct sets it itself: leave it out");
    }
  }
  checkSizes({ ...machine.metadata, ...own });
  return { ...escapeValues(machine.metadata), ...own };
}

/** An unresolved token counts as the expression that the template has for it. */
function checkSizes(metadata: { [key: string]: string }): void {
  const sizes = Object.entries(metadata).map(([key, value]) => {
    const bytes = Buffer.byteLength(key === "user-data" ? unescapeTemplate(value) : value);
    return { key, bytes, all: bytes + Buffer.byteLength(key) };
  });
  for (const { key, bytes } of sizes) {
    if (bytes > VALUE_LIMIT) {
      throw tooLarge(`the metadata value "${key}"`, bytes, VALUE_LIMIT, key);
    }
  }
  const total = sizes.reduce((sum, { all }) => sum + all, 0);
  if (total > TOTAL_LIMIT) {
    throw tooLarge("the VM's metadata", total, TOTAL_LIMIT);
  }
}

function tooLarge(what: string, bytes: number, limit: number, key?: string): Error {
  const advice =
    key === "user-data"
      ? "give the app less environment, shorter entrypoint and args, or fewer mounts"
      : "give less metadata";
  return new Error(`${what} has ${bytes} bytes and can have ${limit}: ${advice}`);
}

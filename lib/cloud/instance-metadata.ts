import { invalidInput, requireMatch } from "../checks/invalid-input";
import { MachineOptions } from "../props/machine-options";
import { escapeValues, unescapeTemplate } from "../terraform/template-text";

/** Compute Engine's limits in bytes: https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations */
const VALUE_LIMIT = 256 * 1024;
const TOTAL_LIMIT = 512 * 1024;

/**
 * The VM's metadata: the payload, the settings of Container-Optimized OS, and what was given.
 *
 * @param userData the payload, as Terraform's template
 * @throws if a key is not valid or the construct's own, or if it is too much
 */
export function instanceMetadata(userData: string, options: MachineOptions): { [key: string]: string } {
  const given = options.metadata ?? {};
  const own = {
    "user-data": userData,
    "google-logging-enabled": String(options.logging ?? true),
    "google-monitoring-enabled": String(options.monitoring ?? true),
    "cos-update-strategy": "update_disabled",
    "enable-oslogin": "TRUE",
    "block-project-ssh-keys": "TRUE",
    "serial-port-enable": "FALSE",
    "enable-guest-attributes": "TRUE",
  };
  for (const key of Object.keys(given)) {
    requireMatch("metadata key", key, /^[A-Za-z0-9_-]{1,128}$/, 'use at most 128 letters, digits, "_" and "-"');
    if (key in own) {
      throw invalidInput("metadata key", key, "the construct sets it itself: leave it out");
    }
  }
  checkSizes({ ...given, ...own });
  return { ...escapeValues(given), ...own };
}

/** What only Terraform knows is counted as the expression that it is in the template. */
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
    key === "user-data" ? "give the app less environment, or shorter entrypoint and args" : "give less metadata";
  return new Error(`${what} has ${bytes} bytes and can have ${limit}: ${advice}`);
}

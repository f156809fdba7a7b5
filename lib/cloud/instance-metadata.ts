import { DECLARATION_KEY } from "../boot/paths";
import { invalidInput } from "../checks/invalid-input";
import { MachineSpec } from "../props/machine-options";
import { JsonText } from "../terraform/json-text";
import { escapeValues } from "../terraform/template-text";

/**
 * Compute Engine's limits in bytes: https://cloud.google.com/compute/docs/metadata/setting-custom-metadata#limitations
 */
const VALUE_LIMIT = 256 * 1024;
const TOTAL_LIMIT = 512 * 1024;
/** What the user-data and the settings of Container-Optimized OS are counted as: they have less. */
const OWN_BYTES = 192 * 1024;

/** Never set: cloud-init would decode the user-data, and start nothing. */
const OTHER_ENCODING = "user-data-encoding";

/** What the VM runs, and what runs it. */
export interface BootMetadata {
  readonly declaration: JsonText;
  /** A Terraform expression. */
  readonly userData: string;
}

/**
 * The VM's metadata: the declaration of what it runs, the user-data, the settings of Container-Optimized OS, and the
 * user's own keys.
 *
 * @throws if a key of the user is one of the construct's own, or if the user's are over Compute Engine's limits
 */
export function instanceMetadata(machine: MachineSpec, boot: BootMetadata): { [key: string]: string } {
  const own: { [key: string]: string } = {
    [DECLARATION_KEY]: boot.declaration.expression,
    "user-data": boot.userData,
    "google-logging-enabled": String(machine.logging),
    "google-monitoring-enabled": String(machine.monitoring),
    "cos-update-strategy": "update_disabled",
    "enable-oslogin": "TRUE",
    "block-project-ssh-keys": "TRUE",
    "serial-port-enable": "FALSE",
    "enable-guest-attributes": "TRUE",
  };
  const reserved = [...Object.keys(own), OTHER_ENCODING];
  for (const key of Object.keys(machine.metadata)) {
    if (reserved.includes(key)) {
      throw invalidInput("metadata key", key, `leave it out: the construct sets ${reserved.join(", ")} itself`);
    }
  }
  checkSizes(machine.metadata, boot.declaration.sizeBytes);
  return { ...escapeValues(machine.metadata), ...own };
}

function checkSizes(users: { [key: string]: string }, declarationBytes: number): void {
  const sizes = Object.entries(users).map(([key, value]) => ({ key, bytes: Buffer.byteLength(value) }));
  sizes.push({ key: DECLARATION_KEY, bytes: declarationBytes });
  for (const { key, bytes } of sizes) {
    if (bytes > VALUE_LIMIT) {
      throw tooLarge(`the metadata value "${key}"`, bytes, VALUE_LIMIT, key);
    }
  }
  const total = sizes.reduce((sum, { key, bytes }) => sum + bytes + Buffer.byteLength(key), OWN_BYTES);
  if (total > TOTAL_LIMIT) {
    throw tooLarge("the VM's metadata", total, TOTAL_LIMIT);
  }
}

function tooLarge(what: string, bytes: number, limit: number, key?: string): Error {
  const advice =
    key === DECLARATION_KEY
      ? "give the app less environment, shorter entrypoint and args, or fewer mounts"
      : "give less metadata";
  return new Error(`${what} has ${bytes} bytes and can have ${limit}: ${advice}`);
}

import { at, isObject, Json, textAt } from "../read/json";
import { Resource } from "../read/stack";

/**
 * Whether a metadata value of Compute Engine is on: it takes more than Terraform does for true.
 *
 * @see https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys
 */
export function isOn(value: Json | undefined): boolean {
  return /^(true|yes|y|1)$/i.test(textAt({ value: value ?? "" }, "value") ?? "");
}

/** Whether a metadata value is surely off: one that only Terraform knows may be on. */
export function isOff(value: Json | undefined): boolean {
  return /^(|false|no|n|0)$/i.test(textAt({ value: value ?? "" }, "value") ?? "");
}

/** Metadata keys, of a VM or a project, that run something as root or let somebody log in. */
export const RUNS_OR_OPENS =
  /^(startup-script|startup-script-url|shutdown-script|shutdown-script-url|windows-.*script.*|sysprep-.*|gce-container-declaration|google-container-manifest|ssh-keys|sshKeys)$/;

/** Metadata keys of a VM that open nothing, or that other rules judge. */
export const JUDGED_KEYS =
  /^(user-data|gcs-backed-container-app|enable-oslogin|block-project-ssh-keys|serial-port-enable|enable-guest-attributes|google-(logging|monitoring)-enabled|cos-update-strategy|cos-metrics-enabled)$/;

/** Metadata keys that decide who can log in. */
export const SETTINGS_OF_LOGIN = /^(enable-oslogin.*|block-project-ssh-keys|serial-port-.*|enable-windows-ssh)$/;

/** The metadata that a resource sets for a project; all of it by one name, where only Terraform knows it. */
export function projectMetadataOf({ values }: Resource): readonly (readonly [key: string, content: Json])[] {
  const metadata = at(values, "metadata") ?? { [textAt(values, "key") ?? ""]: at(values, "value") ?? "" };
  return isObject(metadata) ? Object.entries(metadata) : [[String(metadata), metadata]];
}

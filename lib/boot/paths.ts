import { MachineLayout } from "./spec";

/** In memory on COS, like all of /etc: cloud-init writes it at every boot. */
export const CONFIG_FOLDER = "/etc/gcs-backed-container-app";
/** In memory. Has the mounts and the state that is reported. */
const RUN_FOLDER = "/run/gcs-backed-container-app";
/** On the boot disk, so that it survives a reboot. */
export const STATE_FOLDER = "/var/lib/gcs-backed-container-app";

/** The label of every container and volume of an app. */
export const CONTAINER_LABEL = "gcs-backed-container-app";

/** The layout of a VM with Container-Optimized OS, which runs one app. */
export const COS_LAYOUT: MachineLayout = {
  configFolder: CONFIG_FOLDER,
  runFolder: RUN_FOLDER,
  containerPrefix: "",
  containerLabel: "app",
  sidecarNetwork: "host",
};

/** The name of a mount's unit and folder. */
export function gcsfuseName(index: number): string {
  return `gcsfuse-${index}`;
}

export function appContainer(layout: MachineLayout): string {
  return `${layout.containerPrefix}app`;
}

export function gcsfuseContainer(layout: MachineLayout, index: number): string {
  return `${layout.containerPrefix}${gcsfuseName(index)}`;
}

/** The in-memory folder that is shared between a sidecar and the app. */
export function mountFolder(layout: MachineLayout, index: number): string {
  return `${layout.runFolder}/${gcsfuseName(index)}`;
}

/** Where gcsfuse mounts, inside the folder above. */
export function mountPoint(layout: MachineLayout, index: number): string {
  return `${mountFolder(layout, index)}/fs`;
}

/** Where the VM reports its state: https://cloud.google.com/compute/docs/metadata/manage-guest-attributes */
export const GUEST_ATTRIBUTE = "gcs-backed-container-app/status";

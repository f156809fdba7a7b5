import { CONTAINER_LABEL } from "../boot/paths";

/** In the full names of secrets that name no project: nobody reads them from there. */
export const LOCAL_PROJECT = "local";

export function machineContainer(app: string): string {
  return `${app}-machine`;
}

export function storageContainer(app: string): string {
  return `${app}-storage`;
}

export function sidecarContainer(app: string, sidecar: string): string {
  return `${app}-sidecar-${sidecar}`;
}

/** The Docker network of the app and its sidecars. declaration.py has the same. */
export function sidecarNetwork(app: string): string {
  return `${app}-sidecars`;
}

/** The Docker volume that has the files. */
export function filesVolume(app: string): string {
  return `${app}-files`;
}

/** What the names of the Docker volumes begin with that play the persistent disks. */
export function diskVolumePrefix(app: string): string {
  return `${app}-disk-`;
}

/** The Docker volume that plays a persistent disk. */
export function diskVolume(app: string, disk: string): string {
  return `${diskVolumePrefix(app)}${disk}`;
}

/** The Docker volume, in memory, in which the stand-in and gcsfuse share their mounts. */
export function mountsVolume(app: string): string {
  return `${app}-mounts`;
}

/** Labels that tell the app's containers and volumes from others of the same name. */
export function appLabels(app: string): { label: string; value: string }[] {
  return [{ label: CONTAINER_LABEL, value: app }];
}

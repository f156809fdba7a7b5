/** In memory on COS, like all of /etc: cloud-init writes it at every boot. */
export const CONFIG_FOLDER = "/etc/gcs-backed-container-app";

/** The label of every container and volume of an app. */
export const CONTAINER_LABEL = "gcs-backed-container-app";

/** The metadata key of the declaration. */
export const DECLARATION_KEY = "gcs-backed-container-app";

/** Where the VM reports its state: https://cloud.google.com/compute/docs/metadata/manage-guest-attributes */
export const GUEST_ATTRIBUTE = "gcs-backed-container-app/status";

/** Seconds that gcsfuse has to finish uploads when its container is stopped. declaration.py has the same. */
export const GCSFUSE_STOP_TIMEOUT = 60;

/** Seconds that Docker has beyond the stop timeout of a container. */
export const DOCKER_GRACE = 15;

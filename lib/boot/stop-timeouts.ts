/** Seconds that gcsfuse has to finish uploads when its container is stopped. */
export const GCSFUSE_STOP_TIMEOUT = 60;

/** Seconds that Docker has beyond the stop timeout of a container. */
export const DOCKER_GRACE = 15;

/** Seconds that gcsfuse gets to finish uploads when its container is stopped. */
export const GCSFUSE_STOP_TIMEOUT = 60;

/** Seconds that docker gets beyond a container's own time to stop. */
export const DOCKER_GRACE = 15;

/** What goes wrong on a VM while it runs, as scripts for its root. */
import { memoryOf } from "./containers";

const pidOf = (container: string) => `$(docker inspect --format '{{.State.Pid}}' ${container})`;

export const KILL_GCSFUSE = `kill -9 ${pidOf("gcsfuse-0")}`;
export const KILL_APP = `kill -9 ${pidOf("app")}`;
export const STOP_GCSFUSE_PROCESS = `kill -STOP ${pidOf("gcsfuse-0")}`;
export const RESTART_DOCKER = "systemctl restart docker";
export const KILL_DOCKER = "kill -9 $(pidof dockerd)";
/** What is left when the scripts of the units die, though their containers live. */
export const KILL_GCSFUSE_SCRIPT = "kill -9 $(systemctl show --property MainPID --value gcsfuse@0)";
export const KILL_APP_SCRIPT = "kill -9 $(systemctl show --property MainPID --value app)";

/**
 * The sidecar can have little more memory than it has already: the next uploads make the kernel kill it. A limit below
 * that would be refused.
 */
export const STARVE_GCSFUSE = `
  used=$(${memoryOf("gcsfuse-0", "memory.current", "memory.usage_in_bytes")})
  limit=$((used + (4 << 20)))
  docker update --memory "$limit" --memory-swap "$limit" gcsfuse-0`;

/** From now on the folder for temporary files of the sidecar that runs is a disk without room. */
export const FILL_TEMP_DIR = `nsenter --mount --target=${pidOf("gcsfuse-0")} sh -c '
  mount -t tmpfs -o size=64k none /var/tmp && head -c 1m /dev/zero >/var/tmp/full || true'`;

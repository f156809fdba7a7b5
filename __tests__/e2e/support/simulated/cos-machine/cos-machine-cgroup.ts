/**
 * The v2 cgroup that start-machine makes for its machine on a host with cgroups v1: docker neither makes nor removes it. Nothing is
 * there on a host with v2 alone.
 */
import execa from "execa";

const REMOVE = `
  hierarchy=$(mktemp --directory)
  mount -t cgroup2 none "$hierarchy"
  # What has just been ended may not be gone yet.
  for _ in {1..50}; do
    [[ -d $hierarchy/$1 ]] || break
    find "$hierarchy/$1" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
  done
  [[ ! -d $hierarchy/$1 ]] || echo "the cgroup $1 is still used" >&2
  umount "$hierarchy"
  rmdir "$hierarchy"
`;

/** Once no process of the machine is left. */
export async function removeCgroup(name: string): Promise<void> {
  await execa("bash", ["-ec", REMOVE, "bash", name]);
}

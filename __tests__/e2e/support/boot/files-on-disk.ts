import { CosMachine } from "../simulated/cos-machine/cos-machine";

const mountpoints = "/run/gcs-backed-container-app/gcsfuse-*";

/**
 * Every path on the machine's own disk and in its memory whose name has the marker: containers' layers and the folders
 * under the mountpoints among them, the mounted buckets not.
 */
export async function ownFilesNamed(machine: CosMachine, marker: string): Promise<string[]> {
  // A bind mount that is not recursive shows a folder without what is mounted in it.
  const output = await machine.shell(`
    set -eu
    under=$(mktemp -d)
    trap 'umount "$under"/* 2>/dev/null; rm -r "$under"' EXIT
    for folder in ${mountpoints}; do
      [ -d "$folder" ] || continue
      mkdir "$under/\${folder##*/}" && mount --bind "$folder" "$under/\${folder##*/}"
    done
    find / \\( -path /proc -o -path /sys -o -fstype fuse.gcsfuse \\) -prune \\
      -o -name '*${marker}*' -print 2>/dev/null || true
  `);
  return output.split("\n").filter((path) => path !== "");
}

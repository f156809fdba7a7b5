# shellcheck shell=bash
# unmount-disk.sh NAME: unmounts what a unit that has ended leaves mounted. Its containers have been stopped before.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# disk.sh has said why, unless it was stopped.
[[ $(cat "$run/state/disk-$1" 2>/dev/null) != mounted* ]] || set_state "disk-$1" starting 'its unit has ended'
unmount_disk "$run/disk-$1"

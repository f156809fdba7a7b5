# shellcheck shell=bash
# disk-folders.sh CONFIG NAME ROOT: creates the folders of a disk at which something else is mounted, with those on the way,
# for the user that the container runs as: docker would create them for root. Prints the reason if it fails.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

settings=$1/$2
mapfile -d '' -t folders <"$settings/folders"
((${#folders[@]})) || exit 0
bash "$scripts/owner.sh" "$1" "$2" || exit
IFS=: read -r uid gid <"$settings/owner"
python3 "$scripts/disk.py" folders "$3" "$uid" "$gid" "${folders[@]}" 2>&1

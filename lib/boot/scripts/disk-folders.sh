# shellcheck shell=bash
# disk-folders.sh CONFIG NAME ROOT: creates the folders of a disk at which something else is mounted, with those on the way,
# for the user that the container runs as: docker would create them for root. Who else may write there may write to a mount at
# the same place, too. Prints the reason if it fails.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

settings=$1/$2
mapfile -d '' -t folders <"$settings/folders"
((${#folders[@]})) || exit 0
bash "$scripts/owner.sh" "$1" "$2" || exit
IFS=': ' read -r uid gid writers <"$settings/owner"
case $writers in
  group) mode=775 ;;
  everybody) mode=777 ;;
  *) mode=755 ;;
esac
python3 "$scripts/disk.py" folders "$3" "$uid" "$gid" "$mode" "${folders[@]}" 2>&1

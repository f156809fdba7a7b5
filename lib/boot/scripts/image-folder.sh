# shellcheck shell=bash
# image-folder.sh SETTINGS CONTAINER: finds out what a container that has not run has at a mount's path. Writes to the folder of
# the mount's settings: `image-names`, the names in it, a NUL after each; and `image-owner`, UID GID MODE of it, or of the
# nearest folder above it that there is. Prints the reason if it fails.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

settings=$1
container=$2

# read_folder PATH COMMAND: what image-files.py finds in that folder of the image, in the file `found` of the settings. Fails
# with 2 if the image has no such folder.
read_folder() {
  local -a status
  docker cp "$container:$1/." - 2>"$settings/.cp" |
    python3 "$scripts/image-files.py" "$2" >"$settings/.found" 2>"$settings/.reason"
  status=("${PIPESTATUS[@]}")
  # It does not read to the end: docker may complain of that.
  if ((status[1] == 0)) && { ((status[0] == 0)) || [[ -s $settings/.found ]]; }; then
    return 0
  fi
  reason=$(<"$settings/.cp")
  case $reason in
    *'ould not find the file'* | *[nN]'o such'* | *[nN]'ot a directory'*) return 2 ;;
    '') reason=$(<"$settings/.reason") ;;
  esac
  return 1
}

look_up() {
  local path
  path=$(<"$settings/path")
  read_folder "$path" names
  case $? in
    0) mv "$settings/.found" "$settings/.names" ;;
    2) : >"$settings/.names" ;;
    *) return 1 ;;
  esac
  until read_folder "$path" owner; do
    (($? == 2)) && [[ $path ]] || return 1
    path=${path%/*}
  done
}

reason=
look_up || { printf '%s' "$reason"; exit 1; }
rm "$settings/.cp" "$settings/.reason"
mv "$settings/.found" "$settings/image-owner" && mv "$settings/.names" "$settings/image-names"

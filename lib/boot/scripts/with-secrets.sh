# shellcheck shell=bash
# with-secrets.sh CONFIG CONTAINER: copies the program with which a container with secrets begins out of the gcsfuse image,
# and prints its path, or the reason if it fails. It sets the variables inside of the container: as docker's own arguments
# their values would be in the container's configuration, on the disk.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

config=$1
program=/usr/local/bin/with-secrets
image=$(<"$config/gcsfuse-image")
folder=$run/with-secrets
copy=$folder/$(hash_of "$config/gcsfuse-image")
# No container of an app has a name that begins so.
holder=${prefix}with-secrets-$2

fail() {
  printf '%s' "$1"
  exit 1
}

# Where nothing may be executed in /run, a file system of its own.
mount_folder() {
  mkdir -p "$folder" || return
  [[ ,$(findmnt --noheadings --output OPTIONS --target "$folder" | tail -n 1), != *,noexec,* ]] ||
    mount -t tmpfs -o size=16m,mode=0755,nosuid,nodev,exec with-secrets "$folder"
}

exec 9>"$run/with-secrets.lock"
flock 9
reason=$(mount_folder 2>&1) || fail "the folder $folder could not be created: $reason"
if [[ ! -x $copy ]]; then
  remove_container "$holder"
  reason=$(docker create --name "$holder" --label "$label" --network none "$image" none 2>&1 >/dev/null) || fail "$reason"
  docker cp --follow-link "$holder:$program" - 2>/dev/null | tar --extract --to-stdout >"$copy.new" 2>/dev/null
  remove_container "$holder"
  [[ -s $copy.new ]] ||
    fail "the image $image has no $program, with which a container with secrets begins: build it from this version of container/gcsfuse"
  { chmod 0755 "$copy.new" && mv "$copy.new" "$copy"; } || fail "$copy could not be written"
fi
printf '%s' "$copy"

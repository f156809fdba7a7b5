# shellcheck shell=bash
# create-container.sh FOLDER NAME: creates a container from the files that declaration.py has written into the folder for it.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

folder=$1
# What secrets.sh has read, see there.
secrets=${folder%/*}/secrets-${folder##*/}
# Where a container with secrets has the program with which it begins, and what that reads.
readonly inside=/.gcs-backed-container-app

# file_mount SOURCE TARGET: docker's argument; quotes in a line of comma-separated values are doubled.
file_mount() {
  printf -- '--mount=type=bind,"source=%s","target=%s",readonly' "${1//\"/\"\"}" "${2//\"/\"\"}"
}

# What docker would start: with an entrypoint of the declaration's own, nothing of the image; with arguments of its own,
# the image's entrypoint.
image_command() {
  local in_image
  ((${#command[@]} == 0)) || return 0
  in_image=$(docker image inspect --format '[{{json .Config.Entrypoint}},{{json .Config.Cmd}}]' "$(<"$folder/image")") ||
    return
  mapfile -d '' -t command < <(
    python3 "$scripts/secret_values.py" command ${args[0]+--entrypoint} <<<"$in_image"
  )
  wait "$!" || return
  ((${#command[@]} + ${#args[@]})) || {
    printf 'the image has neither an entrypoint nor arguments: give some\n' >&2
    return 1
  }
}

entrypoint=()
mapfile -d '' -t options <"$folder/options" &&
  mapfile -d '' -t environment <"$folder/environment" &&
  mapfile -d '' -t command <"$folder/entrypoint" &&
  mapfile -d '' -t args <"$folder/args" || exit
# Nothing of a secret is in what docker is told: it keeps that on the disk.
if [[ -e $folder/secrets ]]; then
  program=$(bash "$scripts/with-secrets.sh" "${folder%/*}" "${folder##*/}") || {
    printf '%s\n' "$program" >&2
    exit 1
  }
  options+=("$(file_mount "$program" "$inside/with-secrets")" "$(file_mount "$secrets/environment" "$inside/environment")")
  if ((${#command[@]} == 1)) && [[ ! ${command[0]} ]]; then
    # An empty entrypoint takes the image's away.
    command=()
  else
    image_command || exit
  fi
  command=("$inside/with-secrets" "$inside/environment" "${command[@]}")
fi
if [[ -e $folder/secret-files ]]; then
  mapfile -d '' -t files <"$folder/secret-files"
  for index in "${!files[@]}"; do
    options+=("$(file_mount "$secrets/file-$index" "${files[index]%=*}")")
  done
fi
if ((${#command[@]})); then
  entrypoint=("--entrypoint=${command[0]}")
  command=("${command[@]:1}")
fi
# As docker's arguments, the environment reaches the container, and never the docker client.
docker create "--name=$2" "${options[@]}" "${environment[@]/#/--env=}" "${entrypoint[@]}" "$(<"$folder/image")" \
  "${command[@]}" "${args[@]}" >/dev/null || exit

# Where Docker volumes play the disks: they have been filled from the image now.
[[ ! ${DISK_FOLDERS:-} ]] || for settings in "${folder%/*}"/disk-*/; do
  [[ -d $settings && $(<"$settings/container") == "${folder##*/}" ]] || continue
  name=$(basename "$settings")
  bash "$scripts/disk-folders.sh" "${folder%/*}" "$name" "$DISK_FOLDERS/${name#disk-}" || exit
done

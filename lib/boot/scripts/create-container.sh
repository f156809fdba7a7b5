# shellcheck shell=bash
# create-container.sh FOLDER NAME: creates a container from the files that declaration.py has written into the folder for it.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

entrypoint=()
mapfile -d '' -t options <"$1/options" &&
  mapfile -d '' -t environment <"$1/environment" &&
  mapfile -d '' -t command <"$1/entrypoint" &&
  mapfile -d '' -t args <"$1/args" || exit
if ((${#command[@]})); then
  entrypoint=("--entrypoint=${command[0]}")
  command=("${command[@]:1}")
fi
# As docker's arguments, the environment reaches the container, and never the docker client.
docker create "--name=$2" "${options[@]}" "${environment[@]/#/--env=}" "${entrypoint[@]}" "$(<"$1/image")" \
  "${command[@]}" "${args[@]}" >/dev/null

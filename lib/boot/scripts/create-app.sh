# shellcheck shell=bash
# create-app.sh FOLDER NAME: creates the app's container of the declaration whose files are in the folder.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

entrypoint=()
mapfile -d '' -t options <"$1/app/options" &&
  mapfile -d '' -t environment <"$1/app/environment" &&
  mapfile -d '' -t command <"$1/app/entrypoint" &&
  mapfile -d '' -t args <"$1/app/args" || exit
if ((${#command[@]})); then
  entrypoint=("--entrypoint=${command[0]}")
  command=("${command[@]:1}")
fi
# As docker's arguments, the environment reaches the container, and never the docker client.
docker create "--name=$2" "${options[@]}" "${environment[@]/#/--env=}" "${entrypoint[@]}" "$(<"$1/app/image")" \
  "${command[@]}" "${args[@]}" >/dev/null

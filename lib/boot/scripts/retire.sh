# shellcheck shell=bash
# retire.sh: the app's container that another one has taken over from finishes what it is asked for, for as long as it has to
# stop, and is then stopped. It is told at once when this is.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

told=
trap 'told=1' TERM

# busy PID PORT...: whether somebody is connected to a port, by what the kernel says in the container's network.
busy() {
  local port address state
  local -A ports=()
  for port in "${@:2}"; do
    ports[$(printf ':%04X' "$port")]=1
  done
  while read -r _ address _ state _; do
    [[ $state != 01 || ! ${ports[":${address##*:}"]:-} ]] || return 0
  done < <(cat "/proc/$1/net/tcp" "/proc/$1/net/tcp6" 2>/dev/null)
  return 1
}

container=${prefix}app-old
# Where docker is down, it may live on: this is tried again.
docker_runs || exit 1
id=$(own_container "$container") || exit 0
ports=()
[[ ! -e $run/retired-ports ]] || mapfile -d '' -t ports <"$run/retired-ports"
read -r pid timeout < <(docker inspect --format '{{.State.Pid}} {{.Config.StopTimeout}}' "$id" 2>/dev/null)
begun=$SECONDS
while [[ ! $told ]] && ((SECONDS - begun < ${timeout:-0})) && busy "${pid:-0}" "${ports[@]}"; do
  sleep 0.2
done
log "app-old: stopped after $((SECONDS - begun)) s"
docker stop "$id" >/dev/null
remove_container "$container"
docker_runs && ! own_container "$container" >/dev/null && rm -f "$run/retired-ports"

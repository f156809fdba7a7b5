# shellcheck shell=bash
# beside.sh FOLDER: starts the app of the version in FOLDER, which differs in nothing else, beside the one that runs, and
# ends with 0 once it answers and goes on doing so. Otherwise it says why not, or nothing if that is not its fault. The
# container is its caller's to take over or to remove.
# shellcheck source=liveness.sh
source "${BASH_SOURCE[0]%/*}/liveness.sh"

settings=$1/app
container=${prefix}app-next
timeout=$(<"$1/start-timeout")
mapfile -t needs <"$settings/needs"
mapfile -d '' -t http_check <"$settings/http-check"
# Seconds for which it must answer before it gets a request: most that fail do so at once.
readonly stays_up=10

refuse() {
  printf '%s' "$1"
  exit 1
}

given=$(mounts_of "${needs[@]}")
remove_container "$container"
reason=$(bash "$scripts/create-container.sh" "$settings" "$container" 2>&1) ||
  refuse "cannot create the container: $reason"
id=$(own_container "$container")
reason=$(docker start "$id" 2>&1 >/dev/null) || refuse "cannot start the container: $reason"
begun=$SECONDS since=''
while :; do
  status='' code=''
  read -r status code < <(docker inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$id" 2>/dev/null)
  # Docker has been restarted, or a mount: what runs is up again soon, and this is tried again.
  [[ $status && $(mounts_of "${needs[@]}") == "$given" ]] || exit 1
  [[ $status != @(exited|dead) ]] || refuse "the app ended with exit code $code"
  if reason=$(answers_http "$(container_address "$id")" "${http_check[@]}"); then
    since=${since:-$SECONDS}
    ((SECONDS - since < stays_up)) || break
  else
    since=''
    ((SECONDS - begun <= timeout)) || refuse "it has not come to life within $timeout seconds: $reason"
  fi
  sleep "${http_check[3]}"
done
# For container.sh, which goes on with it.
printf '%s\n' "$id" "$given" >"$run/.takes-over" && mv "$run/.takes-over" "$run/takes-over"

# shellcheck shell=bash
# stop-container.sh NAME: stops a unit's container because systemd stops the unit: with a mount, with docker or with the
# machine.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# systemd also runs this after the container has ended by itself; then there is no main process any more.
if [[ $1 != gcsfuse-* && ${MAINPID:-} ]]; then
  set_state "$1" starting 'it is stopped: for another declaration, or together with a mount, docker or the machine'
fi
docker_runs && container=$(own_container "$1") || exit 0
# The kernel drops a signal that comes before the container's first process has asked for it, and gcsfuse stays while a file
# is open: it may be told again. Others may take that otherwise.
if [[ $1 == gcsfuse-* ]]; then
  while sleep 1; do
    docker kill --signal TERM "$container" >/dev/null 2>&1
  done &
fi
docker stop "$container"
# shellcheck disable=SC2046
kill $(jobs -p) 2>/dev/null

# shellcheck shell=bash
# stop-container.sh NAME: stops a unit's container because systemd stops the unit: with a mount, with docker or with the
# machine.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

! takes_over "$1" || exit 0
# systemd also runs this after the container has ended by itself; then there is no main process any more.
if [[ $1 != gcsfuse-* && ${MAINPID:-} ]]; then
  note_state "$1" starting 'it is stopped: for another declaration, or together with a mount, docker or the machine'
  # Beside the stop, which the next start waits for.
  publish_state &
fi
if ! docker_runs || ! container=$(own_container "$1"); then
  wait
  exit 0
fi
repeated=
# The kernel drops a signal that comes before the container's first process has asked for it, and gcsfuse stays while a file
# is open: it may be told again. Others may take that otherwise.
if [[ $1 == gcsfuse-* ]]; then
  while sleep 1; do
    docker kill --signal TERM "$container" >/dev/null 2>&1
  done &
  repeated=$!
fi
docker stop "$container"
[[ ! $repeated ]] || kill "$repeated"
wait

# shellcheck shell=bash
# stop-container.sh NAME SECONDS: stops a unit's container because systemd stops the unit: with a mount, with docker or
# with the machine.
# shellcheck source=common.sh
source /etc/gcs-backed-container-app/common.sh

# systemd also runs this after the app has ended by itself; then there is no main process any more.
if [[ $1 == app && ${MAINPID:-} ]]; then
  set_state app starting 'it is stopped together with a mount, docker or the machine'
fi
! docker_runs || docker stop -t "$2" "$1"

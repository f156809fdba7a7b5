# shellcheck shell=bash
# remove-container.sh NAME: removes what a unit that has ended may have left of its container.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# A container may outlive its unit while docker is down: that its mount answers must not start the app, since the next
# start of the unit replaces it.
[[ $1 != gcsfuse-* ]] || set_state "$1" starting 'its unit has ended'
! docker_runs || takes_over "$1" || remove_container "$1"

# shellcheck shell=bash
# remove-container.sh NAME: removes what a unit that has ended may have left of its container.
# shellcheck source=common.sh
source /etc/gcs-backed-container-app/common.sh

! docker_runs || docker rm --force --volumes "$1"

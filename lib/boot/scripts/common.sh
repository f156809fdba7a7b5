# shellcheck shell=bash
# Sourced by the other scripts: their data, docker, and the state that is reported. Whatever the user of the construct
# gave is data in a file of the config folder: it is read, and never evaluated.
set -u
export LC_ALL=C

# shellcheck disable=SC2034
scripts=${BASH_SOURCE[0]%/*}
run=${RUN_FOLDER:-/run/gcs-backed-container-app}
# The files of the declaration that runs, see declaration.py. One run of a script sees one declaration, even if another
# one takes its place meanwhile.
config=$(readlink --canonicalize "$run/config")
export DOCKER_CONFIG=$config/docker
metadata=http://169.254.169.254/computeMetadata/v1/instance
# Before each container's name.
# shellcheck disable=SC2034
prefix=${CONTAINER_PREFIX:-}
# On each container that these scripts create, so that they stop and remove no other: NAME=VALUE.
label=gcs-backed-container-app=${CONTAINER_LABEL:-app}
# cloud-init's own copy of the user-data that this boot was made from.
booted_user_data=/var/lib/cloud/instance/user-data.txt

# systemd gives the units a home on the boot disk.
mkdir -p "$run/state" "$HOME"

log() {
  printf '%s\n' "$*"
}

# In decimal. With leading zeros, docker takes it for decimal, and gcsfuse's flags for octal.
is_number() {
  [[ $1 =~ ^(0|[1-9][0-9]*)$ ]]
}

# In the locale C, a regular expression sees bytes.
readonly utf8=$'^([\x01-\x7f]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})*$'

# The words of $1 as a JSON string: one line of UTF-8, at most 500 bytes.
json_string() {
  local text=${1//[[:cntrl:]]/ }
  text=${text:0:500}
  # The cut may have left up to three bytes of a character.
  for _ in 1 2 3; do
    [[ $text =~ $utf8 ]] || text=${text%?}
  done
  [[ $text =~ $utf8 ]] || text=${text//[$'\x80'-$'\xff']/?}
  text=${text//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# text_of FILE: fails, with nothing, where it cannot be read. The watcher asks several times a second while a version is on
# trial: no program is started for it.
text_of() {
  [[ -r $1 ]] && printf '%s' "$(<"$1")"
}

hash_of() {
  local sum
  [[ -r $1 ]] && sum=$(sha256sum <"$1") && printf '%s' "${sum%% *}"
}

# unit_of NAME: the unit of a part, by the name of its folder.
unit_of() {
  case $1 in
    app) printf 'app.service' ;;
    *) printf '%s@%s.service' "${1%%-*}" "${1#*-}" ;;
  esac
}

# note_state WHAT WORD MESSAGE: the state of one part.
note_state() {
  local was=
  [[ -r $run/state/$1 ]] && was=$(<"$run/state/$1")
  [[ $was == "$2 $3" ]] || log "$1: $2 $3"
  printf '%s %s' "$2" "$3" >"$run/state/.$1.$$" && mv "$run/state/.$1.$$" "$run/state/$1"
}

# set_state WHAT WORD MESSAGE: notes the state of one part and reports all of them.
set_state() {
  note_state "$@"
  publish_state
}

state_of() {
  local text
  text=$(text_of "$run/state/$1") || text="$2 "
  printf '"state":"%s","message":%s' "${text%% *}" "$(json_string "${text#* }")"
}

# version_of DECLARATION_HASH USER_DATA_FILE
version_of() {
  printf '{"declaration":"%s","userData":"%s"}' "$1" "$(hash_of "$2")"
}

# The states of the sidecars by the names of their folders, if there are any.
parts() {
  local folder name text=''
  for folder in "$run"/config/sidecar-*/; do
    [[ -d $folder ]] || continue
    name=$(basename "$folder")
    text+="${text:+,}\"$name\":{$(state_of "$name" starting)}"
  done
  printf '%s' "${text:+,\"parts\":{$text\}}"
}

# One answer to "is it live, and if not, why": the guest attribute gcs-backed-container-app/status. What has been
# reported already is not reported again.
publish_state() {
  [[ ${REPORT_STATE:-} != false ]] || return 0
  (
    flock 9
    printf '{"running":%s,"wanted":%s,"app":{%s},"update":{%s}%s}' \
      "$(version_of "$(text_of "$run/running")" "$booted_user_data")" \
      "$(version_of "$(hash_of "$run/wanted/declaration")" "$run/wanted/user-data")" \
      "$(state_of app starting)" "$(state_of update none)" "$(parts)" >"$run/status.json"
    [[ $(<"$run/status.json") == "$(text_of "$run/status.reported")" ]] ||
      { curl --silent --show-error --fail --max-time 10 --retry 2 --output /dev/null \
        --request PUT --header 'Metadata-Flavor: Google' --data-binary "@$run/status.json" \
        "$metadata/guest-attributes/gcs-backed-container-app/status" &&
        cp "$run/status.json" "$run/status.reported"; }
  ) 9>"$run/status.lock" || log 'the state could not be reported'
}

# next_delay SECONDS MOST: twice as long, up to the most.
next_delay() {
  local doubled=$(($1 * 2))
  printf '%s' "$((doubled < $2 ? doubled : $2))"
}

# Whether docker can be asked by what systemd runs to end a unit. While docker is down its socket takes questions all the
# same, and docker comes up only after the units that belong to it have ended: they would wait for each other.
docker_runs() {
  [[ $(systemctl show --property ActiveState --value docker.service 2>/dev/null) == active ]]
}

# own_container NAME: the id of the container of that name. Fails where there is none, or another program created it.
own_container() {
  local id='' value=''
  read -r id value < <(docker inspect --type container \
    --format "{{.Id}} {{index .Config.Labels \"${label%%=*}\"}}" "$1" 2>/dev/null)
  [[ $id && $value == "${label#*=}" ]] && printf '%s' "$id"
}

# takes_over NAME: whether the container of that name was started beside the one before, which beside.sh says: its unit is
# restarted for it, and must not stop it.
takes_over() {
  local id=''
  [[ ! -r $run/takes-over ]] || read -r id <"$run/takes-over"
  [[ $id && $id == "$(own_container "$1")" ]]
}

# remove_container NAME: with its anonymous volumes, if it is this app's. docker itself refuses to create a container under
# a name that another one has, and says what to do.
remove_container() {
  local id
  ! id=$(own_container "$1") || docker rm --force --volumes "$id" >/dev/null 2>&1
}

# wait_for_image WHAT IMAGE: returns once the image is here. One that is here already is not asked for again, so that a
# registry that is down does not keep the app down.
wait_for_image() {
  local delay=1 reason
  until docker image inspect "$2" >/dev/null 2>&1; do
    set_state "$1" starting "pulling $2"
    if reason=$(docker pull --quiet "$2" 2>&1 >/dev/null); then
      continue
    fi
    set_state "$1" starting "cannot pull $2: $reason"
    sleep "$delay"
    delay=$(next_delay "$delay" 10)
  done
}

# prepare_folder FOLDER NAME MODE CHILD...: an in-memory folder that nobody can write to, with empty folders to mount at:
# whoever misses the mount gets an error, and no file lands on the boot disk. Each step is safe to repeat, since a script may
# be ended between any two.
prepare_folder() {
  local child
  mkdir -p "$1" || return
  mountpoint --quiet "$1" || mount -t tmpfs -o "size=64k,mode=$3,nosuid,nodev" "$2" "$1" || return
  for child in "${@:4}"; do
    [[ -d $1/$child ]] || mkdir "$1/$child" || return
  done
  mount --make-rshared "$1" && mount -o remount,ro "$1"
}

# unmount_disk FOLDER: what disk.sh has mounted. A disk that something still uses is unmounted once that has ended.
unmount_disk() {
  local point
  for point in "$1/fs" "$1/disk"; do
    while mountpoint --quiet "$point"; do
      umount "$point" 2>/dev/null || umount --lazy "$point" || return
    done
  done
}

# A disk is mounted there, or gcsfuse that lives, whatever its bucket does.
mount_lives() {
  [[ $(findmnt --noheadings --output FSTYPE --mountpoint "$1" | tail -n 1) == @(fuse*|ext4) ]] &&
    timeout --signal KILL 10 stat --file-system "$1" >/dev/null 2>&1
}

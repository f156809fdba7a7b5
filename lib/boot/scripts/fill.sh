# shellcheck shell=bash
# fill.sh NAME: copies what the app's image has at a mount's path into the mount if that is empty, as Docker fills an empty
# volume. Nothing that is there is replaced, and the app is not started before it is complete. Two machines that fill one
# folder at the same time do not replace each other's files either, but each takes the other's for somebody's.
#
# Writes to the state folder NAME.files, what there is to say, and NAME.hidden, the names of the image's files and folders
# that the mount hides, a NUL after each. Prints the reason to standard error if it fails.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

name=$1
settings=$config/$name
mountpoint=$run/$name/fs
container=$prefix$name-image
state=$run/state/$name
# Seconds after which a folder whose listing goes on is known not to be empty.
readonly listing_timeout=30
reason=

# Whether the bucket answers: a name that is not there is not there.
bucket_answers() {
  [[ $(timeout --signal KILL 10 stat "$mountpoint/$RANDOM$RANDOM" 2>&1) == *'No such file or directory'* ]]
}

# look: reads into `found` what the mount is, and which names of the image it has not.
look() {
  local status
  timeout --signal KILL "$listing_timeout" python3 "$scripts/image-files.py" look "$mountpoint" \
    <"$settings/image-names" >"$state.look" 2>"$state.reason"
  status=$?
  mapfile -d '' -t found <"$state.look"
  if ((status == 137)) && bucket_answers; then
    mapfile -d '' -t found < <(printf 'there\0' && cat "$settings/image-names")
  elif ((status != 0)); then
    reason="the files in the bucket cannot be listed: $(<"$state.reason")"
    return 1
  fi
}

# fill: copies, and says how far it is.
fill() {
  local line status='' image
  image=$(<"$config/$(<"$settings/container")/image")
  remove_container "$container"
  reason=$(docker create --name "$container" --label "$label" --network none "$image" none 2>&1 >/dev/null) || return
  while read -r line; do
    case $line in
      ended*) status=${line#ended } ;;
      done*) printf 'it was empty and has got %s' "${line#done }" >"$state.files" ;;
      *) set_state "$name" starting "copying the image's files into the empty folder: $line" ;;
    esac
  done < <(docker cp "$container:$(<"$settings/path")/." - 2>"$state.cp" |
    python3 "$scripts/image-files.py" fill "$mountpoint" 2>"$state.reason"; printf 'ended %s\n' "${PIPESTATUS[*]}")
  reason="$(cat "$state.reason" "$state.cp")"
  [[ $status == '0 0' ]]
}

# There is nothing to copy any more where another image has taken the place of the one that a filling began with.
finish() {
  if [[ -s $settings/image-names ]]; then
    set_state "$name" starting "copying the image's files into the empty folder"
    fill || return
  fi
  reason=$(rm "$mountpoint/.gcs-backed-container-app-filling" 2>&1)
}

# hide NAME...: says what the image has and the app does not see.
hide() {
  local text=
  (($#)) || return 0
  printf '%s\0' "$@" >"$state.hidden"
  printf -v text ', %q' "${@:1:3}"
  (($# <= 3)) || text+=" and $(($# - 3)) more"
  printf 'it hides what the image has there: %s' "${text#, }" >"$state.files"
}

rm -f "$state.files" "$state.hidden"
[[ $(<"$settings/no-copy") != true ]] || exit 0
found=()
look
status=$?
if ((status == 0)); then
  if [[ ${found[0]} == there || $(<"$settings/read-only") == true ]]; then
    hide "${found[@]:1}"
  else
    finish
    status=$?
    remove_container "$container"
  fi
fi
rm -f "$state.look" "$state.reason" "$state.cp"
((status == 0)) || printf '%s' "$reason" >&2
exit "$status"

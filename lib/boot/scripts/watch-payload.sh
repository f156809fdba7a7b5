# shellcheck shell=bash
# Waits for new metadata, pulls its images while the old version serves, and reboots into it.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# What is fetched has the app's environment in it.
umask 077

new=$run/new-payload
headers=$run/new-payload-headers
# The payload for which this machine last rebooted: never twice for the same one, so that a reboot which brings no new
# payload cannot become a loop.
rebooted_for=$HOME/rebooted-for

# fetch ETAG SECONDS: the payload in the metadata, at once if it has changed since ETAG, else after the time at the latest.
fetch() {
  status=$(curl --silent --show-error --max-time "$(($2 + 20))" --header 'Metadata-Flavor: Google' \
    --dump-header "$headers" --output "$new" --write-out '%{http_code}' \
    "$metadata/attributes/user-data?wait_for_change=true&last_etag=$1&timeout_sec=$2") || return
  etag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *\([^\r]*\).*/\1/p' "$headers")
}

# The images that payloads name, one a line.
images_of() {
  sed -n 's/^# image: //p' "$@"
}

pull_images() {
  local image reason found=
  while read -r image; do
    found=1
    docker image inspect "$image" >/dev/null 2>&1 && continue
    set_state update pulling "$image"
    if ! reason=$(docker pull --quiet "$image" 2>&1 >/dev/null); then
      set_state update failed "cannot pull $image: $reason"
      return 1
    fi
  done < <(images_of "$new")
  if [[ -z $found ]]; then
    set_state update failed 'the new user-data names no image: it is not a payload of gcs-backed-container-app'
    return 1
  fi
}

# remove_images_but PAYLOAD...: images of other payloads go, so that updates do not fill the disk.
remove_images_but() {
  local image id
  local -A wanted=()
  while read -r image; do
    id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) && wanted[$id]=1
  done < <(images_of "$@")
  while read -r id; do
    [[ ${wanted[$id]:-} ]] || docker image rm --force "$id" >/dev/null 2>&1
  done < <(docker image ls --no-trunc --quiet | sort -u)
}

update() {
  local target reason
  target=$(payload_hash "$new")
  # The first tries follow soon, whatever went before.
  [[ $target == "$tried" ]] || delay=5
  tried=$target
  if [[ $(cat "$rebooted_for" 2>/dev/null) == "$target" ]]; then
    set_state update failed "this machine has rebooted for payload $target, and another one came up"
    return
  fi
  # What attempts that failed have left.
  remove_images_but "$booted_payload" "$new"
  pull_images || return
  # The next boot reads the metadata again: only what it says now has been pulled.
  if ! fetch 0 0 || [[ $status != 200 || $(payload_hash "$new") != "$target" ]]; then
    etag=0 delay=5
    return
  fi
  reason=$({ printf '%s' "$target" >"$rebooted_for.new" && sync "$rebooted_for.new" &&
    mv "$rebooted_for.new" "$rebooted_for"; } 2>&1) || {
    set_state update failed "cannot write $rebooted_for: $reason"
    return
  }
  set_state update rebooting "into payload $target"
  systemctl reboot
  sleep 300
}

etag=0 delay=5 pruned='' tried=''
while :; do
  # Once more, if it could not be reported before.
  publish_state
  if ! fetch "$etag" "$delay" || [[ $status != 200 && $status != 404 ]]; then
    sleep 5
  elif [[ $status == 404 ]]; then
    set_state update failed 'the metadata has no user-data: the next boot would bring up nothing'
    etag=0
    sleep 5
  elif [[ $(payload_hash "$new") == "$(payload_hash "$booted_payload")" ]]; then
    rm -f "$rebooted_for"
    set_state update none ''
    # The images of older payloads go once this one has come up.
    if [[ -z $pruned && $(cat "$run/state/app" 2>/dev/null) == @(live|stopped)* ]]; then
      remove_images_but "$booted_payload"
      pruned=1
    fi
    delay=$([[ $pruned ]] && printf 300 || printf 5)
  else
    update
    delay=$(next_delay "$delay" 120)
  fi
done

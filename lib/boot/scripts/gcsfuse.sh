# shellcheck shell=bash
# Runs the gcsfuse sidecar of one mount. Ends only when a mount that worked has gone: systemd then starts it again, and
# the app with it.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

name=gcsfuse-$1
sidecar=$prefix$name
settings=$config/$name
folder=$run/$name
mountpoint=$folder/fs
image=$(<"$settings/image")
app_image=$(<"$config/$(<"$settings/container")/image")
uid='' gid='' writers=''

clear_dead_mount() {
  while mountpoint --quiet "$mountpoint" || [[ $(stat "$mountpoint" 2>&1) == *'not connected'* ]]; do
    umount --lazy "$mountpoint" || return
  done
}

# Whether the sidecar's image can do so: it has a default for the variable then.
mounts_without_permissions() {
  docker image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" 2>/dev/null | grep --quiet '^FUSE_OPTIONS='
}

start_sidecar() {
  local -a options command
  remove_container "$sidecar"
  clear_dead_mount
  prepare_folder "$folder" "$name" 0700 fs || { reason="the folder $folder could not be created"; return 1; }
  reason=$(bash "$scripts/owner.sh" "$config" "$name" 2>&1) || return
  IFS=': ' read -r uid gid writers <"$settings/owner"
  mapfile -d '' -t options <"$settings/options"
  mapfile -d '' -t command <"$settings/command"
  options+=("--mount=type=bind,source=$settings/config.yaml,target=/etc/gcsfuse/config.yaml,readonly")
  if [[ $writers == everybody && -s $settings/fuse-options ]] && mounts_without_permissions; then
    # Everybody may also change modes and times, which the modes of files allow to nobody but the owner.
    options+=("--env=FUSE_OPTIONS=$(<"$settings/fuse-options")")
  elif [[ $writers == everybody ]]; then
    command=(--file-mode=666 --dir-mode=777 "${command[@]}")
  elif [[ $writers == group ]]; then
    command=(--file-mode=664 --dir-mode=775 "${command[@]}")
  fi
  reason=$(docker create "${options[@]}" "$image" "--uid=$uid" "--gid=$gid" "${command[@]}" 2>&1 >/dev/null &&
    docker start "$sidecar" 2>&1 >/dev/null)
}

sidecar_runs() {
  [[ $(docker inspect --format '{{.State.Running}}' "$sidecar" 2>/dev/null) == true ]] ||
    { reason=$(docker logs --tail 3 "$sidecar" 2>&1); return 1; }
}

# The end of the last complaint in the log of gcsfuse: before it are addresses and ids.
complaint() {
  local text
  text=$(docker logs --tail 20 "$sidecar" 2>&1 |
    sed -n '/"fuse: Op/d; s/.*"severity":"\(WARNING\|ERROR\)","message":"\(.*\)","mount-id".*/\2/p' | tail -n 1)
  printf '%s' "${text##*'\": '}"
}

# bucket_is_missing SINCE: where gcsfuse does not look for the bucket itself (it cannot at every address), one that is not
# there looks like an empty folder, and only the log tells.
bucket_is_missing() {
  sleep 0.2
  docker logs --since "$1" "$sidecar" 2>&1 | grep --quiet "bucket doesn't exist"
}

# Returns once the bucket has answered through the mount: a name that is not there is not there. Fails when the sidecar
# has ended before. The asking process is not waited for, since it may hang beyond any signal.
wait_for_mount() {
  local answer asked pause=1 question
  until mount_lives "$mountpoint"; do
    sidecar_runs || return
    sleep 0.2
  done
  while :; do
    asked=$(date --utc +%FT%T.%NZ)
    exec {question}< <(stat "$mountpoint/.gcs-backed-container-app-$RANDOM$RANDOM" 2>&1)
    until answer=; read -r -t 5 -u "$question" answer || (($? <= 128)); do
      sidecar_runs || return
      set_state "$name" starting "the bucket does not answer: $(complaint)"
    done
    exec {question}<&-
    if [[ $answer == *'No such file or directory'* ]]; then
      bucket_is_missing "$asked" || return 0
    fi
    sidecar_runs || return
    set_state "$name" starting "the bucket cannot be used: ${answer##*: }: $(complaint)"
    sleep "$pause"
    pause=$(next_delay "$pause" 10)
  done
}

# Each time it is mounted the log begins anew: who reads the log wants to know.
count_mount() {
  local file=$run/state/$name.mounts count=0
  [[ ! -r $file ]] || count=$(<"$file")
  printf '%s' "$((count + 1))" >"$file"
}

# Ends a gcsfuse that hangs. What it is asked needs no bucket, so an outage of the bucket does not count; and the asking
# process is not waited for, since it may hang beyond any signal until gcsfuse is gone.
end_if_hanging() {
  while sleep 10; do
    read -r -t 60 _ < <(stat --file-system "$mountpoint" 2>&1) || break
  done
  log "gcsfuse has not answered for a minute: it is ended"
  docker kill "$sidecar"
}

# What gcsfuse says from now on. Its log is on the disk that may have no room: what it says then is not in there.
says() {
  docker attach --no-stdin --sig-proxy=false "$sidecar" 2>&1
}

# A file that is changed is copied to the folder for temporary files first. When that fails (no room, for example),
# gcsfuse forgets the part that it could not write, and saves the next change of the file without it. Nothing of that is
# in the bucket yet: gcsfuse is ended before it is asked again.
# What the message may have before these words leaves no room for the name of a file or an object, which could be these
# words.
# https://github.com/GoogleCloudPlatform/gcsfuse/blob/v3.11.4/internal/gcsx/temp_file.go
# https://github.com/GoogleCloudPlatform/gcsfuse/blob/v3.11.4/internal/fs/wrappers/error_mapping.go
readonly copying_failed='(,"severity":"ERROR",| severity=ERROR )"?message("?:|=)"[A-Za-z]+: [^",:]*, ([A-Za-z. ]+: )*cannot [A-Za-z]+ incomplete file: load temp file: '

copying_has_failed() {
  grep --quiet --extended-regexp "$copying_failed" < <(says)
}

# A file that has no place in the file cache, because the disk was full or because its name was a folder's before, cannot be
# read, and stays so: gcsfuse remembers it as cached. It is ended then, since the next one begins with an empty cache, which
# makes room too; not more often than every ten minutes, since the app restarts with it.
# https://github.com/GoogleCloudPlatform/gcsfuse/blob/v3.11.4/internal/gcsx/file_cache_reader.go
readonly cache_failed='(,"severity":"ERROR",| severity=ERROR )"?message("?:|=)"[A-Za-z]+: [^",:]*, ([A-Za-z. ]+: )*(GetCacheHandle failed|while invalidating the file cache): '
readonly least_seconds=600

end_if_cache_fails() {
  grep --quiet 'cache-dir' "$settings/config.yaml" || return
  grep --quiet --extended-regexp "$cache_failed" < <(says) || return
  while ((SECONDS < least_seconds)); do
    sidecar_runs || return
    sleep 10
  done
  log "gcsfuse cannot read a file for its file cache: it is ended, and begins with an empty one"
  docker kill "$sidecar"
}

# Copies the image's own files, if the bucket is empty. Until that is done the app does not start. Fails when the sidecar has
# ended before.
fill() {
  local pause=1 watcher status=0
  end_if_hanging &
  watcher=$!
  until { reason=$(bash "$scripts/fill.sh" "$name" 2>&1 >&3); } 3>&1; do
    set_state "$name" starting "cannot copy the image's files: $reason"
    sidecar_runs || { status=1; break; }
    sleep "$pause"
    pause=$(next_delay "$pause" 10)
  done
  kill "$watcher" 2>/dev/null
  return "$status"
}

description() {
  local note
  note=$(cat "$run/state/$name.files" 2>/dev/null)
  printf 'as %s:%s%s%s' "$uid" "$gid" "${writers:+, for $writers to write}" "${note:+; $note}"
}

delay=1
while :; do
  # Another declaration has taken this one's place, with the same mount: the next start has its files.
  [[ -d $settings ]] || exit 1
  # The container's own unit pulls that one meanwhile.
  wait_for_image "$name" "$image"
  wait_for_image "$name" "$app_image"
  set_state "$name" starting 'mounting'
  if start_sidecar && wait_for_mount && fill; then
    break
  fi
  set_state "$name" starting "cannot mount: $reason"
  sleep "$delay"
  delay=$(next_delay "$delay" 10)
done

count_mount
set_state "$name" mounted "$(description)"
end_if_hanging &
end_if_cache_fails &
if copying_has_failed; then
  log "gcsfuse could not copy a file that was to be changed: it is ended"
  docker kill "$sidecar" >/dev/null
fi
code=$(docker wait "$sidecar")
set_state "$name" starting "gcsfuse has ended (${code:-docker is gone})"
exit 1

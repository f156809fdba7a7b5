# shellcheck shell=bash
# Brings up what the metadata declares, at boot and whenever it changes. What is new is pulled while the old version
# serves; then only what changed is restarted. A version that does not stay up is taken back. For new user-data, the
# scripts and units, the machine is rebooted.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
# What is fetched has the app's environment in it.
umask 077

units=/run/systemd/system
wanted=$run/wanted
versions=$run/declarations
# The hash of the version whose units have been told to run.
activated=$run/activated
# The hash of the version that container.sh was started with last.
begun=$run/begun
# What container.sh says against the version that it ran: HASH REASON.
blame=$run/blame
# The version that has to prove itself, and the second of the uptime in which it began, or that it did: HASH [SECOND|up].
trial=$run/trial
# The version that was taken back, and why: HASH REASON. Copied to the boot disk, which may be full.
taken_back=$run/taken-back
# On the boot disk: the last version that came to life; the user-data for which this machine was last told to reboot, and
# in which boot, since a reboot that brings no new user-data must not become a loop: HASH BOOT_ID.
proven=$HOME/declaration
rebooted_for=$HOME/rebooted-for
boot_id=$(</proc/sys/kernel/random/boot_id)
# Seconds for which a version must be live without an end before it has proven itself.
readonly stays_up=10
mkdir -p "$wanted" "$versions"
[[ -e $taken_back || ! -e $HOME/taken-back ]] || cp "$HOME/taken-back" "$taken_back"

uptime_seconds() {
  local up
  read -r up _ </proc/uptime
  printf '%s' "${up%.*}"
}

# fetch ETAG SECONDS: the attributes in the metadata, at once if they have changed since ETAG, else after the time at the
# latest. All of them in one answer: user-data and declaration of two versions never meet.
fetch() {
  curl --silent --show-error --fail --max-time "$(($2 + 20))" --header 'Metadata-Flavor: Google' \
    --dump-header "$wanted/headers" --output "$wanted/attributes" \
    "$metadata/attributes/?recursive=true&wait_for_change=true&last_etag=$1&timeout_sec=$2" || return
  etag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *\([^\r]*\).*/\1/p' "$wanted/headers")
  [[ $etag == "$1" ]] || python3 "$scripts/declaration.py" split "$wanted/attributes" "$wanted" || {
    etag=0
    return 1
  }
}

wanted_hashes() {
  printf '%s %s' "$(hash_of "$wanted/user-data")" "$(hash_of "$wanted/declaration")"
}

# write_to_disk FILE: what it reads, whole and for good, or not at all. The reason is in `reason` if it fails.
write_to_disk() {
  reason=$({ cat >"$1.new" && sync "$1.new" && mv "$1.new" "$1" && sync "${1%/*}"; } 2>&1) ||
    reason="cannot write $1: $reason"
  [[ ! $reason ]]
}

# render FILE: the files of a declaration, in a folder that is named by its hash, `folder`.
render() {
  local hash
  hash=$(hash_of "$1") || return
  folder=$versions/$hash
  [[ ! -d $folder ]] || return 0
  rm -rf "$versions/.new"
  reason=$({ mkdir "$versions/.new" && cp "$1" "$versions/.new/declaration"; } 2>&1) || return
  reason=$(python3 "$scripts/declaration.py" render "$1" "$versions/.new" 2>&1) && mv "$versions/.new" "$folder"
}

# while_wanted COMMAND...: until it ends, which may be never, what runs is judged. What it prints is the reason if it fails,
# which is empty if it was ended because something else is declared now.
while_wanted() {
  local output process text status=0 said='' before folder
  before=$(wanted_hashes)
  exec {output}< <(exec "$@" 2>&1)
  process=$!
  while read -r -t 2 -d '' -u "$output" text || status=$?; said+=$text; ((status > 128)); do
    judge
    fetch "$etag" 0
    [[ $(wanted_hashes) == "$before" ]] || kill "$process" 2>/dev/null
  done
  exec {output}<&-
  wait "$process" && return
  reason=$said
  [[ $(wanted_hashes) == "$before" ]] || reason='' etag=0 delay=5
  return 1
}

# pull_images IMAGES CONFIG: all of the file's images. Fails with an empty reason if something else is declared meanwhile.
pull_images() {
  local image
  while read -r image; do
    docker image inspect "$image" >/dev/null 2>&1 && continue
    set_state update pulling "$image"
    while_wanted env "DOCKER_CONFIG=$2/docker" docker pull --quiet "$image" && continue
    [[ ! $reason ]] || reason="cannot pull $image: $reason"
    return 1
  done <"$1"
}

images_are_here() {
  local image
  while read -r image; do
    docker image inspect "$image" >/dev/null 2>&1 || return
  done <"$folder/images"
}

# prune: images and files of versions that are neither wanted nor running nor the last good one go, so that updates do not
# fill the disk.
prune() {
  local image id file kept
  local -A used=() folders=()
  kept=$(text_of "$activated")
  for file in "$proven" "$wanted/declaration" "$versions/$kept/declaration"; do
    [[ -r $file ]] || continue
    folders[$versions/$(hash_of "$file")]=1
    while read -r image; do
      id=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null) && used[$id]=1
    done < <(python3 "$scripts/declaration.py" images "$file")
  done
  # Without one, something was not read: nothing is known to be unused.
  ((${#used[@]})) || return
  while read -r id; do
    [[ ${used[$id]:-} ]] || docker image rm --force "$id" >/dev/null 2>&1
  done < <(docker image ls --no-trunc --quiet | sort -u)
  for file in "$versions"/*; do
    [[ ${folders[$file]:-} ]] || rm -rf "$file"
  done
}

mounts_of() {
  local settings
  for settings in "$1"/disk-*/ "$1"/gcsfuse-*/; do
    [[ ! -d $settings ]] || basename "$settings"
  done
}

# read_secrets: what the containers of the version in `folder` will need, while the old version serves.
read_secrets() {
  local settings name
  for settings in "$folder"/*/; do
    [[ -e $settings/secrets || -e $settings/secret-files ]] || continue
    name=$(basename "$settings")
    reason=$(bash "$scripts/secrets.sh" "$folder" "$name" 2>&1) || {
      reason="cannot read $reason"
      return 1
    }
    if [[ -e $settings/secrets ]]; then
      reason=$(bash "$scripts/with-secrets.sh" "$folder" "$name" 2>&1) || return
    fi
    touch "$folder/secrets-$name/read-ahead"
  done
}

sidecars_of() {
  local settings
  for settings in "$1"/sidecar-*/; do
    [[ ! -d $settings ]] || basename "$settings"
  done
}

# drop_in UNIT DIRECTIVE...: what a unit has beside its file, in the section [Unit].
drop_in() {
  local file=$units/$1.d/parts.conf
  mkdir -p "${file%/*}" && printf '%s\n' '[Unit]' "${@:2}" >"$file"
}

# order_units: a container's unit is started after the mounts that it needs, and ends with each of them. PartOf and not BindsTo
# or Requires: when gcsfuse dies, systemd's automatic restart of its unit restarts the container's too, and a failed start of
# gcsfuse cannot leave that failed forever. container.sh itself waits until the mounts answer. The app starts after its
# sidecars, and is stopped before them; that one is started again does not concern it. Without Wants: a sidecar that has
# ended for good is not started again with the app.
order_units() {
  local name need needed after sidecars=''
  while read -r name; do
    sidecars+=" $(unit_of "$name")"
  done < <(sidecars_of "$folder")
  while read -r name; do
    needed=''
    while read -r need; do
      needed+=" $(unit_of "$need")"
    done <"$folder/$name/needs"
    after=$needed
    [[ $name != app ]] || after+=$sidecars
    drop_in "$(unit_of "$name")" "Wants=${needed# }" "After=${after# }" "PartOf=${needed# }" || return
    [[ $name != app ]] || drop_in retired.service "After=${after# }" "PartOf=${needed# }" || return
  done < <(echo app; sidecars_of "$folder")
  systemctl daemon-reload
}

# prepare_app: creates the next container while the one before serves. Where that fails, container.sh does it, and says why.
prepare_app() {
  remove_container "${prefix}app-next"
  bash "$scripts/create-container.sh" "$folder/app" "${prefix}app-next" >/dev/null 2>&1 &&
    printf '%s' "${folder##*/}" >"$run/prepared"
}

# overlaps: whether the version in `folder` differs from the one that runs in nothing but its app, and that may run beside it.
overlaps() {
  local old access=app/metadata-server-access
  local -A changed gone remounted
  [[ $(<"$folder/updates") == overlap ]] || return
  old=$versions/$(text_of "$activated")
  [[ $(text_of "$run/running") == "${old##*/}" ]] && is_up app || return
  find_changes
  [[ ${!changed[*]} == app && ${#gone[@]} == 0 && ! ${remounted[app]:-} ]] &&
    [[ $(text_of "$old/$access") == "$(text_of "$folder/$access")" ]]
}

# start_beside HASH: the app of the version in `folder` is started beside the one that runs. Fails if it does not come to life,
# which that one never notices.
start_beside() {
  stop_retired
  if while_wanted bash "$scripts/beside.sh" "$folder"; then
    return 0
  fi
  remove_beside
  if [[ $reason ]]; then
    note_taken_back "$1" "$reason"
    ! was_taken_back || say_taken_back
  else
    etag=0 delay=5
  fi
  return 1
}

remove_beside() {
  rm -f "$run/takes-over"
  remove_next
}

# remove_next: with the time that it has to stop, since it may be running, and writing.
remove_next() {
  local id
  id=$(own_container "${prefix}app-next") || return 0
  docker stop "$id" >/dev/null 2>&1
  remove_container "${prefix}app-next"
}

# stop_retired: who has been taken over from is stopped now, if it is still there.
stop_retired() {
  [[ ! -e $run/retired-ports ]] || systemctl stop retired.service
}

# take_over: the app that start_beside has started gets the name by which the proxy finds it. Who asks between the two names
# waits in the proxy.
take_over() {
  cp "$old/app/tcp-ports" "$run/retired-ports"
  # What cannot be renamed is created anew.
  { docker rename "${prefix}app" "${prefix}app-old" && docker rename "${prefix}app-next" "${prefix}app"; } || remove_beside
  systemctl restart app.service
  systemctl start --no-block retired.service
}

# is_up NAME: whether a container lives, or has ended as it is to.
is_up() {
  [[ $(text_of "$run/state/$1") == @(live|stopped)* ]]
}

# first_down FOLDER: the first container of a version that is not up. Fails if there is none.
first_down() {
  local name
  while read -r name; do
    is_up "$name" || { printf '%s' "$name"; return; }
  done < <(echo app; sidecars_of "$1")
  return 1
}

# differs NAME: whether a part of the version in `folder` is another one in `old`. The owner of a disk's folders is looked up when
# it is needed, which is not in every version, and matters only then.
differs() {
  local -a besides=()
  [[ $1 != disk-* ]] || besides=(--exclude=owner '--exclude=image-*')
  ! diff --recursive --brief "${besides[@]}" "$old/$1" "$folder/$1" >/dev/null 2>&1
}

# find_changes: what the version in `folder` has otherwise than `old`, the one that runs, by the names of the parts. A container
# that is not up may wait for what the old version names: it is changed in any case. `remounted` are the containers that
# must be stopped before their mounts are changed.
find_changes() {
  local name need
  changed=() gone=() remounted=()
  while read -r name; do
    differs "$name" && changed[$name]=1
  done < <(mounts_of "$folder")
  [[ -z $old ]] || while read -r name; do
    [[ -d $folder/$name ]] || gone[$name]=1
  done < <(mounts_of "$old"; sidecars_of "$old")
  while read -r name; do
    while read -r need; do
      [[ ! ${changed[$need]:-}${gone[$need]:-} ]] || remounted[$name]=1
    done < <(cat "$old/$name/needs" "$folder/$name/needs" 2>/dev/null)
    if [[ ${remounted[$name]:-} ]] || differs "$name" || ! is_up "$name"; then
      changed[$name]=1
    fi
  done < <(echo app; sidecars_of "$folder")
}

# change_parts: mounts and sidecars that have changed are restarted, those that are gone go. The app is not touched.
change_parts() {
  local name
  local -a sidecars=() all=()
  for name in "${!changed[@]}" "${!gone[@]}"; do
    [[ $name != sidecar-* ]] || sidecars+=("$(unit_of "$name")")
  done
  order_units
  # Before their mounts, and at once: each may take its time to stop.
  [[ -z $old ]] || ((${#sidecars[@]} == 0)) || systemctl stop "${sidecars[@]}"
  for name in "${!gone[@]}"; do
    if [[ $name == sidecar-* ]]; then
      rm -rf "$units/$(unit_of "$name").d" "$run/state/$name" "$run/state/$name.started"
    else
      systemctl stop "$(unit_of "$name")"
      umount --lazy "$run/$name/fs" "$run/$name" 2>/dev/null
    fi
  done
  mapfile -t all < <(printf '%s\n' "${!changed[@]}" | sort)
  for name in "${all[@]}"; do
    [[ $name == @(app|sidecar-*) ]] || systemctl restart --no-block "$(unit_of "$name")"
  done
  for name in "${all[@]}"; do
    [[ $name == sidecar-* ]] || continue
    rm -f "$run/state/$name.started"
    set_state "$name" starting 'it is started anew'
    systemctl restart --no-block "$(unit_of "$name")"
  done
}

# activate [beside]: restarts what the version in `folder` has otherwise than the one that runs, or lets an app take over that
# has been started beside the one before. This may end between any two
# steps: `config` is set first and `activated` last, and a watcher that finds them different does it again.
activate() {
  local hash=${folder##*/} old
  local -A changed gone remounted
  [[ ${1:-} == beside ]] || stop_retired
  old=$versions/$(text_of "$activated")
  [[ -d $old && $old != "$versions/" ]] || old=
  find_changes
  ln -sfn "$folder" "$run/.config" && mv -T "$run/.config" "$run/config" || return
  printf '%s\n' "$hash" >"$trial"
  rm -f "$blame"
  if [[ ! ${changed[app]:-} ]]; then
    ((${#changed[@]} + ${#gone[@]} == 0)) || change_parts
    printf '%s' "$hash" >"$run/running"
    printf '%s' "$hash" >"$begun"
  elif [[ ${1:-} == beside ]]; then
    take_over
  elif ((${#changed[@]} + ${#gone[@]} > 1)); then
    # At once: an app that is started again now would have the mounts of the old version. And it stops before its sidecars.
    [[ -z $old ]] || systemctl stop app.service
    if [[ ${remounted[app]:-} ]]; then
      set_state app starting 'it is started with other mounts'
    else
      set_state app starting 'it is started anew'
    fi
    change_parts
    systemctl start --no-block app.service
  else
    prepare_app
    set_state app starting 'it is started anew'
    systemctl restart --no-block app.service
  fi
  printf '%s' "$hash" >"$activated"
}

# start_proven: the last version that came to life, if nothing runs. Fails if there is none.
start_proven() {
  [[ ! -s $activated ]] || return 0
  [[ -r $proven ]] && render "$proven" && activate
}

# Says why the version that is wanted does not run.
refuse() {
  if ! start_proven; then
    set_state app starting 'nothing runs: there is no declaration that came to life before'
  fi
  set_state update failed "$1"
}

# can_be_taken_back HASH: it has not proven itself yet, and there is another one that had, and that these scripts know.
can_be_taken_back() {
  local hash
  [[ -e $trial && $(<"$trial") != *' up' && -r $proven ]] && hash=$(hash_of "$proven") && [[ $hash != "$1" ]] &&
    { [[ -d $versions/$hash ]] || (render "$proven"); }
}

# judge: whether the version on trial has proven itself, or is to be taken back.
judge() {
  local hash='' started='' timeout reason='' blamed down
  [[ ! -e $trial ]] || read -r hash started <"$trial"
  [[ $hash ]] || return 0
  blamed=$(text_of "$blame")
  timeout=$(<"$versions/$hash/start-timeout")
  if [[ $started == up ]]; then
    keep_proven "$hash"
    return
  elif [[ ${blamed%% *} == "$hash" ]]; then
    reason=${blamed#* }
  elif ! down=$(first_down "$versions/$hash") && [[ $(text_of "$run/running") == "$hash" ]]; then
    live_since=${live_since:-$(uptime_seconds)}
    (($(uptime_seconds) - live_since >= stays_up)) || return 0
    printf '%s up\n' "$hash" >"$trial"
    keep_proven "$hash"
    return
  elif [[ ! $started ]]; then
    # What ran before may take its time to stop.
    [[ $(text_of "$begun") != "$hash" ]] || printf '%s %s\n' "$hash" "$(uptime_seconds)" >"$trial"
  elif (($(uptime_seconds) - started > timeout)); then
    reason="$(cut -d ' ' -f 2- "$run/state/${down:-app}")"
    [[ ${down:-app} == app ]] || reason="sidecar ${down#sidecar-}: $reason"
    reason="it has not come to life within $timeout seconds: $reason"
  fi
  live_since=
  [[ $reason ]] || return 0
  take_back "$hash" "$reason"
}

# keep_proven HASH: on the disk. While that has no room, the version runs on all the same.
keep_proven() {
  if ! write_to_disk "$proven" <"$versions/$1/declaration"; then
    set_state update failed "$reason"
    return
  fi
  rm -f "$trial"
  [[ $1 != "$(hash_of "$wanted/declaration")" ]] || {
    forget_taken_back
    set_state update none ''
  }
}

# take_back HASH REASON: the version that ran before runs again. Where there is none, its units go on trying.
take_back() {
  can_be_taken_back "$1" || {
    rm -f "$blame"
    return 0
  }
  note_taken_back "$1" "$2"
  render "$proven" && activate
  ! was_taken_back || say_taken_back
}

# note_taken_back HASH REASON
note_taken_back() {
  printf '%s %s\n' "$1" "$2" >"$taken_back"
  write_to_disk "$HOME/taken-back" <"$taken_back" || log "$reason"
}

forget_taken_back() {
  rm -f "$taken_back" "$HOME/taken-back"
}

# Whether the version that is wanted has been taken back, and `why`.
was_taken_back() {
  local hash=''
  [[ -e $taken_back ]] && read -r hash why <"$taken_back"
  [[ $hash && $hash == "$(hash_of "$wanted/declaration")" ]]
}

say_taken_back() {
  local hash
  hash=$(hash_of "$wanted/declaration")
  set_state update failed "declaration ${hash:0:12} was taken back, and the one before runs: $why"
}

# still_wanted USER_DATA_HASH DECLARATION_HASH: whether the metadata says now what it said before the images were pulled.
still_wanted() {
  if fetch 0 0 && [[ $(wanted_hashes) == "$1 $2" ]]; then
    return 0
  fi
  etag=0 delay=5
  return 1
}

# The user-data is another one: the images that the next boot needs are pulled, then it may come.
reboot_for_user_data() {
  local target declaration told='' told_in=''
  target=$(hash_of "$wanted/user-data")
  declaration=$(hash_of "$wanted/declaration")
  [[ ! -e $rebooted_for ]] || read -r told told_in <"$rebooted_for"
  # Told in this boot, it has not rebooted yet: it is told again.
  if [[ $told == "$target" && $told_in != "$boot_id" ]]; then
    refuse "this machine has rebooted for user-data $target, and another one came up"
    return
  fi
  # Of any version, since another version of the scripts may know another schema.
  reason=$(python3 "$scripts/declaration.py" images "$wanted/declaration" 2>&1 >"$wanted/images")
  if [[ ! -s $wanted/images ]]; then
    refuse "the declaration is not valid: ${reason:-it names no image}"
    return
  fi
  render "$wanted/declaration" || folder=$(readlink --canonicalize "$run/config")
  pull_images "$wanted/images" "$folder" || {
    [[ ! $reason ]] || refuse "$reason"
    return
  }
  # The next boot reads the metadata again: only what it says now has been pulled.
  still_wanted "$target" "$declaration" || return
  write_to_disk "$rebooted_for" < <(printf '%s %s\n' "$target" "$boot_id") || {
    refuse "$reason"
    return
  }
  set_state update rebooting "into user-data $target"
  reason=$(systemctl reboot 2>&1) || {
    refuse "cannot reboot into user-data $target: $reason"
    return
  }
  sleep 300
}

# The metadata has been read: what it declares is brought up, if it does not run already.
bring_up() {
  local target name
  target=$(hash_of "$wanted/declaration")
  if [[ ! -e $wanted/user-data ]]; then
    refuse 'the metadata has no user-data: the next boot would bring up nothing'
  elif [[ -z $target ]]; then
    refuse 'the metadata has no gcs-backed-container-app: there is no declaration of what to run'
  elif ! diff --brief "$wanted/user-data" "$booted_user_data" >/dev/null 2>&1; then
    start_proven
    reboot_for_user_data
  elif [[ $target == "$(text_of "$activated")" ]]; then
    rm -f "$rebooted_for"
    if can_be_taken_back "$target"; then
      set_state update starting "declaration ${target:0:12}"
    else
      forget_taken_back
      # That there is no room for it is said below.
      [[ $(text_of "$trial") == *' up' ]] || set_state update none ''
    fi
  elif was_taken_back && start_proven; then
    say_taken_back
  elif ! render "$wanted/declaration"; then
    refuse "the declaration is not valid: $reason"
  elif [[ ! -s $activated ]] && { [[ ! -r $proven ]] || images_are_here; }; then
    forget_taken_back
    activate
  else
    start_proven
    # It is the one that is wanted: its units pull what is missing.
    [[ $target != "$(text_of "$activated")" ]] || return 0
    prune
    render "$wanted/declaration"
    pull_images "$folder/images" "$folder" || {
      [[ ! $reason ]] || set_state update failed "$reason"
      return
    }
    while read -r name; do
      [[ $name == gcsfuse-* ]] || continue
      reason=$(bash "$scripts/owner.sh" "$folder" "$name" 2>&1) || {
        set_state update failed "cannot find the owner of the files: $reason"
        return
      }
    done < <(mounts_of "$folder")
    read_secrets || {
      set_state update failed "$reason"
      return
    }
    still_wanted "$(hash_of "$booted_user_data")" "$target" || return
    set_state update starting "declaration ${target:0:12}"
    live_since=
    # What was taken back before may be declared again.
    forget_taken_back
    overlaps || {
      activate
      return
    }
    start_beside "$target" || return
    if still_wanted "$(hash_of "$booted_user_data")" "$target" && overlaps; then
      activate beside
    else
      remove_beside
      etag=0 delay=5
    fi
  fi
}

etag=0 delay=5 tried='' live_since='' reason='' why='' pruned=''
# Of an update that the power's end came into, or the watcher's own.
remove_next
! own_container "${prefix}app-old" >/dev/null || {
  touch "$run/retired-ports"
  systemctl start --no-block retired.service
}
folder=$(readlink --canonicalize "$run/config")
[[ ! -d $folder || ${folder##*/} == "$(text_of "$activated")" ]] || activate
while :; do
  # Once more, if it could not be reported before.
  publish_state
  if ! fetch "$etag" "$delay"; then
    start_proven
    sleep 5
  else
    [[ $tried == "$etag" ]] || delay=5
    tried=$etag
    bring_up
  fi
  judge
  if [[ -e $trial ]]; then
    pruned='' delay=5
    ! can_be_taken_back "$(text_of "$activated")" || delay=1
  elif [[ $(text_of "$activated") != "$(hash_of "$wanted/declaration")" ]]; then
    delay=$(next_delay "$delay" 120)
  else
    [[ $pruned ]] || prune
    pruned=1 delay=300
  fi
done

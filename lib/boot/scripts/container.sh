# shellcheck shell=bash
# container.sh NAME: runs the container whose files are in that folder, app or sidecar-SIDECAR, once every mount of its own
# answers; the app, once its sidecars are there, too. Ends with 0 when the restart policy wants no further start.
# shellcheck source=liveness.sh
source "${BASH_SOURCE[0]%/*}/liveness.sh"

name=$1
settings=$config/$name
container=$prefix$name
image=$(<"$settings/image")
restart_policy=$(<"$settings/restart-policy")
metadata_server_access=$(<"$settings/metadata-server-access")
health_check=$(<"$settings/health-check")
mapfile -t needs <"$settings/needs"
mapfile -d '' -t tcp_ports <"$settings/tcp-ports"
mapfile -d '' -t http_check <"$settings/http-check"
mapfile -d '' -t certificates_for <"$settings/certificates-for"

# How messages speak of it.
who='the app'
[[ $name == app ]] || who="sidecar ${name#sidecar-}"

# Only DNS, which has the same address, is left of the metadata server: no container takes the VM's identity, whichever network
# it is in. (gcsfuse has the host's own network.) TCP is reset, since the kernel sends few ICMP answers a second: libraries
# that look for a metadata server would wait for them.
block_metadata_server() {
  local chain protocol
  for chain in DOCKER-USER INPUT; do
    for protocol in tcp udp; do
      local -a rule=('!' -i lo -d 169.254.169.254 -p "$protocol" '!' --dport 53 -j REJECT)
      [[ $protocol == udp ]] || rule+=(--reject-with tcp-reset)
      iptables -w -C "$chain" "${rule[@]}" 2>/dev/null || iptables -w -I "$chain" "${rule[@]}" || return
    done
  done
}

# Is there while the container is stopped because the rules could not be put back.
readonly open=$run/$name.metadata-server-open
readonly cannot_block="the metadata server could not be closed to $who"

wait_for_mounts() {
  local need
  for need in "${needs[@]}"; do
    until [[ $(cat "$run/state/$need" 2>/dev/null) == mounted* ]] && mount_lives "$run/$need/fs"; do
      set_state "$name" starting \
        "waiting for the mount at $(<"$config/$need/path"): $(cat "$run/state/$need" 2>/dev/null)"
      sleep 0.5
    done
  done
}

# The container's secrets are read whenever it starts, but what watch-metadata.sh has read just now.
wait_for_secrets() {
  local delay=1 reason
  [[ -e $settings/secrets || -e $settings/secret-files ]] || return 0
  ! rm "$config/secrets-$name/read-ahead" 2>/dev/null || return 0
  [[ ! -e $settings/secrets ]] || wait_for_image "$name" "$(<"$config/gcsfuse-image")"
  until reason=$(bash "$scripts/secrets.sh" "$config" "$name" 2>&1); do
    set_state "$name" starting "waiting for $reason"
    sleep "$delay"
    delay=$(next_delay "$delay" 60)
  done
  # Which may have taken long.
  wait_for_mounts
}

# Whether a sidecar is there for the app: healthy, ended for good, or started once since it was declared as it is.
sidecar_is_ready() {
  if [[ $(<"$config/$1/health-check") == true ]]; then
    [[ $(cat "$run/state/$1" 2>/dev/null) == @(live|stopped)* ]]
  else
    [[ -e $run/state/$1.started ]]
  fi
}

wait_for_sidecars() {
  local folder sidecar
  for folder in "$config"/sidecar-*/; do
    [[ -d $folder ]] || continue
    sidecar=$(basename "$folder")
    until sidecar_is_ready "$sidecar"; do
      set_state app starting "waiting for sidecar ${sidecar#sidecar-}: $(cat "$run/state/$sidecar" 2>/dev/null)"
      sleep 0.5
    done
  done
}

# create_network: in which the app and its sidecars find each other by name. Its packets are no larger than those of docker's
# own network, which knows what the VM's network takes.
create_network() {
  local network value mtu
  [[ -r $settings/network ]] || return 0
  network=$(<"$settings/network")
  if value=$(docker network inspect --format "{{index .Labels \"${label%%=*}\"}}" "$network" 2>/dev/null); then
    [[ $value == "${label#*=}" ]] && return
    printf "another program's network has the name '%s': remove it, or give it another name" "$network"
    return 1
  fi
  mtu=$(docker network inspect --format '{{index .Options "com.docker.network.driver.mtu"}}' bridge 2>/dev/null)
  docker network create "--label=$label" ${mtu:+"--opt=com.docker.network.driver.mtu=$mtu"} "$network"
}

# The container's mounts that there are.
mounts() {
  mounts_of "${needs[@]}"
}

# Whether a mount that the container was given is dead, or has been replaced: it would hold the dead one forever.
mount_lost() {
  local point
  [[ $(mounts) == "$given" ]] || return 0
  while read -r _ _ point; do
    [[ -z $point ]] || mount_lives "$point" || return 0
  done <<<"$given"
  return 1
}

# Has the id of the container that is stopped because it was given mounts that are no longer there: its end is not its own.
readonly replaced=$run/$name.mounts-replaced

# systemd restarts this unit together with a mount's; this is for a mount that was replaced while this unit started.
stop_if_mounts_change() {
  local id
  # By its id, and not longer than the unit's process is there: the name is the next container's then.
  id=$(own_container "$container")
  while [[ $(mounts) == "$given" ]] || { sleep 0.5; [[ $(mounts) == "$given" ]]; }; do
    sleep 2
    [[ -d /proc/$$ ]] || exit 0
  done
  printf '%s' "$id" >"$replaced"
  docker stop "${id:-$container}"
}

# A firewall that is loaded anew has lost the rules: they are put back, or the app is stopped.
keep_metadata_server_blocked() {
  local id
  id=$(own_container "$container")
  while sleep 10; do
    [[ -d /proc/$$ ]] || exit 0
    block_metadata_server || break
  done
  touch "$open"
  docker stop "${id:-$container}"
}

# Whether watch-metadata.sh has created the container for this declaration, while the one before served.
is_prepared() {
  [[ $name == app && $(cat "$run/prepared" 2>/dev/null) == "${config##*/}" ]]
}

take_prepared() {
  docker rename "$container-next" "$container" 2>/dev/null
}

create_container() {
  if is_prepared; then
    rm "$run/prepared"
    # The name may be the one's before still.
    ! take_prepared || return 0
    remove_container "$container"
    ! take_prepared || return 0
  fi
  remove_container "$container"
  bash "$scripts/create-container.sh" "$settings" "$container"
}

# Whether the container is the one that has been started beside the version before, which beside.sh says, and holds the mounts
# that there are now.
is_started_beside() {
  [[ $name == app && -s $run/takes-over ]] &&
    [[ $(<"$run/takes-over") == "$(printf '%s\n' "$(own_container "$container")" "$given")" ]] && container_runs
}

container_runs() {
  [[ $(docker inspect --format '{{.State.Running}}' "$container" 2>/dev/null) == true ]]
}

# Reports what the health check says, for as long as the container runs. docker does not restart what is not healthy, nor
# does this: it may be better than none.
watch_health() {
  local status said='' pause=0.5
  while :; do
    status=$(docker inspect --format '{{with .State.Health}}{{.Status}}{{end}}' "$container" 2>/dev/null)
    if [[ $status && $status != "$said" ]]; then
      case $status in
        healthy) set_state "$name" live '' ;;
        unhealthy) set_state "$name" starting "its health check fails: $(last_health_output)" ;;
        *) set_state "$name" starting 'its health check has not passed yet' ;;
      esac
      said=$status
    fi
    [[ $status != healthy ]] || pause=5
    sleep "$pause"
  done
}

last_health_output() {
  docker inspect --format '{{range .State.Health.Log}}{{println .Output}}{{end}}' "$container" 2>/dev/null |
    grep . | tail -n 1
}

# A container is live when every published TCP port takes a connection, and its checks pass. Goes on until it is; who
# waits for its end ends this, too.
wait_until_live() {
  local address='' port tries reason
  for port in "${tcp_ports[@]}"; do
    for ((tries = 1; ; tries++)); do
      [[ $address ]] || address=$(container_address "$container")
      takes_connection "$address" "$port" && break
      ((tries != 20)) || set_state "$name" starting "the container runs, but port $port takes no connection yet"
      sleep 0.2
    done
  done
  until container_runs; do
    sleep 0.2
  done
  ((${#http_check[@]} == 0)) || until reason=$(answers_http "$(container_address "$container")" "${http_check[@]}"); do
    set_state "$name" starting "the container runs, but $reason"
    sleep "${http_check[3]}"
  done
  [[ $health_check != true ]] || watch_health
  set_state "$name" live ''
  ((${#certificates_for[@]} == 0)) || watch_certificates
}

# watch_certificates: tells with the state what the log says of certificates. The container lives all the same: it asks again by
# itself, for as long as it takes.
watch_certificates() {
  local message
  while IFS= read -r message; do
    set_state "$name" live "$message"
  done < <(docker logs --follow "$container" 2>&1 | python3 "$scripts/certificates.py" "${certificates_for[@]}")
}

fail() {
  set_state "$name" starting "$1"
  exit 1
}

# blame REASON: for what ends a container because of its own declaration. Whether that is taken back is watch-metadata.sh's
# to decide.
blame() {
  printf '%s %s' "${config##*/}" "$1" >"$run/.blame.$$" && mv "$run/.blame.$$" "$run/blame"
}

fail_of_declaration() {
  [[ $1 == *[dD]'ocker daemon'* ]] || ! docker_runs || {
    if [[ $name == app ]]; then blame "$1"; else blame "$who: $1"; fi
  }
  fail "$1"
}

case $restart_policy in
  always | on-failure | no) ;;
  *) fail "the restart policy '$restart_policy' is not known" ;;
esac
# The time in which it is to come to life begins.
[[ $name != app ]] || { printf '%s' "${config##*/}" >"$run/.begun" && mv "$run/.begun" "$run/begun"; }
is_prepared || wait_for_image "$name" "$image"
wait_for_mounts
wait_for_secrets
[[ $name != app ]] || wait_for_sidecars
given=$(mounts)
[[ $metadata_server_access == true ]] || block_metadata_server || fail "$cannot_block"
reason=$(exec 9>"$run/network.lock" && flock 9 && create_network 2>&1) || fail "cannot create the network: $reason"
started_beside=
if is_started_beside; then
  started_beside=1
  rm "$run/takes-over"
else
  [[ $name != app ]] || rm -f "$run/takes-over"
  reason=$(create_container 2>&1) || fail_of_declaration "cannot create the container: $reason"
fi
[[ $name != app ]] || { printf '%s' "${config##*/}" >"$run/.running" && mv "$run/.running" "$run/running"; }
if [[ ! $started_beside ]]; then
  note_state "$name" starting 'the container starts'
  reason=$(docker start "$container" 2>&1 >/dev/null) || fail_of_declaration "cannot start the container: $reason"
fi
rm -f "$open" "$replaced"
[[ $name == app ]] || : >"$run/state/$name.started"
wait_until_live &
# Only now: reporting takes time, in which the one before has ended.
publish_state
stop_if_mounts_change >/dev/null &
[[ $metadata_server_access == true ]] || keep_metadata_server_blocked >/dev/null &
code=$(docker wait "$container")
# shellcheck disable=SC2046
kill $(jobs -p) 2>/dev/null
[[ $code ]] || fail 'docker is gone'

# Neither is an end of its own that the restart policy could have an opinion on.
[[ $(systemctl show --property SubState --value "$(unit_of "$name")" 2>/dev/null) != stop* ]] || exit 0
if mount_lost || [[ -s $replaced && $(<"$replaced") == "$(own_container "$container")" ]]; then
  fail 'a mount was lost'
fi
[[ ! -e $open ]] || fail "$cannot_block"

# With the policy "no", it may be done.
[[ $restart_policy == no && $code == 0 ]] || blame "$who ended with exit code $code"
case $restart_policy in
  always) fail "$who ended with exit code $code" ;;
  on-failure) ((code == 0)) || fail "$who ended with exit code $code" ;;
esac
set_state "$name" stopped "$who ended with exit code $code"

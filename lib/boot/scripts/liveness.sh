# shellcheck shell=bash
# Sourced by what runs a container, instead of common.sh: what it holds, and whether it answers.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

# mounts_of NEED...: the mounts that there are, as the kernel numbers them. The list is read at once: `read` goes back in it
# after each line, to a place that is another one if anything has been mounted meanwhile.
mounts_of() {
  local line id device point
  local -a lines
  mapfile -t lines </proc/self/mountinfo
  for line in "${lines[@]}"; do
    [[ $line == *" $run/"*'/fs '* ]] || continue
    read -r id _ device _ point _ <<<"$line"
    [[ $point == "$run"/*/fs ]] || continue
    point=${point#"$run/"}
    [[ " $* " != *" ${point%/fs} "* ]] || printf '%s %s %s\n' "$id" "$device" "$run/$point"
  done
}

container_address() {
  docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$1" 2>/dev/null
}

# takes_connection ADDRESS PORT
takes_connection() {
  [[ $1 ]] && timeout 2 bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null
}

# answers_http ADDRESS PORT HOST PATH INTERVAL STATUS: says what is missing, if anything is.
answers_http() {
  # Python takes none for this machine, where something else answers.
  [[ $1 ]] || {
    printf 'it has no address'
    return 1
  }
  python3 "$scripts/answers.py" "$@" 2>&1
}

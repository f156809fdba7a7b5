# shellcheck shell=bash
# owner.sh CONFIG NAME: writes the owner of a mount's files, or of the folders that a disk gets, to the file `owner` of its
# settings in a config folder, and leaves one that is there: UID:GID, and ` group` or ` everybody` if these may write, too.
# Prints the reason if it fails.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

config=$1
settings=$config/$2
# The folder of the container that has the mount.
owners=$config/$(<"$settings/container")
app_image=$(<"$owners/image")
container=$prefix$2-files
reason=

# image_file FILE: prints a file of the app's image; nothing if it has no such file.
image_file() {
  docker cp --follow-link "$container:$1" - 2>/dev/null | tar --extract --to-stdout 2>/dev/null
}

# field NAME FILE INDEX: a field of the line of /etc/passwd or /etc/group that starts with NAME.
field() {
  local -a fields
  while IFS=: read -r -a fields; do
    if [[ ${fields[0]:-} == "$1" ]]; then
      printf '%s' "${fields[$3]}"
      return
    fi
  done <<<"$2"
  return 1
}

# group_of_uid UID PASSWD: the group of a user that is given by number, 0 as docker has it where there is no such user.
group_of_uid() {
  local -a fields
  while IFS=: read -r -a fields; do
    if [[ ${fields[2]:-} == "$1" ]]; then
      printf '%s' "${fields[3]}"
      return
    fi
  done <<<"$2"
  printf 0
}

# given_id WHAT: reads what the mount's own options say, into the variable WHAT. Fails if that is no number.
given_id() {
  local value
  [[ -r $settings/$1 ]] || return 0
  value=$(<"$settings/$1")
  is_number "$value" || { reason="the $1 '$value' is not a number"; return 1; }
  printf -v "$1" '%s' "$value"
}

# take_owner_in_image GROUP: the group, too, unless GROUP is given.
# An app that starts as root may run its workers as another user, and only its image tells as whom: by the owner of the folder
# there. Where that is root, too, everybody may write: only containers that declare the mount have it.
take_owner_in_image() {
  local group mode
  read -r uid group mode <"$settings/image-owner"
  [[ $1 ]] || gid=$group
  [[ ! -e $settings/default-modes || $(<"$settings/default-modes") == true ]] || return 0
  if ((uid == 0 || 8#$mode & 8#2)); then
    writers=' everybody'
  elif ((8#$mode & 8#20)); then
    writers=' group'
  fi
}

# The user that the app runs as, by number: it must own the files, or its chmod would fail.
find_owner() {
  local user group passwd
  if [[ -r $owners/user ]]; then
    user=$(<"$owners/user")
  else
    user=$(docker image inspect --format '{{.Config.User}}' "$app_image") ||
      { reason="the user of $app_image could not be found"; return 1; }
  fi
  group=
  [[ $user == *:* ]] && group=${user#*:}
  user=${user%%:*}
  uid=0 gid=0
  passwd=$(image_file /etc/passwd)
  if is_number "$user"; then
    uid=$user
    gid=$(group_of_uid "$user" "$passwd")
  elif [[ -n $user ]]; then
    uid=$(field "$user" "$passwd" 2) || { reason="the image has no user '$user'"; return 1; }
    gid=$(field "$user" "$passwd" 3)
  fi
  if is_number "$group"; then
    gid=$group
  elif [[ -n $group ]]; then
    gid=$(field "$group" "$(image_file /etc/group)" 2) || { reason="the image has no group '$group'"; return 1; }
  fi
  if [[ $uid == 0 && -e $settings/image-owner && ! -e $settings/uid && ! -e $settings/gid ]]; then
    take_owner_in_image "$group"
  fi
  given_id uid && given_id gid || return
  { is_number "$uid" && is_number "$gid"; } || { reason="the user '$user' is '$uid:$gid' in the image"; return 1; }
}

# Secrets have no folder in the image.
look_at_folder() {
  [[ ! -e $settings/path ]] || reason=$(bash "$scripts/image-folder.sh" "$settings" "$container" 2>&1)
}

# look_up: in a container that is created to look into the image, and never run.
look_up() {
  reason=$(docker create --name "$container" --label "$label" --network none "$app_image" none 2>&1 >/dev/null) &&
    look_at_folder && find_owner
}

exec 9>"$run/owner.lock"
flock 9
[[ ! -e $settings/owner ]] || exit 0
writers='' found=
remove_container "$container"
look_up && found=1
remove_container "$container"
[[ $found ]] || { printf '%s' "$reason"; exit 1; }
printf '%s:%s%s\n' "$uid" "$gid" "$writers" >"$settings/.owner" && mv "$settings/.owner" "$settings/owner"

# shellcheck shell=bash
# disk.sh NAME: mounts a persistent disk. Ends only when a disk that worked has gone or failed: systemd then starts it again,
# and the containers that use it with it.
#
# The file system has the file .gcs-backed-container-app: the disk's name in Compute Engine, and the folder of the file system
# that the container sees. A disk without it is somebody else's.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"

name=disk-$1
settings=$config/$name
folder=$run/$name
# The file system as a whole, and the part that the container sees.
whole=$folder/disk
shown=$folder/fs
device=${DEVICE_FOLDER:-/dev/disk/by-id}/google-$1
image=$(<"$config/$(<"$settings/container")/image")
path=$(<"$settings/path")
# Compute Engine's name of the disk; empty for an existing one.
disk=$(cat "$settings/disk" 2>/dev/null)
readonly mark=.gcs-backed-container-app
reason=

# ask PROGRAM ARGUMENT...: what it says, in `answer`; also in `reason` if it fails, in one line.
ask() {
  local status
  answer=$("$@" 2>&1)
  status=$?
  ((status == 0)) || reason="${1##*/}: ${answer//$'\n'/ }"
  return "$status"
}

wait_for_device() {
  until [[ -e $device ]]; do
    set_state "$name" starting "waiting for the disk: $device is not attached to the VM"
    sleep 1
  done
}

# find_kind: what blkid knows the content by, in `kind`: empty for nothing.
find_kind() {
  local text status
  text=$(blkid --probe --output export "$device" 2>&1)
  status=$?
  kind=
  case $status in
    2) return 0 ;;
    0)
      kind=$(sed -n 's/^\(PT\|\)TYPE=//p' <<<"$text" | head -n 1)
      kind=${kind:-something that blkid does not name} ;;
    *) reason="it cannot be read: blkid ($status): ${text//$'\n'/ }"; return 1 ;;
  esac
}

# format_disk: an ext4 file system with the mark, of which no block is used before it is complete. The note at the end tells
# the next start that nothing of a half-made one matters. Nothing else of the disk is written (nodiscard).
format_disk() {
  local template=$run/$name.template most
  set_state "$name" starting 'formatting the blank disk'
  ask python3 "$scripts/disk.py" most "$device" || return
  most=$answer
  rm -rf "$template"
  mkdir -p "$template" && printf '%s data\n' "${disk:-$1}" >"$template/$mark" || return
  ask python3 "$scripts/disk.py" begin-format "$device" &&
    ask mkfs.ext4 -q -m 0 -E nodiscard,root_owner=0:0 -L "${1:0:16}" -d "$template" "$device" "${most}k" &&
    ask sync "$device" &&
    ask python3 "$scripts/disk.py" end-format "$device" || return
  rm -rf "$template"
  log "$name: the blank disk has been formatted"
}

# prepare_content NAME: there is an ext4 file system on the disk that may be used, or will be soon. A disk is formatted only if
# every sign says that nobody has written to it.
prepare_content() {
  local state
  find_kind || return
  ask python3 "$scripts/disk.py" look "$device" || { reason="it cannot be read: $reason"; return 1; }
  state=$answer
  if [[ $state == formatting && ($kind == '' || $kind == ext4) ]]; then
    # Its note goes before it is mounted for the first time: no file can be in it.
    format_disk "$1"
  elif [[ $kind == ext4 ]]; then
    return 0
  elif [[ $kind ]]; then
    reason="it has $kind, and is not touched: only a blank disk is formatted, and only ext4 without partitions is mounted"
    return 1
  elif [[ $state == blank ]]; then
    format_disk "$1"
  else
    reason="it has data at byte ${state#used }, but no file system, and is not touched: if nobody needs the data, clear the disk, or give another one"
    return 1
  fi
}

# unmount_whole: who looks at the VM's mounts may be in it for a moment.
unmount_whole() {
  local tries
  for ((tries = 1; tries <= 20; tries++)); do
    ask umount "$whole" && return
    sleep 0.2
  done
  return 1
}

# read_mark: whose file system it is, before anything is written to it: the words of the mark in `marked` and `part`.
read_mark() {
  local whose
  ask mount -t ext4 -o ro,noload,nosuid,nodev "$device" "$whole" ||
    { reason="its file system cannot be read: $reason; $repair"; return 1; }
  read -r marked part < <(python3 "$scripts/disk.py" read-mark "$whole")
  unmount_whole || return
  [[ $disk && $marked != "$disk" && ! -e $settings/any-mark ]] || return 0
  whose=${marked:+"the disk $marked"}
  reason="it has the file system of ${whose:-another program}, and is not touched: attach the disk $disk, or give this one as existingDisk"
  return 1
}

readonly repair="nothing on it was changed: restore a snapshot (sourceSnapshot), or take one and repair it with e2fsck -f $device"

# check_file_system: what a power cut leaves behind is put right; what needs a decision is left.
check_file_system() {
  local status
  set_state "$name" starting 'checking the file system'
  answer=$(e2fsck -p "$device" 2>&1)
  status=$?
  # 1: repaired. 2: also, and a reboot is asked for only where the file system is mounted.
  if ((status > 3)); then
    reason="its file system is damaged (e2fsck $status): $(tail -n 2 <<<"$answer" | tr '\n' ' '); $repair"
    return 1
  fi
}

grow_file_system() {
  local most
  most=$(python3 "$scripts/disk.py" growth "$device" 2>/dev/null)
  [[ $most ]] || return 0
  if ask resize2fs "$device" "${most}K"; then
    log "$name: the file system has grown to $most KiB"
  else
    log "$name: the file system could not be grown: $reason"
  fi
}

# write_mark: it says of a file system from elsewhere that it is this disk's now. Without a mark before, all of it is shown.
write_mark() {
  [[ $disk && $marked != "$disk" ]] || return 0
  part=${part:-.}
  ask python3 "$scripts/disk.py" write-mark "$whole" "$disk" "$part"
}

# copy_image_files FOLDER: what the container's image has at the path, with owners and modes. An image without it has an empty
# folder there, of the user that the container runs as.
copy_image_files() {
  local container=$prefix$name-image status owner
  remove_container "$container"
  ask docker create --name "$container" --label "$label" --network none "$image" none || return
  set_state "$name" starting "copying the image's files to the empty disk"
  docker cp "$container:$path/." - 2>"$run/$name.cp" |
    tar --extract --directory "$1" --same-owner --same-permissions --numeric-owner --xattrs --xattrs-include='*' 2>"$run/$name.tar"
  status=("${PIPESTATUS[@]}")
  remove_container "$container"
  case "${status[*]}" in
    '0 0') return 0 ;;
  esac
  reason="the image's files cannot be copied: $(cat "$run/$name.cp" "$run/$name.tar" | tr '\n' ' ')"
  [[ $(<"$run/$name.cp") == *'ould not find the file'* ]] || return 1
  reason=$(bash "$scripts/owner.sh" "$config" "$name" 2>&1) || return
  IFS=' ' read -r owner _ <"$settings/owner"
  ask chown "$owner" "$1"
}

# fill_disk: once, completely or not at all.
fill_disk() {
  local new=$whole/.$part.new
  if [[ -e $whole/$part || -L $whole/$part ]]; then
    [[ -d $whole/$part && ! -L $whole/$part ]] || { reason="its $part is no folder"; return 1; }
    return 0
  fi
  rm -rf "$new"
  ask mkdir "$new" && copy_image_files "$new" && ask sync --file-system "$new" && ask mv -T "$new" "$whole/$part" &&
    ask sync --file-system "$whole"
}

# take_disk NAME: the disk is mounted, and everything is ready for the container.
take_disk() {
  if ! { unmount_disk "$folder" && prepare_folder "$folder" "$name" 0700 disk fs; }; then
    reason="the folder $folder could not be created"
    return 1
  fi
  prepare_content "$1" && read_mark && check_file_system || return
  real=$(readlink --canonicalize "$device")
  # Programs with setuid bits work as they do in the image: nobody else on the VM can reach the folder.
  ask mount -t ext4 -o nodev,errors=remount-ro "$device" "$whole" || return
  size=$(blockdev --getsize64 "$device")
  write_mark || return
  if [[ $marked || $disk ]]; then
    part=${part:-data}
    grow_file_system
    fill_disk && reason=$(bash "$scripts/disk-folders.sh" "$config" "$name" "$whole/$part" 2>&1) || return
  fi
  ask mount --bind "$whole/${part:-.}" "$shown"
}

# watch_disk: returns once the disk has gone or failed, with the reason. Grows the file system when the disk has grown.
watch_disk() {
  local options now
  while sleep 2; do
    if [[ $(readlink --canonicalize "$device") != "$real" || ! -e $real ]]; then
      reason='it is not attached any more'
      return
    fi
    options=$(findmnt --noheadings --output FS-OPTIONS --mountpoint "$whole")
    if [[ ,$options, != *,rw,* || $options == *emergency_ro* || $options == *shutdown* ]]; then
      reason="its file system has failed, and takes no writes (${options:-it is not mounted})"
      return
    fi
    now=$(blockdev --getsize64 "$device" 2>/dev/null)
    if [[ $now && $now != "$size" ]]; then
      size=$now
      grow_file_system
    fi
  done
}

delay=1
while :; do
  # Another declaration has taken this one's place, with the same disk: the next start has its files.
  [[ -d $settings ]] || exit 1
  wait_for_device
  wait_for_image "$name" "$image"
  set_state "$name" starting 'mounting'
  ! take_disk "$1" || break
  unmount_disk "$folder"
  set_state "$name" starting "the disk cannot be used: $reason"
  sleep "$delay"
  delay=$(next_delay "$delay" 10)
done
set_state "$name" mounted "with $((size >> 30)) GB"
watch_disk
set_state "$name" starting "the disk has gone: $reason"
exit 1

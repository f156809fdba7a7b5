#!/bin/sh
# Waits for the end of its standard input, which is the end of the test run that holds it, however that ended (also by
# Ctrl-C or kill -9). Then it ends what the run left running and removes the run's folder. FOLDER RUN_ID
set -u
folder=$1
run=$2
cat >/dev/null

# Whatever the run started has its id in the environment.
left() {
  grep -lzsx -e "TEST_RUN_ID=$run" /proc/[0-9]*/environ | cut -d / -f 3
}

if [ "$(uname)" = Linux ]; then
  # Without containerd dockerd could not end its containers: it ends containerd itself.
  for pid in $(left); do
    case $(cat "/proc/$pid/comm" 2>/dev/null) in
    containerd*) ;;
    *) kill -s TERM "$pid" 2>/dev/null ;;
    esac
  done
  tries=0
  while [ -n "$(left)" ] && [ $tries -lt 100 ]; do
    sleep 0.2
    tries=$((tries + 1))
  done
  for pid in $(left); do kill -s KILL "$pid" 2>/dev/null; done

  awk -v prefix="$folder/" 'index($2, prefix) == 1 { print $2 }' /proc/self/mounts | sort -r |
    while read -r mount; do umount --lazy "$mount"; done
  losetup --list --noheadings --output NAME,BACK-FILE 2>/dev/null |
    awk -v prefix="$folder/" 'index($2, prefix) == 1 { print $1 }' |
    while read -r device; do losetup --detach "$device"; done
  # What is still mounted there is not the run's to delete.
  rm -rf --one-file-system "$folder"
else
  rm -rf "$folder"
fi

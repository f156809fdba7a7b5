# shellcheck shell=bash
# secrets.sh CONFIG CONTAINER: reads the secrets of a container, in the folder of that name in a config folder, into
# secrets-CONTAINER beside it, for the user that the container runs as. In memory, as all of that is. Prints what it waits
# for if it fails.
# shellcheck source=common.sh
source "${BASH_SOURCE[0]%/*}/common.sh"
umask 077

config=$1
settings=$config/$2
folder=$config/secrets-$2
answers=$folder/answers
# Where the values are given to the machine, each in a file, instead of read from Secret Manager.
given=${SECRETS_FOLDER:-}

fail() {
  rm -rf "$answers"
  printf '%s' "$1"
  exit 1
}

# The versions that are needed, each once.
versions() {
  local entry file
  local -a entries
  local -A seen=()
  for file in secrets secret-files; do
    [[ -e $settings/$file ]] || continue
    mapfile -d '' -t entries <"$settings/$file"
    for entry in "${entries[@]}"; do
      [[ ${seen[${entry##*=}]:-} ]] || printf '%s\0' "${entry##*=}"
      seen[${entry##*=}]=1
    done
  done
}

# The access token of the machine's identity goes into a file of its own: arguments can be read by others.
write_authorization() {
  local answer
  answer=$(curl --silent --show-error --fail --max-time 10 --header 'Metadata-Flavor: Google' \
    "$metadata/service-accounts/default/token" 2>&1) || fail "the secrets: the metadata server gives no access token: $answer"
  [[ $answer =~ \"access_token\":\ *\"([^\"]+)\" ]] || fail 'the secrets: the metadata server gives no access token'
  printf 'Authorization: Bearer %s\n' "${BASH_REMATCH[1]}" >"$answers/authorization"
}

# ask VERSION FOLDER
ask() {
  local reason
  : >"$2/body"
  reason=$(curl --silent --show-error --max-time 20 --header "@$answers/authorization" --output "$2/body" \
    --write-out '%{http_code}' "https://secretmanager.googleapis.com/v1/$1:access" 2>&1 >"$2/status") ||
    fail "secret $1: $reason"
}

# take VERSION FOLDER
take() {
  local name=${1%/versions/*}
  cp "$given/${name//\//,}" "$2/value" 2>/dev/null ||
    fail "secret $name: its value has not been given since this machine started: run npx gcs-backed-container-app secrets ${prefix%-}"
}

{ rm -rf "$answers" && mkdir -p "$answers"; } || fail "the secrets: $answers could not be created"
versions >"$answers/names"
mapfile -d '' -t names <"$answers/names"
[[ $given ]] || write_authorization
for index in "${!names[@]}"; do
  mkdir "$answers/$index"
  if [[ $given ]]; then
    take "${names[index]}" "$answers/$index"
  else
    ask "${names[index]}" "$answers/$index"
  fi
done
reason=$(python3 "$scripts/secret_values.py" write "$answers" "$folder" "$settings" 2>&1) || fail "$reason"

printf '%s' "$2" >"$folder/container"
reason=$(bash "$scripts/owner.sh" "$config" "secrets-$2" 2>&1) || fail "the secrets: their owner is not known: $reason"
IFS=: read -r uid gid <"$folder/owner"
# An image that starts as root goes on as another user, who reads its files.
mode=0400
((uid != 0)) || mode=0444
# give MODE FILE
give() {
  { chmod "$1" "$2" && chown "$uid:$gid" "$2"; } || fail "the secrets: $2 cannot be given to $uid:$gid"
}
give 0400 "$folder/environment"
for file in "$folder"/file-*; do
  [[ ! -e $file ]] || give "$mode" "$file"
done
rm -rf "$answers"

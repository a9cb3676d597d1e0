#!/bin/sh
# platen-node: says to the Platen appliance what this machine has, and does what it is told. Needs a POSIX shell and curl.
#
#   platen-node boot   once at each start: says it within PLATEN_PATIENCE seconds, or lets the machine go on with what it has
#   platen-node stay   for the rest of the time: what could not be said yet, health, and orders
#
# /etc/platen/node.conf has the address of the appliance; /etc/platen/node.header the secret. docs/platen-node.md
set -u

PLATEN_CONF=${PLATEN_CONF:-/etc/platen/node.conf}
PLATEN_PATIENCE=30
PLATEN_POLL=50
PLATEN_RETRY=15
PLATEN_HEALTH_EVERY=300
PLATEN_HEALTH_LIMIT=60
PLATEN_HEADER=/etc/platen/node.header
PLATEN_CA=/etc/platen/ca.pem
PLATEN_HEALTH=/etc/platen/health.d
PLATEN_RECORD=/var/lib/platen/record.json
PLATEN_RUN=/run/platen-node
PLATEN_SYS=/sys
PLATEN_PROC=/proc
PLATEN_RESTART='systemctl reboot || reboot'
# shellcheck source=/dev/null
. "$PLATEN_CONF"

say() { echo "platen-node: $*"; }
now() { cut -d. -f1 "$PLATEN_PROC/uptime"; }

# Where the appliance speaks HTTPS, by its CA and no other.
fetch() {
  if [ -r "$PLATEN_CA" ]; then curl --silent --cacert "$PLATEN_CA" "$@"; else curl --silent "$@"; fi
}

# The CA may be changed: the next one comes by way of the one before, once a day.
follow_ca() {
  [ -n "$(find "$PLATEN_CA" -mtime +0 2>/dev/null)" ] || return 0
  fetch --fail --max-time 20 --output "$PLATEN_RUN/ca" "$PLATEN_URL/ca.pem" || return 0
  grep -q 'BEGIN CERTIFICATE' "$PLATEN_RUN/ca" && cp "$PLATEN_RUN/ca" "$PLATEN_CA.new" && mv "$PLATEN_CA.new" "$PLATEN_CA"
}

# ask SECONDS PATH [BODY]: the answer on standard output. 0: answered, 1: refused for good, 2: nobody is there now.
ask() {
  status=$(fetch --max-time "$1" --output "$PLATEN_RUN/answer" --write-out '%{http_code}' \
    --header "@$PLATEN_HEADER" ${3:+--header 'content-type: text/plain' --data-binary "@$3"} "$PLATEN_URL/node/v1$2") || status=000
  case $status in
    2??) cat "$PLATEN_RUN/answer" ;;
    401 | 403 | 404 | 409) return 1 ;;
    *) return 2 ;;
  esac
}

# The disk that the root is on: through partitions and through what is made of one disk.
root_disk() {
  at=$(awk '$5 == "/" { print $3 }' "$PLATEN_PROC/self/mountinfo" | tail -n 1)
  path=$(cd "$PLATEN_SYS/dev/block/$at" 2>/dev/null && pwd -P) || {
    # Filesystems over several devices have a number of their own: by the name of the device.
    from=$(awk '$5 == "/" { for (i = 7; i < NF; i++) if ($i == "-") print $(i + 2) }' "$PLATEN_PROC/self/mountinfo" | tail -n 1)
    path=$(cd "$PLATEN_SYS/class/block/${from##*/}" 2>/dev/null && pwd -P) || return 1
  }
  for lower in "$path"/slaves/*; do
    [ -e "$lower" ] && path=$(cd "$lower" && pwd -P)
  done
  [ -e "$path/partition" ] && path=${path%/*}
  echo "$path"
}

first_of() {
  for file in "$@"; do
    [ -r "$file" ] && text=$(tr -d '\0' <"$file" 2>/dev/null) && [ -n "$text" ] && echo "$text" && return 0
  done
  return 1
}

# As the agent of the boot OS reads it, or the same disk would have two names.
disk_words() {
  disk=$(root_disk) || return 0
  serial=$(first_of "$disk/serial" "$disk/device/serial") ||
    serial=$(tail -c +5 "$disk/device/vpd_pg80" 2>/dev/null | tr -d '\0')
  [ -n "$serial" ] && echo "disk serial $serial"
  wwid=$(first_of "$disk/wwid" "$disk/device/wwid") || return 0
  case $wwid in
    t10.*) ;;
    naa.*) echo "disk wwn 0x${wwid#naa.}" ;;
    *) echo "disk wwn $wwid" ;;
  esac
}

limited() { if command -v timeout >/dev/null; then timeout "$PLATEN_HEALTH_LIMIT" "$@"; else "$@"; fi; }

health_words() {
  isGood=unknown
  for check in "$PLATEN_HEALTH"/*; do
    [ -f "$check" ] && [ -x "$check" ] || continue
    [ "$isGood" = unknown ] && isGood=yes
    limited "$check" >"$PLATEN_RUN/check" 2>&1 </dev/null && continue
    isGood=no
    echo "health bad ${check##*/} $(tail -n 1 "$PLATEN_RUN/check" | tr -d '\0' | cut -c1-200)"
  done
  [ "$isGood" = yes ] && echo 'health good'
}

words() {
  echo "boot $(cat "$PLATEN_PROC/sys/kernel/random/boot_id")"
  [ "$1" = boot ] && echo 'starting yes'
  [ -e "$PLATEN_RUN/unsaid" ] && echo "late $(($(now) - $(cat "$PLATEN_RUN/unsaid")))"
  disk_words
  [ -r "$PLATEN_RECORD" ] && echo "record $(head -c 30000 "$PLATEN_RECORD" | tr -d '\n')"
  [ "$1" = stay ] && health_words
}

# tell WHEN SECONDS: says what there is, and does what the answer says.
tell() {
  words "$1" >"$PLATEN_RUN/words"
  answer=$(ask "$2" /present "$PLATEN_RUN/words") || return $?
  rm -f "$PLATEN_RUN/unsaid"
  obey "$answer"
}

obey() {
  order=${1%% *}
  case $order in
    '' | go-on) ;;
    restart)
      say "told to restart: ${1#restart }"
      sh -c "$PLATEN_RESTART" || say 'the restart failed'
      # The system goes down now; asked again at once, it would be told the same.
      sleep "$PLATEN_RETRY"
      ;;
    *) say "an order that this program does not know: $order" ;;
  esac
}

boot() {
  began=$(now)
  until tell boot 10; do
    [ $? = 1 ] && say 'the appliance does not know this machine: going on' && return 0
    if [ $(($(now) - began)) -ge "$PLATEN_PATIENCE" ]; then
      echo "$began" >"$PLATEN_RUN/unsaid"
      say "no answer from $PLATEN_URL in $PLATEN_PATIENCE seconds: going on, and saying so later"
      return 0
    fi
    sleep 1
  done
}

stay() {
  checked=
  boot_id=$(cat "$PLATEN_PROC/sys/kernel/random/boot_id")
  while :; do
    if [ -z "$checked" ] || [ -e "$PLATEN_RUN/unsaid" ] || [ $(($(now) - checked)) -ge "$PLATEN_HEALTH_EVERY" ]; then
      tell stay 20 || { sleep "$PLATEN_RETRY"; continue; }
      checked=$(now)
      follow_ca
    fi
    answer=$(ask $((PLATEN_POLL + 15)) "/orders?boot=$boot_id&wait=$PLATEN_POLL") || { sleep "$PLATEN_RETRY"; continue; }
    obey "$answer"
  done
}

mkdir -p "$PLATEN_RUN" && chmod 700 "$PLATEN_RUN" || exit 1
case ${1:-} in
  boot) boot ;;
  stay) stay ;;
  *)
    echo 'usage: platen-node boot|stay' >&2
    exit 64
    ;;
esac

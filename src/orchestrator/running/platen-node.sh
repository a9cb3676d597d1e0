#!/bin/sh
# platen-node: says to the Platen appliance what this machine has, and does what it is told. Needs a POSIX shell and curl.
#
#   platen-node boot   once at each start: says it within PLATEN_PATIENCE seconds, or lets the machine go on with what it has
#   platen-node stay   for the rest of the time: what could not be said yet, health, and orders
#   platen-node apply  by itself, for an order: brings, installs and checks the packages of a job
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
PLATEN_INSTALLS=yes
PLATEN_STAGE=/var/lib/platen/packages
PLATEN_CHECK=/var/lib/platen/roll-out-check
PLATEN_BEAT=10
PLATEN_ROOT=
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
  said=$PLATEN_RUN/${PLATEN_ANSWER:-answer}
  : >"$said"
  status=$(fetch --max-time "$1" --output "$said" --write-out '%{http_code}' \
    --header "@$PLATEN_HEADER" ${3:+--header 'content-type: text/plain' --data-binary "@$3"} "$PLATEN_URL/node/v1$2") || status=000
  case $status in
    2??) cat "$said" ;;
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

# A roll-out that has come to this machine may want to know something of its own.
bring_check() {
  PLATEN_ANSWER=program ask 20 /health-program >"$PLATEN_RUN/program.new" || return 0
  if [ -s "$PLATEN_RUN/program.new" ]; then
    mkdir -p "${PLATEN_CHECK%/*}" && cp "$PLATEN_RUN/program.new" "$PLATEN_CHECK" && chmod 700 "$PLATEN_CHECK"
  else
    rm -f "$PLATEN_CHECK"
  fi
}

health_words() {
  isGood=unknown
  bring_check
  for check in "$PLATEN_HEALTH"/* "$PLATEN_CHECK"; do
    [ -f "$check" ] && [ -x "$check" ] || continue
    [ "$isGood" = unknown ] && isGood=yes
    limited "$check" >"$PLATEN_RUN/check" 2>&1 </dev/null && continue
    isGood=no
    echo "health bad ${check##*/} $(tail -n 1 "$PLATEN_RUN/check" | tr -d '\0' | cut -c1-200)"
  done
  [ "$isGood" = yes ] && echo 'health good'
}

can_install() { [ "$PLATEN_INSTALLS" = yes ] && command -v sha256sum >/dev/null && command -v base64 >/dev/null; }

words() {
  echo "boot $(cat "$PLATEN_PROC/sys/kernel/random/boot_id")"
  [ "$1" = boot ] && echo 'starting yes'
  [ -e "$PLATEN_RUN/unsaid" ] && echo "late $(($(now) - $(cat "$PLATEN_RUN/unsaid")))"
  can_install && echo 'installs yes'
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
    install)
      # shellcheck disable=SC2086
      set -- $1
      install_packages "$2" "$3"
      ;;
    *) say "an order that this program does not know: $order" ;;
  esac
  return 0
}

# insist SECONDS PATH BODY: asks until somebody answers. 1: refused for good.
insist() {
  until ask "$@"; do
    [ $? = 1 ] && return 1
    sleep "$PLATEN_RETRY"
  done
}

beat() {
  PLATEN_ANSWER=beat
  : >"$PLATEN_RUN/nothing"
  while sleep "$PLATEN_BEAT"; do
    order=$(ask 20 "/installs/$1/beat?lease=$2" "$PLATEN_RUN/nothing") || continue
    [ "$order" = continue ] || return 0
  done
}

# install_packages JOB LEASE: does it in a process of its own, says meanwhile that it goes on, and then how it ended.
install_packages() {
  say "installs packages, job $1"
  began=$(now)
  beat "$1" "$2" &
  beating=$!
  rm -f "$PLATEN_RUN/why"
  if sh "$0" apply "$1" "$2" >"$PLATEN_RUN/log" 2>&1 </dev/null; then
    first="done $(($(now) - began))"
  else
    first="failed $(($(now) - began)) $(head -n 1 "$PLATEN_RUN/why" 2>/dev/null || echo 'script it ended without a reason')"
  fi
  kill "$beating" 2>/dev/null
  wait "$beating" 2>/dev/null
  rm -rf "$PLATEN_STAGE"
  say "packages of job $1: $first"
  { echo "$first"; tail -c 60000 "$PLATEN_RUN/log" | tr -d '\0'; } >"$PLATEN_RUN/end"
  insist 60 "/installs/$1/end?lease=$2" "$PLATEN_RUN/end" >"$PLATEN_RUN/record" || { say "job $1 is somebody else's by now"; return 0; }
  # How it is now is said soon.
  checked=
  [ -s "$PLATEN_RUN/record" ] || return 0
  cp "$PLATEN_RUN/record" "$PLATEN_RECORD.new" && sync && mv "$PLATEN_RECORD.new" "$PLATEN_RECORD"
  words record >"$PLATEN_RUN/words"
  insist 60 "/installs/$1/record?lease=$2" "$PLATEN_RUN/words" >/dev/null || say "job $1 is somebody else's by now"
  return 0
}

# --- apply: carries out a plan. Its lines are told in install-plan.ts of the appliance; fields are parted by tabs.

# fail WORD TEXT: the first reason counts.
fail() {
  echo "platen-node: $2"
  [ -e "$PLATEN_RUN/why" ] || echo "$1 $2" >"$PLATEN_RUN/why"
  return 1
}

digest_of() { sha256sum <"$1" | cut -c1-64; }
# A colon would part the words of a search path.
stage_of() { echo "$PLATEN_STAGE/$(echo "$1_$2" | tr : %)"; }

# bring NAME VERSION DIGEST FILE
bring() {
  [ -e "$4" ] && return 0
  mkdir -p "${4%/*}" || { fail fetch "there is no room for $1 $2"; return 1; }
  fetch --fail --max-time 3600 --header "@$PLATEN_HEADER" --output "$4.part" "$PLATEN_URL/node/v1/packages/$1/$2/files/$3" ||
    { fail fetch "a file of $1 $2 could not be fetched"; return 1; }
  [ "$(digest_of "$4.part")" = "$3" ] || { rm -f "$4.part"; fail fetch "a file of $1 $2 came with another content"; return 1; }
  mv "$4.part" "$4"
}

# run_script NAME VERSION WHICH
run_script() {
  here=$(stage_of "$1" "$2")
  script=$here/scripts/$3
  chmod 755 "$script"
  interpreter=
  [ "$(head -c 2 "$script")" = '#!' ] || interpreter=sh
  disk=$(root_disk) || disk=
  mkdir -p "$here/files"
  echo "platen-node: $3 of $1 $2"
  PLATEN_PACKAGE=$here/files PLATEN_PACKAGE_NAME=$1 PLATEN_PACKAGE_VERSION=$2 PLATEN_JOB=$job PLATEN_SYSTEM=running \
    PLATEN_DISK=${disk:+/dev/${disk##*/}} DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true $interpreter "$script" </dev/null && return 0
  if [ "$3" = verify ]; then fail check "$1 $2 says that it is not as it should be"; else fail script "the script $3 of $1 $2 failed"; fi
}

# place NAME VERSION PATH MODE TO. Under another name first: what runs from the old file meanwhile keeps it.
place() {
  to=$PLATEN_ROOT$5
  mkdir -p "${to%/*}" && cp "$(stage_of "$1" "$2")/files/$3" "$to.platen-new" && chmod "$4" "$to.platen-new" && mv -f "$to.platen-new" "$to" ||
    fail script "$5 of $1 $2 could not be written"
}

# text MODE OWNER TO =BASE64
text() {
  to=$PLATEN_ROOT$3
  mkdir -p "${to%/*}" && echo "${4#=}" | base64 -d >"$to.platen-new" && chmod "$1" "$to.platen-new" && chown "$2" "$to.platen-new" &&
    mv -f "$to.platen-new" "$to" || fail script "$3 could not be written"
}

same() {
  [ -f "$PLATEN_ROOT$4" ] && [ "$(digest_of "$PLATEN_ROOT$4")" = "$3" ] || fail check "$4 of $1 $2 is not as it was installed"
}

dpkg_check() {
  has=$(dpkg-query -W -f='${db:Status-Status} ${Version}' "$1")
  [ "$has" = "installed $2" ] || { fail check "dpkg says of $1: $has"; return 1; }
  changed=$(dpkg --verify "$1" | grep -v '^[^ ]* *c ')
  [ -z "$changed" ] || fail check "files of $1 $2 were changed: $(echo "$changed" | head -n 1)"
}

dpkg_install() {
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true dpkg --force-confdef --force-confold -i $debs </dev/null && debs= && return 0
  debs=
  fail script 'dpkg could not install it'
}

act() {
  case $1 in
    fetch) bring "$2" "$3" "$4" "$(stage_of "$2" "$3")/files/$5" ;;
    script) bring "$2" "$3" "$4" "$(stage_of "$2" "$3")/scripts/$5" ;;
    run) run_script "$2" "$3" "$4" ;;
    place) place "$2" "$3" "$4" "$5" "$6" ;;
    text) text "$2" "$3" "$4" "$5" ;;
    drop) rm -f "$PLATEN_ROOT$2" ;;
    same) same "$2" "$3" "$4" "$5" ;;
    deb) debs="$debs $(stage_of "$2" "$3")/files/$4" ;;
    dpkg) dpkg_install ;;
    purge) DEBIAN_FRONTEND=noninteractive dpkg --purge "$2" </dev/null || fail script "$2 could not be removed" ;;
    dpkg-check) dpkg_check "$2" "$3" ;;
    *) fail script "the plan says $1, which this program does not know" ;;
  esac
}

# part_of PLAN NAME: in the order in which it stands. `back` goes on whatever fails.
part_of() {
  part= debs= went=0
  while IFS=$tab read -r a b c d e f; do
    [ "$a" = part ] && part=$b && continue
    [ "$part" = "$2" ] || continue
    act "$a" "$b" "$c" "$d" "$e" "$f" && continue
    went=1
    [ "$2" = back ] || return 1
  done <"$1"
  return $went
}

apply() {
  tab=$(printf '\t') job=$1
  umask 022
  rm -rf "$PLATEN_STAGE"
  mkdir -p "$PLATEN_STAGE" && chmod 700 "$PLATEN_STAGE" || { fail fetch "$PLATEN_STAGE cannot be made"; return 1; }
  PLATEN_ANSWER=plan
  ask 60 "/installs/$1?lease=$2" >"$PLATEN_STAGE/plan" || { fail fetch 'the plan of the job could not be fetched'; return 1; }
  part_of "$PLATEN_STAGE/plan" fetch || return 1
  part_of "$PLATEN_STAGE/plan" change && return 0
  echo 'platen-node: what was there before is put back'
  part_of "$PLATEN_STAGE/plan" back || echo 'platen-node: not all of it could be put back'
  return 1
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
  apply) apply "$2" "$3" ;;
  *)
    echo 'usage: platen-node boot|stay|apply JOB LEASE' >&2
    exit 64
    ;;
esac

#!/bin/sh
# Installs the Debian packages that it is told, for their programs alone: none of their services starts, neither now nor when the machine
# starts again. Services that the machine had before stay as they are. Run as root; setup.sh does.
set -eu
root=${PLATEN_SETUP_ROOT-} # of a test; else the machine's own
policy=$root/usr/sbin/policy-rc.d
kept=$policy.before-platen
mark='for the time of setup/install-programs.sh'
export LC_ALL=C

# Two at a time would take each other's policy for the machine's own.
exec 9>"$root/run/platen-setup.lock"
flock 9

# One a line: scripts of init.d, and units that somebody could have enabled.
services() { ls "$root/etc/init.d" "$root/lib/systemd/system" 2>/dev/null | grep -E '^[^.:/]+$|^[^@]+\.(service|socket|timer)$' | sort -u || true; }
put_back() {
  if grep -qs "$mark" "$policy"; then rm "$policy"; fi
  if [ -e "$kept" ]; then mv "$kept" "$policy"; fi
}
# What one before left, that was killed.
put_back
trap put_back EXIT
trap 'exit 130' HUP INT TERM
before=$(services)
[ ! -e "$policy" ] || mv "$policy" "$kept"
# invoke-rc.d and deb-systemd-invoke ask this program; 101 is "not allowed".
printf '#!/bin/sh\n# %s\nexit 101\n' "$mark" >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
install() { apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"; }
status=0
install "$@" || { apt-get update -q && install "$@"; } || status=$?

# Also after a failure: some of them may be there.
for service in $(services); do
  ! echo "$before" | grep -qxF -e "$service" || continue
  case $service in
    *.*) ! command -v systemctl >/dev/null || systemctl disable --quiet "$service" ;;
    # A script that starts in no runlevel has nothing to turn off, and update-rc.d takes it for an error.
    *) ! grep -q '^# Default-Start:[[:space:]]*[^[:space:]]' "$root/etc/init.d/$service" || update-rc.d "$service" disable ;;
  esac || status=$?
done
exit "$status"

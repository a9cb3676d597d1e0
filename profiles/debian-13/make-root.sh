#!/bin/sh
# Makes components/root.tar.zst: a Debian 13 root filesystem with kernel, systemd, SSH and GRUB, by mmdebstrap. Runs as root.
# PLATEN_DEBIAN_MIRROR names another mirror. Same packages, same bytes: what a package makes by chance is taken out again,
# and files date from SOURCE_DATE_EPOCH.
set -eu
cd "$(dirname "$0")"
mirror=${PLATEN_DEBIAN_MIRROR:-http://deb.debian.org/debian}
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1754697600} # Debian 13's release: 2025-08-09
export SOURCE_DATE_EPOCH
packages=$(sed 's/#.*//' packages.txt | tr -s '\n ' ',,' | sed 's/^,//; s/,$//')

mkdir -p components
partial=components/root.partial.tar.zst
trap 'rm -f "$partial"' EXIT
trap 'exit 1' HUP INT TERM
mmdebstrap --quiet --mode=root --variant=minbase --format=tar \
  --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  --include="$packages" \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --aptopt='Acquire::Languages "none"' \
  --customize-hook='copy-in first-boot/announce-image.service /etc/systemd/system' \
  --customize-hook='copy-in first-boot/ssh-host-keys.service /etc/systemd/system' \
  --customize-hook='copy-in first-boot/dhcp.network /etc/systemd/network' \
  --customize-hook='chroot "$1" systemctl -q enable announce-image.service ssh-host-keys.service systemd-networkd.service serial-getty@ttyS0.service' \
  --customize-hook='rm -f "$1"/etc/ssh/ssh_host_*_key* "$1"/var/log/*.log "$1"/var/log/apt/* "$1"/var/cache/ldconfig/aux-cache "$1"/etc/hostname' \
  --customize-hook=': >"$1"/etc/machine-id; rm -f "$1"/var/lib/dbus/machine-id' \
  --customize-hook='rm -f "$1"/etc/resolv.conf "$1"/var/lib/systemd/random-seed' \
  trixie "$partial" "deb $mirror trixie main" "deb http://deb.debian.org/debian-security trixie-security main"
mv "$partial" components/root.tar.zst

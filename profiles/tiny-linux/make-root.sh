#!/bin/sh
# Makes components/root.tar.zst: /boot/vmlinuz, /boot/initrd.img and a busybox, from Debian 13 packages.
# PLATEN_DEBIAN_MIRROR names another mirror. Same packages, same bytes.
set -eu
cd "$(dirname "$0")"
mirror=${PLATEN_DEBIAN_MIRROR:-http://deb.debian.org/debian}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# 1. The packages. apt checks the signatures; nothing is installed, so no maintainer script runs.
PACKAGES="$work/packages"
export PACKAGES
mkdir "$PACKAGES"
chmod 777 "$work" "$PACKAGES"
# shellcheck disable=SC2016 # the hook's own shell fills the variables in
mmdebstrap --quiet --variant=custom --format=null \
  --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  --customize-hook='export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
    kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n "s/^ *Depends: \(linux-image.*\)/\1/p" | head -n 1)
    cd "$PACKAGES" && apt-get -q -o APT::Sandbox::User=root download "$kernel" busybox-static' \
  trixie /dev/null "$mirror"
for package in "$PACKAGES"/*.deb; do dpkg-deb --extract "$package" "$work/unpacked"; done
kernel=$(basename "$work"/unpacked/usr/lib/modules/*)
modules="$work/unpacked/usr/lib/modules/$kernel"
busybox="$work/unpacked/usr/bin/busybox"
[ -x "$busybox" ] || busybox="$work/unpacked/bin/busybox"

# 2. The initrd: it finds the root filesystem by its label, on any disk that these drivers know.
initrd="$work/initrd"
mkdir -p "$initrd/bin" "$initrd/modules" "$initrd/dev" "$initrd/proc" "$initrd/sys" "$initrd/root"
cp "$busybox" "$initrd/bin/busybox"
cp initrd-init.sh "$initrd/init"
chmod 755 "$initrd/init" "$initrd/bin/busybox"
depmod -b "$work/unpacked/usr" "$kernel" 2>/dev/null || depmod -b "$work/unpacked" "$kernel"
add_module() { # its dependencies first; the number keeps the order
  for dependency in $(sed -n "s|^$1: *||p" "$modules/modules.dep" | tr ' ' '\n' | tac); do add_module "$dependency"; done
  name=$(basename "$1" .ko.xz)
  ! ls "$initrd/modules" | grep -q -- "^[0-9]*-$name.ko\$" || return 0
  count=$((count + 1))
  xz -dc "$modules/$1" >"$initrd/modules/$(printf %02d "$count")-$name.ko"
}
count=0
for name in ext4 virtio_blk virtio_scsi sd_mod ahci nvme; do
  file=$(sed -n "s|^\([^:]*/$name\.ko\.xz\):.*|\1|p" "$modules/modules.dep")
  [ -z "$file" ] || add_module "$file"
done

# 3. The root filesystem, as an archive that does not know when it was made.
root="$work/root"
mkdir -p "$root/bin" "$root/sbin" "$root/boot/efi" "$root/dev" "$root/proc" "$root/sys" "$root/etc" "$root/tmp"
cp "$busybox" "$root/bin/busybox"
for applet in sh cat echo hostname ls mount ps sleep uname; do ln -s busybox "$root/bin/$applet"; done
cp "$work"/unpacked/boot/vmlinuz-* "$root/boot/vmlinuz"
chmod -R u=rwX,go=rX "$root" "$initrd"
(cd "$initrd" && find . -exec touch -h -d @0 {} + && find . | LC_ALL=C sort | cpio --quiet --reproducible --owner=0:0 -o -H newc) |
  zstd -q -19 >"$root/boot/initrd.img"
mkdir -p components
tar --create --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=posix \
  --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime -C "$root" . | zstd -q -10 -f -o components/root.tar.zst.part
mv components/root.tar.zst.part components/root.tar.zst

#!/bin/sh
# Makes the disk start on BIOS and on UEFI. Runs inside the image, with the image's own GRUB, so that Debian's updates keep working.
set -eu
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

# The device that this machine has now must not become part of an image that other machines get.
cat >/etc/default/grub <<'CONF'
GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0,115200"
GRUB_TERMINAL="console serial"
GRUB_SERIAL_COMMAND="serial --unit=0 --speed=115200"
GRUB_DISABLE_OS_PROBER=true
CONF

grub-install --target=i386-pc "$PLATEN_DISK"
# The path for removable media needs no firmware variable, so it starts on every machine that receives the image.
grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram
update-grub

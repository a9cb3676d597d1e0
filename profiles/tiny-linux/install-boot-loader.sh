#!/bin/sh
# Makes the disk start on BIOS (its first sector and the bios-boot partition) and on UEFI (the path for removable media, so
# that no firmware variable is needed). Runs in the boot OS, with its GRUB.
set -eu
common="--boot-directory=$PLATEN_TARGET/boot --locales= --fonts= --themes="
modules='part_gpt ext2 fat search search_label normal linux serial terminal echo'

# shellcheck disable=SC2086 # lists of words
grub-install --target=i386-pc $common --modules="$modules biosdisk" --install-modules="$modules" "$PLATEN_DISK"
# shellcheck disable=SC2086
grub-install --target=x86_64-efi $common --modules="$modules" --install-modules="$modules" \
  --efi-directory="$PLATEN_TARGET/boot/efi" --removable --no-nvram

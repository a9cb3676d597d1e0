#!/bin/sh
# First process of the installed system.
export PATH=/bin:/sbin
mount -t devtmpfs dev /dev 2>/dev/null
mount -t proc proc /proc
mount -t sysfs sys /sys
hostname '{{hostname}}'

machine=$(cat /sys/class/dmi/id/product_serial 2>/dev/null)
[ -d /sys/firmware/efi ] && firmware=UEFI || firmware=BIOS
echo "tiny-linux version {{version}} on $(hostname), machine ${machine:-unknown}, started by $firmware"

# Nothing else to do: the first process must not end.
while :; do sleep 3600; done

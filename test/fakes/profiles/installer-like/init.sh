#!/bin/sh
# First process of the installed system: its first start finishes the installation and restarts.
export PATH=/bin:/sbin
mount -t devtmpfs dev /dev 2>/dev/null
mount -t proc proc /proc
mount -t sysfs sys /sys
hostname '{{hostname}}'

if ! busybox grep -qx first-start /marks; then
  mount -o remount,rw /
  echo first-start >>/marks
  busybox sync
  mount -o remount,ro /
  echo 'installer-like: first start is done'
  busybox reboot -f
fi

machine=$(cat /sys/class/dmi/id/product_serial 2>/dev/null)
[ -d /sys/firmware/efi ] && firmware=UEFI || firmware=BIOS
echo "marks: $(busybox tr '\n' ' ' </marks)"
echo "installer-like version {{version}} on $(hostname), machine ${machine:-unknown}, started by $firmware"
while :; do sleep 3600; done

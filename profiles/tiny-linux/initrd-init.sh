#!/bin/busybox sh
# First process in the initrd: finds the disk that carries the root filesystem and goes over to it.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
for module in /modules/*.ko; do insmod "$module" 2>/dev/null; done

# Disks take their time; a minute is long enough for any of them.
waited=0
until device=$(findfs LABEL=tiny-root 2>/dev/null) && [ -n "$device" ]; do
  waited=$((waited + 1))
  [ "$waited" -le 300 ] || { echo 'tiny-linux: no disk carries the filesystem tiny-root'; exec sh; }
  sleep 0.2
done

mount -t ext4 -o ro "$device" /root || { echo "tiny-linux: cannot mount $device"; exec sh; }
umount /proc /sys
mount -o move /dev /root/dev
exec switch_root /root /sbin/init

#!/bin/busybox sh
# SPDX-License-Identifier: MIT
# shellcheck shell=dash
#
# First process of a guest, in the initramfs: puts the root file system together
# and hands over to guest-run.sh. What to do comes from the host by fw_cfg.
#
# Disks: vda the lab's tree, vdb the checkout with its build, then one disk for
# each further directory. All are read-only squashfs; tmpfs lies over them.

/bin/busybox --install -s /bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys

while read -r module; do
	insmod "$module"
done </modules

spec=/sys/firmware/qemu_fw_cfg/by_name/opt/genpu
mkdir -p /layers /new
mount -t tmpfs -o mode=755,size=75% layers /layers

# writable NAME PLACE: PLACE becomes writable, with the changes in the tmpfs
writable()
{
	mkdir -p "/layers/$1/upper" "/layers/$1/work" "/layers/$1/lower" "$2" &&
	mount -t squashfs -o ro "/dev/$1" "/layers/$1/lower" &&
	mount -t overlay -o "lowerdir=/layers/$1/lower,upperdir=/layers/$1/upper,workdir=/layers/$1/work" \
		overlay "$2"
}

if [ -e $spec/disks/raw ]; then
	while read -r disk place; do
		writable "$disk" "/new$place" || echo "ge-vm: cannot mount $disk on $place" >/dev/console
	done <$spec/disks/raw
	mkdir -p /new/run /new/tmp
	mount -t tmpfs -o mode=755 run /new/run
	mount -t tmpfs -o mode=1777 tmp /new/tmp
	mkdir -p /new/run/ge-vm
	cp /guest-run.sh $spec/command/raw /new/run/ge-vm/
	cp $spec/ports/raw /new/run/ge-vm/ports
	cp /guest-log-check.sh /new/run/ge-vm/log-check
	# A guest with KCSAN did not come back from it; why is not known.
	case $(uname -r) in
	*-race) ;;
	*) cp /guest-suspend.sh /new/run/ge-vm/suspend ;;
	esac
	for dir in dev proc sys; do
		mount --move "/$dir" "/new/$dir"
	done
	exec switch_root /new /bin/bash /run/ge-vm/guest-run.sh
fi

# No disks: this boot only asks whether guests run at all.
echo "GE-VM-STATUS 0 0" >/dev/ttyS1
printf '\075' | dd of=/dev/port bs=1 seek=244 conv=notrunc 2>/dev/null

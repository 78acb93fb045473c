#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Runs in a mount namespace of its own: puts the lab together and enters it.
#
#   lab-enter.sh LAB-ROOT CHECKOUT PLACE COMMAND ...
#
# The tree itself is shared by everyone and read-only; what is writable is the
# checkout and /tmp, which is empty at first and goes with the namespace.
# BIND, if set, is further directories: "HERE=THERE" by line, THERE below /run.

root=$1
checkout=$2
place=$3
shift 3

{
	mount --bind -o ro "$root" "$root" &&
	mount --bind "$checkout" "$root$place" &&
	mount --rbind /proc "$root/proc" &&
	mount --rbind /sys "$root/sys" &&
	mount --rbind /dev "$root/dev" &&
	mount -t tmpfs -o mode=1777 tmp "$root/tmp" &&
	mount -t tmpfs -o mode=755 run "$root/run" &&
	mount -t tmpfs -o mode=700 root "$root/root"
} || exit 125
echo "${BIND-}" | while IFS='=' read -r here there; do
	[ -z "$here" ] || { mkdir -p "$root$there" && mount --bind "$here" "$root$there"; } || exit 125
done || exit 125
exec chroot "$root" "$@"

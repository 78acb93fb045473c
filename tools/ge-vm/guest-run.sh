#!/bin/bash
# SPDX-License-Identifier: MIT
#
# First process of a guest, in its root file system: runs the command that the
# host asked for, looks into the kernel's log, tells the host both results on the
# second serial port and switches the machine off.
#
# The command's output leaves by virtio ports, one process each holding the port,
# because a port can be opened only once.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LANG=C.UTF-8 LC_ALL=C.UTF-8
state=/run/ge-vm
ports=/dev/virtio-ports

finish()
{
	echo "GE-VM-STATUS $1 $2" >/dev/ttyS1
	printf '\075' | dd of=/dev/port bs=1 seek=244 conv=notrunc status=none
	sleep 60
}

# serial_ports: names what the host has put behind the serial cards, in its order. They behave as
# terminals, which bytes must not notice.
serial_ports()
{
	local name tty ttys i=0
	mapfile -t ttys < <(for tty in /sys/bus/pci/devices/0000:00:0f.*/*/*/tty/ttyS*; do
		echo "${tty##*/}"
	done | sort -uV)
	while read -r name; do
		stty -F "/dev/${ttys[i]}" 115200 raw -echo clocal
		ln -sf "../${ttys[i]}" "$ports/$name"
		i=$((i + 1))
	done <"$state/ports"
}

# links to the ports by name, which udev would make; virtio ports come one by one
port_links()
{
	local dir name tries missing=1
	mkdir -p $ports
	if [[ -e /sys/bus/pci/devices/0000:00:0f.0 ]]; then
		serial_ports
		return
	fi
	for ((tries = 0; missing && tries < 100; tries++)); do
		((tries == 0)) || sleep 0.1
		for dir in /sys/class/virtio-ports/*; do
			read -r name <"$dir/name" && ln -sf "../${dir##*/}" "$ports/$name"
		done 2>/dev/null
		missing=0
		while read -r name; do
			[[ -e $ports/$name ]] || missing=1
		done <"$state/ports"
	done
}

modules()
{
	local kernel made
	read -r kernel </proc/sys/kernel/osrelease
	made=/src/genpu/build/modules/$kernel/guest
	mkdir -p "/lib/modules/$kernel"
	[[ ! -d $made ]] || cp -r "$made/." "/lib/modules/$kernel/"
}

# Whatever the command left running would keep its output open. Kernel threads have
# no command line. No process is made here: that is slow in an emulated guest.
end_leftovers()
{
	local dir pid line keep=" $$ $* "
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		line=''
		read -r -d '' line <"$dir/cmdline"
		[[ $keep == *" $pid "* || -z $line ]] || kill -KILL "$pid"
	done 2>/dev/null
}

mkdir -p /dev/pts /dev/shm /sys/kernel/debug /sys/kernel/tracing
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t debugfs debug /sys/kernel/debug
mount -t tracefs trace /sys/kernel/tracing 2>/dev/null
# Booting is not what races are looked for in, and takes long enough.
[[ ! -w /sys/kernel/debug/kcsan ]] || echo on >/sys/kernel/debug/kcsan
mount -t tmpfs -o mode=700 root /root
ln -sfn /proc/self/fd /dev/fd
ln -sfn fd/0 /dev/stdin
ln -sfn fd/1 /dev/stdout
ln -sfn fd/2 /dev/stderr
hostname guest 2>/dev/null
ip link set lo up 2>/dev/null
ulimit -n 65536
port_links
modules

keep=()
if [[ -e $ports/out ]]; then
	mkfifo "$state/out" "$state/err"
	cat "$state/out" >"$ports/out" &
	keep+=($!)
	if [[ -e $ports/err ]]; then
		cat "$state/err" >"$ports/err" &
		keep+=($!)
		bash "$state/raw" </dev/null >"$state/out" 2>"$state/err"
	else
		bash "$state/raw" </dev/null >"$state/out" 2>&1
	fi
else
	setsid -c bash "$state/raw" </dev/hvc0 >/dev/hvc0 2>&1
fi
status=$?

end_leftovers "${keep[@]}"
((${#keep[@]} == 0)) || wait "${keep[@]}"
dirty=0
if ! "$state/log-check" >"$state/bad"; then
	dirty=1
	{
		echo "ge-vm: the kernel's log of this run is not clean:"
		cat "$state/bad"
		echo "GE-VM-END"
	} >/dev/ttyS1
fi
finish "$status" "$dirty"

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2054 # commas in arrays: QEMU's arguments have them
#
# Guests: what they boot from (made once per lab, in LAB/guest), and a run.
#
# A run has a directory in the cache which lab and guest processes see as
# /run/genpu: sockets of the emulated NPUs, the guest's console, its status.
#
# How a result comes back: QEMU must end with the status that guest-run.sh asks
# isa-debug-exit for, and the second serial port must hold a status line. Neither
# alone is trusted: QEMU's statuses also stand for a bad command line.

status_dirty=121	# the kernel's log has warnings
status_npu=120		# an emulated NPU crashed
qemu_done=123		# (0x3d << 1) | 1
npu_died=3		# an emulated NPU that was told to die, by its control port

guest_modules=(qemu_fw_cfg virtio_pci virtio_blk virtio_console squashfs overlay)

# kernel_release [SERIES]: the release of a kernel of the lab, the newest by default, or of one
# that is made
kernel_release()
{
	if kernel_is_made "${1:-/}"; then
		cat "$made/release"
		return
	fi
	awk -v want="${1-}" '$1 == "kernel" && (want == "" || $2 == want || $3 == want) { found = $3 }
		END { if (found == "") exit 1; print found }' "$tree/etc/genpu-lab"
}

# lab_do COMMAND ...: like lab_exec, but comes back
lab_do()
{
	(lab_exec "$@")
}

# guest_prepare RELEASE: makes what a guest of that kernel boots from
guest_prepare()
{
	local dir=$lab/guest release=$1 modules=/

	# Packed: QEMU loads an ELF file again when the machine wakes up, over the kernel that slept
	vmlinux=/boot/vmlinuz-$release
	initrd=initrd-$release-$(cat "$here"/guest-*.sh | sha256sum | cut -c1-8)
	if kernel_is_made "${kernel:-/}"; then
		vmlinux=/run/kernels/$kernel/bzImage
		modules=/run/kernels/$kernel/install
		# While Linux 7.3 finds out what the processor has it forgets that there are five levels
		# of page tables, and KASAN takes an interrupt's accesses for wild ones.
		append+=" kunit.enable=1 kunit.autorun=1 no5lvl"
	fi
	[[ -e $dir/root.squashfs && -e $dir/$initrd ]] && return
	mkdir -p "$dir"
	(
		lab_bind="$dir=/run/lab"
		flock 9
		[[ -e $dir/root.squashfs ]] || guest_root "$dir"
		[[ -e $dir/$initrd ]] || guest_initrd "$initrd" "$release" "$modules"
	) 9>>"$dir/lock" || die "cannot make what guests boot from"
}

guest_root()
{
	say "making the root file system of guests (once)"
	lab_do mksquashfs / /run/lab/root.new -comp zstd -Xcompression-level 3 -noappend -no-progress -quiet \
		-wildcards -e 'tmp/*' 'proc/*' 'dev/*' 'sys/*' 'run/*' 'src/*' 'boot/*' 'usr/src' 'usr/include' \
		'usr/lib/gcc' 'usr/libexec/gcc' 'usr/bin/qemu-*' 'usr/share/qemu' 'usr/lib/git-core' 'usr/share/perl' \
		'usr/bin/*-linux-gnu-*' '... *.a' 'var/lib/dpkg/info' 'usr/lib/x86_64-linux-gnu/perl' >/dev/null &&
	mv "$1/root.new" "$1/root.squashfs"
}

guest_initrd()
{
	# shellcheck disable=SC2016 # expanded in the lab
	lab_do bash -euc '
		shopt -s inherit_errexit
		out=$1 release=$2 root=$3
		shift 3
		mkdir -p /tmp/initrd/{bin,dev,proc,sys,modules.d}
		cd /tmp/initrd
		cp /usr/bin/busybox bin/
		cp "$0/guest-init.sh" init
		cp "$0/guest-run.sh" "$0/guest-log-check.sh" "$0/guest-suspend.sh" .
		chmod +x init guest-log-check.sh guest-suspend.sh
		for module; do
			modprobe -d "$root" -S "$release" --show-depends "$module"
		done | while read -r kind file rest; do
			[[ $kind == insmod ]] || continue
			name=$(basename "$file" .xz)
			[[ -e modules.d/$name ]] && continue
			case $file in
			*.xz) xz -dc "$file" >"modules.d/$name" ;;
			*) cp "$file" "modules.d/$name" ;;
			esac
			echo "/modules.d/$name" >>modules
		done
		touch modules
		find . | cpio --quiet -o -H newc >"$out.new"
		mv "$out.new" "$out"
		# Those of former versions of the scripts in it
		find /run/lab -name "initrd-$release-*" -mmin +60 ! -path "$out" -delete
	' "$inside/tools/ge-vm" "/run/lab/$1" "$2" "$3" "${guest_modules[@]}"
}

# --- a run ---------------------------------------------------------------------

run_defaults()
{
	kernel=''
	npus=1
	smp=2
	mem=2G
	timeout=600
	console=''
	debug=0
	interactive=0
	with=()
	qemu_more=()
	emu_more=()
	append=''
}

# guest_payload: the checkout with its build as a disk of the run
guest_payload()
{
	local other exclude=()

	for other in "$top"/build/modules/*; do
		[[ ${other##*/} == "$release" ]] || exclude+=("build/modules/${other##*/}")
	done
	lab_do mksquashfs "$inside" /run/genpu/payload -comp zstd -noI -noD -noF -noX -noappend -no-progress -quiet -wildcards \
		-e .git 'build/check*' 'build/modules/*/driver' "${exclude[@]}" '... *.o' '... *.d' '... *.a' '... *.cmd' '... *.mod.c' \
		>/dev/null || die "cannot pack the checkout for the guest"
}

# npu_address N: where NPU N is on the first bus. Slots 0x1f and below 0x10 are taken; the
# second functions of the others come when all first ones are in use.
npu_address()
{
	printf '%02x.%x' $((16 + $1 % 15)) $(($1 / 15))
}

# npu_devices: QEMU's side of the NPUs: the PCI functions, and a port for each one's control
# socket, which is named after the function's address in the guest
npu_devices()
{
	local i address

	for ((i = 0; i < npus; i++)); do
		start_npu "$i"
		address=$(npu_address "$i")
		qemu+=(-device "{\"driver\":\"vfio-user-pci\",\"id\":\"npu$i\",\"addr\":\"$address\",\
\"multifunction\":$( ((npus > 15)) && echo true || echo false),\
\"socket\":{\"type\":\"unix\",\"path\":\"/run/genpu/npu$i.sock\"}}"
			-chardev "socket,id=control$i,path=/run/genpu/control$i.sock"
			)
		add_port "genpu.control.0000:00:$address" "control$i"
	done
}

# start_npu N: an emulated NPU that listens on /run/genpu/npuN.sock
start_npu()
{
	local i=$1 binary=$inside/build/ge-emu/ge-emu tries

	[[ -x $top${binary#"$inside"} ]] || die "there is no build/ge-emu/ge-emu; build it first (make), or use --npu 0"
	lab_with=(setpriv --pdeathsig KILL)
	(lab_exec "$binary" --socket "/run/genpu/npu$i.sock" --control "/run/genpu/control$i.sock" \
		"${emu_more[@]}") \
		</dev/null >"$run/npu$i.log" 2>&1 8>&- &
	npu_pid[i]=$!
	for ((tries = 0; tries < 600; tries++)); do
		[[ -S $run/npu$i.sock ]] && return
		kill -0 "${npu_pid[i]}" 2>/dev/null || break
		sleep 0.05
	done
	cat "$run/npu$i.log" >&2
	die "the emulated NPU $i did not start"
}

# stop_npus: ends them; fails if one had crashed
stop_npus()
{
	local i rc tries crashed=0

	for i in "${!npu_pid[@]}"; do
		kill -TERM "${npu_pid[i]}" 2>/dev/null
		for ((tries = 0; tries < 100; tries++)); do
			kill -0 "${npu_pid[i]}" 2>/dev/null || break
			sleep 0.05
		done
		kill -KILL "${npu_pid[i]}" 2>/dev/null
		wait "${npu_pid[i]}" 2>/dev/null
		rc=$?
		# Told to end, here or by a test
		if ((rc != 0 && rc != 143 && rc != 137 && rc != npu_died)); then
			crashed=1
			say "the emulated NPU $i ended with status $rc; its last words:"
			tail -n 40 "$run/npu$i.log" >&2
		elif ((debug)); then
			sed "s/^/npu$i: /" "$run/npu$i.log" >&2
		fi
	done
	npu_pid=()
	return $crashed
}

run_cleanup()
{
	trap '' INT TERM HUP
	[[ -z ${qemu_pid-} ]] || kill -KILL "$qemu_pid" 2>/dev/null
	[[ -z ${timer_pid-} ]] || kill "$timer_pid" 2>/dev/null
	[[ -z ${waker_pid-} ]] || kill "$waker_pid" 2>/dev/null
	[[ -z ${run-} ]] || stop_npus
	((${#cat_pid[@]} == 0)) || kill "${cat_pid[@]}" 2>/dev/null
	[[ -z ${run-} ]] || rm -rf "$run"
	[[ -z ${tty_state-} ]] || stty "$tty_state"
}

run_directory()
{
	local dir

	for dir in "$cache"/run.*/; do
		[[ -d $dir ]] || continue
		# Left behind by a ge-vm that was killed, if nobody holds its lock.
		( flock -n 7 && rm -rf "$dir" ) 7>>"$dir/lock"
	done 2>/dev/null
	run=$(mktemp -d "$cache/run.XXXXXX") || die "cannot make a directory in $cache"
	exec 7>>"$run/lock"
	flock 7
}

# kvm_works: whether a guest has ever come up with KVM since this machine started
kvm_works()
{
	local verdict boot

	[[ -w /dev/kvm && ${GENPU_ACCEL-} != tcg ]] || return 1
	read -r boot </proc/sys/kernel/random/boot_id
	# Where one kernel does not come up none will; that one does says nothing of others.
	[[ $(cat "$cache/kvm-no" 2>/dev/null) != "$boot" ]] || return 1
	verdict=$lab/guest/kvm-$release-$boot
	if [[ ! -e $verdict ]]; then
		(
			flock 9
			[[ ! -e $verdict && $(cat "$cache/kvm-no" 2>/dev/null) != "$boot" ]] || exit
			qemu_base "kvm" host
			rm -f "$run/status"
			lab_with=(timeout -k 1 10)
			lab_do "${qemu[@]}" </dev/null >"$run/kvm.log" 2>&1
			if [[ $? == "$qemu_done" && $(cat "$run/status") == "GE-VM-STATUS 0 0"* ]]; then
				say "KVM works here"
				touch "$verdict"
			else
				say "a test boot with KVM failed: guests are emulated (TCG)"
				echo "$boot" >"$cache/kvm-no"
			fi
			rm -f "$run/status"
		) 9>>"$lab/guest/lock"
	fi
	[[ -e $verdict ]]
}

# qemu_base ACCELERATOR CPU: sets qemu, what all boots have in common
qemu_base()
{
	qemu=(qemu-system-x86_64 -M q35 -accel "$1" -cpu "$2" -smp "$smp" -m "$mem"
		-object "memory-backend-memfd,id=ram,size=$mem,share=on" -machine memory-backend=ram
		-nodefaults -no-user-config -display none -no-reboot
		-chardev "file,id=console,path=/run/genpu/console" -serial chardev:console
		-chardev "file,id=status,path=/run/genpu/status" -serial chardev:status
		-device isa-debug-exit,iobase=0xf4,iosize=0x04
		-kernel "$vmlinux" -initrd "/run/lab/$initrd" -append
		"console=ttyS0 panic=-1 oops=panic quiet loglevel=5 log_buf_len=4M tsc=reliable \
rcupdate.rcu_cpu_stall_timeout=120 watchdog_thresh=60 workqueue.watchdog_thresh=240 \
sysctl.kernel.hung_task_timeout_secs=240 mitigations=off no_timer_check 8250.nr_uarts=32 $append")
}

# command_file COMMAND ...: what the guest's bash runs
command_file()
{
	local var rows columns

	printf 'cd %q || exit 125\n' "$(inside_cwd)"
	while IFS= read -r var; do
		printf 'export %s=%q\n' "$var" "${!var}"
	done < <(compgen -e | grep -E '^(GENPU_|GE_|ASAN_|UBSAN_|TSAN_|LSAN_|TERM$|CI$|NO_COLOR$)' | grep -v -x GENPU_CACHE)
	# shellcheck disable=SC2016 # expanded in the guest
	printf 'export PATH=%s:%s:$PATH LD_LIBRARY_PATH=%s\n' "$inside/build/libge/examples" \
		"$inside/build/selftests" "$inside/build/libge"
	((!interactive)) || stty size | { read -r rows columns && echo "stty rows $rows cols $columns"; }
	printf 'exec'
	printf ' %q' "$@"
	echo
}

# Ports: channels of bytes, which the guest finds by name in /dev/virtio-ports. Serial ones of PCI
# cards with four each: a virtio port is dead after the guest has slept (Linux 7.3 asks for its state
# before it can hear the answer). Kernels without a driver for these get virtio ports.

# add_port NAME CHARDEV
add_port()
{
	port_names+=("$1")
	port_chardevs+=("$2")
}

ports_are_serial()
{
	! kernel_is_made "${kernel:-/}" || grep -qx CONFIG_SERIAL_8250_PCI=y "$made/build/.config"
}

# port_devices: QEMU's side of all ports
port_devices()
{
	local i j card

	printf '%s\n' "${port_names[@]}" >"$run/ports"
	qemu+=(-fw_cfg name=opt/genpu/ports,file=/run/genpu/ports)
	if ! ports_are_serial; then
		qemu+=(-device virtio-serial-pci)
		for i in "${!port_names[@]}"; do
			qemu+=(-device "virtserialport,chardev=${port_chardevs[i]},name=${port_names[i]}")
		done
		return
	fi
	for ((i = 0; i < ${#port_names[@]}; i += 4)); do
		card="pci-serial-4x,addr=f.$((i / 4)),multifunction=on"
		for ((j = 0; j < 4 && i + j < ${#port_names[@]}; j++)); do
			card+=",chardev$((j + 1))=${port_chardevs[i + j]}"
		done
		qemu+=(-device "$card")
	done
}

# output_ports: the guest's output comes to ours, in its order if ours are one file
output_ports()
{
	cat_pid=()
	if ((interactive)); then
		qemu+=(-device virtio-serial-pci -chardev stdio,id=tty,signal=off -device virtconsole,chardev=tty)
		return
	fi
	mkfifo "$run/out" "$run/err"
	cat "$run/out" 8>&- 7>&- &
	cat_pid+=($!)
	qemu+=(-chardev file,id=out,path=/run/genpu/out)
	add_port out out
	if [[ $(stat -Lc %d:%i /proc/self/fd/1) != "$(stat -Lc %d:%i /proc/self/fd/2)" ]]; then
		cat "$run/err" >&2 8>&- 7>&- &
		cat_pid+=($!)
		qemu+=(-chardev file,id=err,path=/run/genpu/err)
		add_port err err
	fi
}

# wake_guest: wakes the guest whenever it has gone to sleep (to RAM), after a moment
wake_guest()
{
	local line

	mkfifo "$run/qmp.in" "$run/qmp.out"
	qemu+=(-chardev pipe,id=qmp,path=/run/genpu/qmp -object monitor-qmp,id=monitor,chardev=qmp)
	(
		exec 3<>"$run/qmp.in" 4<>"$run/qmp.out"
		echo '{"execute":"qmp_capabilities"}' >&3
		while IFS= read -r line <&4; do
			if [[ $line == *'"SUSPEND"'* ]]; then
				sleep 0.3
				echo '{"execute":"system_wakeup"}' >&3
			fi
		done
	) 7>&- 8>&- &
	waker_pid=$!
}

# guest_failed WHY: shows the end of the console
guest_failed()
{
	[[ -z $console ]] || cp "$run/console" "$console"
	say "$1; the end of the guest's console:"
	head -n -40 "$run/console" 2>/dev/null | grep -m 3 -E 'Kernel panic|BUG:|Oops' | sed 's/^/  | /' >&2
	tail -n 40 "$run/console" 2>/dev/null | tr -d '\r' | sed 's/^/  | /' >&2
	[[ ! -s $run/qemu.log ]] || sed 's/^/  qemu: /' "$run/qemu.log" >&2
}

guest_run()
{
	local rc=0 status dirty ended

	lab_use
	! kernel_is_made "${kernel:-/}" || kernel_use "$kernel"
	release=$(kernel_release "$kernel") || die "the lab has no kernel $kernel; it has: $(awk '$1 == "kernel" { print $2 }' \
		"$tree/etc/genpu-lab" | xargs)"
	run='' qemu_pid='' timer_pid='' waker_pid='' tty_state=''
	npu_pid=() cat_pid=() port_names=() port_chardevs=()
	trap run_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	trap 'exit 129' HUP
	guest_prepare "$release"
	run_directory
	lab_bind="$lab/guest=/run/lab
$run=/run/genpu"
	if kvm_works; then
		qemu_base kvm host
	else
		# Without these TCG copies memory five times faster. An AMD processor with the 40 address
		# bits of TCG has its HyperTransport range where the firmware puts large BARs, which the
		# kernel could then not assign again.
		qemu_base tcg,thread=multi max,vendor=GenuineIntel,-erms,-fsrm,-fsrs,-fzrm
	fi
	guest_payload
	command_file "$@" >"$run/command"
	{
		echo "vda /"
		echo "vdb $inside"
	} >"$run/disks"
	qemu+=(-drive "file=/run/lab/root.squashfs,if=virtio,format=raw,readonly=on"
		-drive "file=/run/genpu/payload,if=virtio,format=raw,readonly=on")
	guest_with
	qemu+=(-fw_cfg name=opt/genpu/disks,file=/run/genpu/disks -fw_cfg name=opt/genpu/command,file=/run/genpu/command)
	output_ports
	npu_devices
	port_devices
	wake_guest
	lab_with=(setpriv --pdeathsig KILL)
	((!debug)) || say "${qemu[*]@Q}"
	if ((interactive)); then
		tty_state=$(stty -g)
		stty raw -echo
		(lab_exec "${qemu[@]}" "${qemu_more[@]}") <&0 2>"$run/qemu.log" 7>&- 8>&- &
	else
		(lab_exec "${qemu[@]}" "${qemu_more[@]}") </dev/null >"$run/qemu.log" 2>&1 7>&- 8>&- &
	fi
	qemu_pid=$!
	((timeout == 0)) || { sleep "$timeout" 7>&- 8>&- & timer_pid=$!; }
	wait -n -p ended "$qemu_pid" ${timer_pid:+"$timer_pid"}
	rc=$?
	if [[ $ended == "$timer_pid" ]]; then
		timer_pid=''
		kill -KILL "$qemu_pid"
		wait "$qemu_pid" 2>/dev/null
		qemu_pid=''
		guest_failed "the guest was still running after $timeout s"
		return 124
	fi
	qemu_pid=''
	((${#cat_pid[@]} == 0)) || [[ $rc != "$qemu_done" ]] || wait "${cat_pid[@]}"
	[[ -z $tty_state ]] || stty "$tty_state"
	tty_state=''
	read -r status dirty < <(sed -n 's/^GE-VM-STATUS \([0-9]*\) \([01]\).*/\1 \2/p' "$run/status" 2>/dev/null | tail -n 1)
	if [[ $rc != "$qemu_done" || -z ${status-} ]]; then
		guest_failed "the guest died or never started (QEMU ended with status $rc)"
		return 125
	fi
	[[ -z $console ]] || cp "$run/console" "$console"
	if ((dirty)); then
		sed '/^GE-VM-END/,$d' "$run/status" | tr -d '\r' >&2
		say "the command itself ended with status $status"
		return $status_dirty
	fi
	stop_npus || return $status_npu
	return "$status"
}

# guest_with: a disk for each further directory (HERE:THERE)
guest_with()
{
	local i=0 dir letters=cdefghijklmnop

	for dir in "${with[@]}"; do
		[[ -d ${dir%%:*} && $dir == *:/* ]] || die "--with wants DIRECTORY:/PLACE, not '$dir'"
		lab_bind+="
$(realpath "${dir%%:*}")=/run/with$i"
		lab_do mksquashfs "/run/with$i" "/run/genpu/with$i" -comp zstd -noI -noD -noF -noX -noappend -no-progress -quiet \
			>/dev/null || die "cannot pack ${dir%%:*} for the guest"
		qemu+=(-drive "file=/run/genpu/with$i,if=virtio,format=raw,readonly=on")
		echo "vd${letters:i:1} ${dir#*:}" >>"$run/disks"
		i=$((i + 1))
	done
}

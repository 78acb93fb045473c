# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# Kernels made for genpu, beside those of the lab: kernels/NAME.config says what is in the kernel
# NAME, on top of kernels/base.config. Each is a directory in the cache, named after the hash of its
# recipe, which the lab and guests see as /run/kernels/NAME:
#
#   bzImage              what QEMU starts; not the ELF file, whose entry runs before KASAN is up
#   release              what uname -r says
#   build                what modules are built against, with links into the source
#   install/lib/modules  nothing but the index of what is built in
#
# The source is unpacked once for all of them. Locks are those of labs: kernel-build.lock is held
# by who builds, NAME-HASH.lock shared by who uses one.

kernels=$cache/kernels

# kernel_is_made NAME: whether this is a kernel that is made rather than one of the lab
kernel_is_made()
{
	[[ $1 != base && $1 != */* && -e $here/kernels/$1.config ]]
}

# kernel_base: the release of the lab's newest kernel, whose source is taken
kernel_base()
{
	awk '$1 == "kernel" { newest = $3 } END { print newest }' "$tree/etc/genpu-lab"
}

# kernel_directory NAME
kernel_directory()
{
	echo "$kernels/$1-$({ kernel_base; cat "$here/kernel-recipe.sh" "$here/kernels/base.config" \
		"$here/kernels/$1.config" "$top/driver/Kconfig"; } | sha256sum | cut -c1-12)"
}

# kernel_use NAME: makes the kernel if it is not there; sets made, its directory. Needs lab_use.
kernel_use()
{
	made=$(kernel_directory "$1")
	mkdir -p "$kernels"
	exec 6>>"$made.lock"
	flock -s 6
	[[ -e $made/complete ]] || kernel_build "$1"
}

# kernel_binds: what makes the kernels that are there visible in the lab
kernel_binds()
{
	local file name dir fd

	for file in "$here"/kernels/*.config; do
		name=$(basename "$file" .config)
		[[ $name != base ]] || continue
		dir=$(kernel_directory "$name")
		[[ -e $dir/complete ]] || continue
		# Held by whatever the caller becomes
		exec {fd}>>"$dir.lock"
		flock -n -s "$fd" || continue
		lab_bind+="
$dir=/run/kernels/$name
$kernels/$(cat "$dir/source")=/run/kernels/$(cat "$dir/source")"
	done
}

kernel_build()
{
	local name=$1 temp=$made.new log=$kernels/$1.log

	exec 9>>"$cache/kernel-build.lock"
	if ! flock -n 9; then
		say "waiting for another ge-vm that makes a kernel"
		flock 9
	fi
	if [[ -e $made/complete ]]; then
		exec 9>&-
		return
	fi
	lab_remove "$kernels"/*.new "$made"
	mkdir -p "$temp"
	say "making the kernel $name (ten minutes on two idle processors, once) in $made"
	trap 'kernel_interrupted' INT TERM HUP
	setsid setpriv --pdeathsig KILL "$here/kernel-recipe.sh" "$name" "$temp" "$(kernel_base)" >"$log" 2>&1 6>&- &
	kernel_pid=$!
	SECONDS=0
	if ! follow "kernel $name" "$log" "$kernel_pid"; then
		say "the kernel could not be made; the end of its log:"
		tail -n 25 "$log" >&2
		lab_remove "$temp"
		die "$(sed -n 's/^FAIL //p' "$log" | tail -n 1) (whole log: $log)"
	fi
	trap - INT TERM HUP
	mv "$log" "$temp/log"
	touch "$temp/complete"
	mv "$temp" "$made"
	say "the kernel $name is ready after $SECONDS s"
	kernel_remove_old "$name"
	exec 9>&-
}

kernel_interrupted()
{
	kill -TERM -- "-$kernel_pid" 2>/dev/null
	wait "$kernel_pid" 2>/dev/null
	lab_remove "$made.new"
	progress_end
	die "interrupted; the unfinished kernel was removed"
}

# kernel_remove_old [NAME]: kernels of other recipes go, or all, unless someone uses them; so
# do sources that no kernel is left of
kernel_remove_old()
{
	local dir

	for dir in "$kernels/${1-}"*-*/; do
		dir=${dir%/}
		[[ -d $dir && $dir != *.new && $dir != "${made-}" && ${dir##*/} != source-* ]] || continue
		(
			exec 7>>"$dir.lock"
			flock -n 7 || exit 0
			lab_remove "$dir"
			rm -f "$dir.lock"
		)
	done
	for dir in "$kernels"/source-*/; do
		[[ -d $dir && $dir != *.new/ ]] || continue
		grep -qsxF "$(basename "$dir")" "$kernels"/*/source || lab_remove "${dir%/}"
	done
}

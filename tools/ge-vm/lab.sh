# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The lab: a Debian tree in the cache, named after the hash of its recipe.
#
# Locks (flock, in the cache): lab-build.lock is held by who builds; lab-HASH.lock
# is held shared by whoever uses that lab, for as long as the command runs, and is
# taken exclusively by who wants to remove it.

lab_hash()
{
	cat "$here/lab-recipe.sh" "$here/lab.packages" | sha256sum | cut -c1-12
}

lab_with=()

# lab_use: makes the lab if it is not there; sets lab (its directory) and tree, and holds
# it for as long as this process or one of its children lives.
lab_use()
{
	local hash
	need_root
	hash=$(lab_hash)
	lab=$cache/lab-$hash
	tree=$lab/root
	mkdir -p "$cache"
	exec 8>>"$lab.lock"
	flock -s 8
	[[ -e $lab/complete ]] || lab_build "$hash"
}

lab_build()
{
	local hash=$1 temp

	exec 9>>"$cache/lab-build.lock"
	if ! flock -n 9; then
		say "waiting for another ge-vm that makes the lab"
		flock 9
	fi
	if [[ -e $lab/complete ]]; then
		exec 9>&-
		return
	fi
	# Whoever made these is gone, or would hold the lock.
	lab_remove "$cache"/lab-*.new "$lab"
	need mmdebstrap mmdebstrap mksquashfs squashfs-tools zstd zstd xz xz-utils dpkg-deb dpkg

	temp=$lab.new
	mkdir -p "$temp"
	say "making the lab (Debian trixie; a few minutes, once) in $lab"
	trap 'lab_interrupted' INT TERM HUP
	# It keeps the lock: should this process be killed, the next one waits for its end.
	setsid setpriv --pdeathsig KILL "$here/lab-recipe.sh" "$temp/root" "$here/lab.packages" >"$cache/lab.log" 2>&1 8>&- &
	lab_pid=$!
	SECONDS=0
	if ! follow lab "$cache/lab.log" "$lab_pid"; then
		say "the lab could not be made; the end of its log:"
		tail -n 25 "$cache/lab.log" >&2
		lab_remove "$temp"
		die "$(sed -n 's/^FAIL //p' "$cache/lab.log" | tail -n 1) (whole log: $cache/lab.log)"
	fi
	trap - INT TERM HUP
	mv "$cache/lab.log" "$temp/log"
	touch "$temp/complete"
	mv "$temp" "$lab"
	say "the lab is ready after $SECONDS s"
	lab_remove_old
	exec 9>&-
}

lab_interrupted()
{
	kill -TERM -- "-$lab_pid" 2>/dev/null
	wait "$lab_pid" 2>/dev/null
	lab_remove "$lab.new"
	progress_end
	die "interrupted; the unfinished lab was removed"
}

# lab_remove DIRECTORY ...: never crosses into something that is mounted there
lab_remove()
{
	local dir
	for dir; do
		[[ -d $dir && $dir == "$cache"/* ]] || continue
		rm -rf --one-file-system "$dir"
	done
}

# Labs of other recipes go, unless someone works in them.
lab_remove_old()
{
	local dir
	for dir in "$cache"/lab-*/; do
		dir=${dir%/}
		[[ $dir != "$lab" ]] || continue
		(
			exec 7>>"$dir.lock"
			flock -n 7 || exit 0
			lab_remove "$dir"
			rm -f "$dir.lock"
		)
	done
}

# lab_exec COMMAND ...: replaces this process by the command in the lab; the
# caller may set lab_bind (further directories, see lab-enter.sh) and lab_with (what
# starts the command).
lab_exec()
{
	local var vars=() cwd
	cwd=$(inside_cwd)
	for var in TERM CI NO_COLOR COLORTERM V; do
		[[ -z ${!var+x} ]] || vars+=("$var=${!var}")
	done
	while IFS= read -r var; do
		vars+=("$var=${!var}")
	done < <(compgen -e | grep -E '^(GENPU_|GE_|ASAN_|UBSAN_|TSAN_|LSAN_|OMP_|DNNL_|ONEDNN_)' | grep -v '^GENPU_CACHE$')
	mkdir -p "$top/build"
	[[ -z $(type -t kernel_binds) ]] || kernel_binds
	BIND=${lab_bind-} exec unshare -m --propagation private "$here/lab-enter.sh" "$tree" "$top" "$inside" \
		env -i -C "$cwd" HOME=/root LANG=C.UTF-8 LC_ALL=C.UTF-8 \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${vars[@]}" "${lab_with[@]}" "$@"
}

# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What every part of ge-vm uses: messages, places, locks.

# The checkout, and where it is inside of the lab and of guests.
top=$(cd "$here/../.." && pwd -P)
inside=/src/genpu

cache=${GENPU_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/genpu}

say() { echo "ge-vm: $*" >&2; }
die() { say "$@"; exit 125; }

# progress TEXT: one line that changes on a terminal, else a line per step
progress()
{
	if [[ -t 2 ]]; then
		printf '\r\033[Kge-vm: %s' "$*" >&2
	else
		say "$@"
	fi
}

progress_end()
{
	if [[ -t 2 ]]; then
		printf '\r\033[K' >&2
	fi
}

# follow NAME LOG PID: shows the steps that a recipe writes into its log until it ends, with
# its status
follow()
{
	local name=$1 log=$2 pid=$3 step='' now

	while kill -0 "$pid" 2>/dev/null; do
		now=$(sed -n 's/^STEP //p' "$log" | tail -n 1)
		if [[ -t 2 || $now != "$step" ]]; then
			step=$now
			[[ -z $step ]] || progress "$name: $step ($SECONDS s)"
		fi
		sleep 0.5
	done
	progress_end
	wait "$pid"
}

need_root()
{
	[[ $EUID -eq 0 ]] || die "this needs root (it mounts file systems and changes root); try: sudo $0 ..."
}

# need COMMAND PACKAGE ...: installs the packages whose commands are missing
need()
{
	local packages=()

	while (($# > 1)); do
		[[ -n $(type -P "$1") ]] || packages+=("$2")
		shift 2
	done
	((${#packages[@]})) || return 0
	progress "installing ${packages[*]} on this machine"
	if ! { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}" ||
		{ apt-get update &&
		  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; }; \
		} >"$cache/host-packages.log" 2>&1; then
		progress_end
		tail -n 20 "$cache/host-packages.log" >&2
		die "cannot install ${packages[*]} on this machine"
	fi
}

# The directory that the caller is in, as it is called inside.
inside_cwd()
{
	local cwd
	cwd=$(pwd -P)
	case $cwd/ in
	"$top"/*) echo "$inside${cwd#"$top"}" ;;
	*) echo "$inside" ;;
	esac
}

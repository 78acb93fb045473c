# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests of ge-vm: TAP, and what every one of them wants to say.

# shellcheck disable=SC2034 # for those who source this
ge_vm=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/ge-vm
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# ok CONDITION-STATUS NAME
ok()
{
	n=$((n + 1))
	if (($1 == 0)); then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		[[ ! -s $work/err ]] || tail -n 60 "$work/err" | sed 's/^/# /'
	fi
}

done_testing() { echo "1..$n"; }

# ends_with STATUS NAME COMMAND ...: runs it, output in $work/out and $work/err
ends_with()
{
	local want=$1 name=$2 rc
	shift 2
	"$@" >"$work/out" 2>"$work/err" </dev/null
	rc=$?
	((rc == want)) || echo "# ended with $rc, not $want"
	ok $((rc != want)) "$name"
}

# says FILE PATTERN NAME
says()
{
	grep -qE -- "$2" "$work/$1"
	ok $? "$3"
}

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# tap-run and tap-sum: whatever goes wrong in a test program must end in a failure.

here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0

# sums STATUS WANT NAME PROGRAM: the status and last line of the sum of a program's output
sums()
{
	local got rc
	"$here/tap-run" program bash -c "$4" >"$work/log" 2>&1
	"$here/tap-sum" "$work/log" >"$work/sum"
	rc=$?
	got=$(tail -n 1 "$work/sum")
	n=$((n + 1))
	if [[ $rc == "$1" && $got == "$2" ]]; then
		echo "ok $n - $3"
	else
		echo "not ok $n - $3"
		echo "# got '$got' and status $rc"
	fi
}

sums 0 "2 passed, 0 failed, 0 skipped" "tests that pass are counted" 'echo 1..2; echo "ok 1 - a"; echo "ok 2 - b"'
sums 0 "1 passed, 0 failed, 1 skipped" "a skipped test is not a passed one" \
	'echo 1..2; echo "ok 1 - a # SKIP no device"; echo "ok 2 - b"'
sums 1 "1 passed, 1 failed, 0 skipped" "a failed test fails the sum" \
	'echo 1..2; echo "not ok 1 - a"; echo "ok 2 - b"'
sums 1 "1 passed, 1 failed, 0 skipped" "fewer tests than planned fail" 'echo 1..2; echo "ok 1 - a"'
sums 1 "1 passed, 1 failed, 0 skipped" "no plan fails" 'echo "ok 1 - a"'
sums 1 "0 passed, 1 failed, 0 skipped" "no output fails" 'true'
sums 1 "0 passed, 1 failed, 0 skipped" "a plan of none fails" 'echo 1..0'
sums 0 "0 passed, 0 failed, 1 skipped" "status 4 without output is a skip" 'exit 4'
sums 1 "1 passed, 1 failed, 0 skipped" "a bad status without a failed test fails" \
	'echo 1..1; echo "ok 1 - a"; exit 3'
sums 1 "1 passed, 1 failed, 0 skipped" "death by a signal fails" 'echo 1..1; echo "ok 1 - a"; kill -SEGV $$'
sums 1 "0 passed, 1 failed, 0 skipped" "a program that does not exist fails" 'exec no-such-program'
sums 1 "1 passed, 1 failed, 0 skipped" "bailing out fails" 'echo 1..1; echo "ok 1 - a"; echo "Bail out! no"'
sums 0 "2 passed, 0 failed, 0 skipped" "several plans in one output add up" \
	'echo "ok 1 - a"; echo 1..1; echo 1..1; echo "ok 1 - b"'
sums 1 "1 passed, 1 failed, 0 skipped" "in all of several plans nothing may lack" \
	'echo 1..1; echo "ok 1 - a"; echo 1..1'
sums 0 "1 passed, 0 failed, 0 skipped" "what is indented or a comment is no result" \
	'echo 1..1; echo "    not ok 1 - inner"; echo "# not ok 2"; echo "ok 1 - a"'
echo "1..$n"

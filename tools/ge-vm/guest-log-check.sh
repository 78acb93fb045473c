#!/bin/bash
# SPDX-License-Identifier: MIT
#
# log-check [LINE]: whether the kernel's log, after that many lines of it, is free of
# warnings; prints them if it is not. In guests this is /run/ge-vm/log-check.

bad='WARNING:|BUG:|Oops|Call Trace:|cut here|possible .* deadlock|possible recursive locking'
bad+='|INFO: task .* blocked|rcu: INFO|self-detected stall|soft lockup|hard LOCKUP|UBSAN|KASAN|KCSAN|KFENCE'
bad+='|general protection|inconsistent lock state|suspicious RCU|DMA-API: .*(out of memory|exceeded)|refcount_t:|kmemleak: [1-9]'
bad+='|Unable to handle|nobody cared|Memory manager not clean|workqueue lockup'

# A race is the driver's if its code makes one of the two accesses, whose functions the first line
# of KCSAN's report names. The kernel's own code races with itself dozens of times in a run, on
# purpose or not: reports of that go, up to the line that ends them.
without_foreign_races()
{
	awk '/BUG: KCSAN: / && !/\[genpu\]/ { foreign = 1 }
		!foreign { print }
		/====================/ { foreign = 0 }'
}

found=$(
	dmesg | tail -n +$((${1:-0} + 1)) | without_foreign_races | grep -E -A 25 "$bad"
	read -r taint </proc/sys/kernel/tainted
	# A module from outside of the tree, an unsigned one, and one of KUnit's tests are expected.
	taint=$((taint & ~(1 << 12) & ~(1 << 13) & ~(1 << 18)))
	((taint == 0)) || echo "the kernel is tainted: $taint"
	[[ ! -e /proc/lockdep_stats ]] || grep -q 'debug_locks: *1' /proc/lockdep_stats ||
		echo "lockdep has switched itself off"
)
[[ -n $found ]] || exit 0
echo "$found"
exit 1

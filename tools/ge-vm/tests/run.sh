#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2319 # ok takes the status of a condition
#
# Commands in guests: what comes back, whatever happens in there.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
cache=${GENPU_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/genpu}
run=("$ge_vm" run --npu 0)

ends_with 0 "a command that succeeds ends with 0" "${run[@]}" -- sh -c 'echo out; echo err >&2'
[[ $(cat "$work/out") == out && $(cat "$work/err") == err ]]
ok $? "its output and its errors come back, and nothing else"
ends_with 255 "a status comes back as it is" "${run[@]}" -- sh -c 'head -c 3000000 /dev/zero; exit 255'
[[ $(wc -c <"$work/out") == 3000000 ]]
ok $? "megabytes of output are whole"
# shellcheck disable=SC2016 # expanded in the guest
ends_with 137 "a killed command gives 128 + signal, and leftovers end" \
	"${run[@]}" -- bash -c 'sleep 1000 & kill -KILL $$'

ends_with 121 "a warning in the kernel's log fails the run" \
	"${run[@]}" -- sh -c 'echo "WARNING: at test" >/dev/kmsg; exit 3'
says err 'WARNING: at test' "and is shown"
ends_with 125 "a panic gives 125" "${run[@]}" -- sh -c 'echo c >/proc/sysrq-trigger'
says err 'Kernel panic' "and the console's end is shown"
ends_with 124 "a guest that hangs gives 124 after the timeout" "${run[@]}" --timeout 5 -- sleep 1000
says err 'still running after 5 s' "and says so"
ends_with 125 "a guest that cannot start gives 125" "${run[@]}" --qemu -device --qemu no-such-device -- true
says err 'no-such-device' "and QEMU's reason is shown"
ends_with 125 "an unknown kernel gives 125" "${run[@]}" --kernel 2.4 -- true

mkdir "$work/more"
echo 'read me' >"$work/more/file"
read -r series release < <("$ge_vm" kernels)
ends_with 1 "the other kernel boots as well" "${run[@]}" --kernel "$series" --with "$work/more:/srv/more" -- \
	sh -c 'uname -r; cat /srv/more/file; touch /srv/more/x /usr/x x && echo written; no-such-command || false'
says out "^${release//+/.}\$" "and it is that one"
says out '^read me' "a further directory is there"
says out '^written' "and everything can be written"

"${run[@]}" -- sleep 1000 >/dev/null 2>&1 &
pid=$!
sleep 6
before=$(find "$cache" -maxdepth 1 -name 'run.*' | wc -l)
kill -TERM $pid
wait $pid
[[ $? == 143 && $before -gt $(find "$cache" -maxdepth 1 -name 'run.*' | wc -l) ]]
ok $? "a signal ends the guest and removes what it used"

done_testing

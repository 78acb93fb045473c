#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2319 # ok takes the status of a condition
#
# Commands in the lab.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
top=$(cd "$(dirname "$0")/../../.." && pwd)

ends_with 0 "a command that succeeds ends with 0" "$ge_vm" exec true
ends_with 7 "a command's status comes back" "$ge_vm" exec -- sh -c 'exit 7'
ends_with 137 "a killed command gives 128 + signal" bash -c "$ge_vm exec -- bash -c 'kill -KILL \$\$'"
ends_with 127 "a command that does not exist gives 127" "$ge_vm" exec -- no-such-command
ends_with 125 "no command is an error" "$ge_vm" exec

ends_with 0 "arguments arrive as they were" "$ge_vm" exec -- printf '<%s>' 'a b' '' "'\"*"
[[ $(cat "$work/out") == "<a b><><'\"*>" ]]
ok $? "among them spaces, quotes and empty ones"

cd "$top/tools/ge-vm/tests" || exit 1
[[ $("$ge_vm" exec pwd) == /src/genpu/tools/ge-vm/tests ]]
ok $? "the directory is the caller's"
[[ $(cd / && "$ge_vm" exec pwd) == /src/genpu ]]
ok $? "outside of the checkout it is the checkout"

ends_with 1 "the lab itself cannot be written to" "$ge_vm" exec -- touch /usr/trace
"$ge_vm" exec -- touch /tmp/trace
ends_with 1 "/tmp is a new one each time" "$ge_vm" exec -- test -e /tmp/trace
LEAK=1 GENPU_KEEP='a b' "$ge_vm" exec env >"$work/out"
says out '^GENPU_KEEP=a b$' "variables that are meant for the command arrive"
! grep -q '^LEAK=' "$work/out"
ok $? "others do not"
[[ $(wc -l <"/proc/self/mounts") == $("$ge_vm" exec true; wc -l <"/proc/self/mounts") ]]
ok $? "no mount stays behind"

pids=()
for i in 1 2 3 4 5 6 7 8; do
	"$ge_vm" exec -- sh -c "sleep 0.2; exit $i" &
	pids+=($!)
done
sum=0
for pid in "${pids[@]}"; do
	wait "$pid"
	sum=$((sum + $?))
done
[[ $sum == 36 ]]
ok $? "eight at once keep apart"

done_testing

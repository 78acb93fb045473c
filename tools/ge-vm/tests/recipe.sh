#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2319 # ok takes the status of a condition
#
# Making the lab, with a recipe that makes a trivial one: locks, interruption, failure.

# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# A checkout that has nothing but ge-vm, and a recipe for a directory with busybox.
copy=$work/checkout/tools/ge-vm
export GENPU_CACHE=$work/cache
mkdir -p "$copy"
cp "$(dirname "$0")"/../*.sh "$(dirname "$0")"/../ge-vm "$(dirname "$0")"/../lab.packages "$copy/"
# shellcheck disable=SC2016 # expanded in the recipe
recipe()
{
	{
		echo '#!/bin/bash'
		echo 'echo "STEP trivial"; echo run >>"$GENPU_CACHE/runs"'
		echo "$1"
		echo 'mkdir -p "$1"/etc "$1"/sys; touch "$1/etc/genpu-lab"'
	} >"$copy/lab-recipe.sh"
	chmod +x "$copy/lab-recipe.sh"
}
runs() { wc -l <"$GENPU_CACHE/runs"; }
mkdir -p "$GENPU_CACHE"

recipe 'sleep 2'
"$copy/ge-vm" lab >"$work/one" 2>"$work/err1" &
sleep 0.7
"$copy/ge-vm" lab >"$work/two" 2>"$work/err"
wait $!
[[ $(runs) == 1 && -s $work/one && $(cat "$work/one") == $(cat "$work/two") ]]
ok $? "two at once: one makes the lab, both use it"
says err 'waiting for another' "and the other says that it waits"
first=$(cat "$work/one")

"$copy/ge-vm" lab >/dev/null 2>&1
[[ $(runs) == 1 ]]
ok $? "a lab that is there is not made again"

recipe 'echo "FAIL there is no mirror"; exit 1'
ends_with 125 "a recipe that fails ends with 125" "$copy/ge-vm" lab
says err 'there is no mirror' "and its reason is shown"
[[ -d $first && -z $(find "$GENPU_CACHE" -name '*.new') ]]
ok $? "the former lab is still there, and nothing unfinished"

recipe 'sleep 60'
"$copy/ge-vm" lab >/dev/null 2>"$work/err" &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
[[ $? != 0 && -z $(find "$GENPU_CACHE" -name '*.new') ]]
ok $? "interrupted by a signal it leaves nothing unfinished"

"$copy/ge-vm" lab >/dev/null 2>&1 &
pid=$!
sleep 1
# The recipe leads a group of its own.
group=$(ps -o pid= --ppid "$pid" | while read -r child; do ps -o pgid= -p "$child"; done | grep -vx " *$pid" | sort -u)
kill -KILL "$pid"
for leader in $group; do
	[[ $leader == "$(ps -o pgid= -p $$ | tr -d ' ')" ]] || kill -KILL -- "-$leader"
done
wait "$pid" 2>/dev/null
recipe 'true'
ends_with 0 "after a violent end the next one makes the lab" "$copy/ge-vm" lab
[[ ! -d $first && $(find "$GENPU_CACHE" -maxdepth 1 -type d -name 'lab-*' | wc -l) == 1 ]]
ok $? "and what was left and the former lab are gone"

done_testing

#!/bin/bash
# SPDX-License-Identifier: MIT
#
# suspend: puts the guest to sleep, to RAM; the host wakes it after a moment. In guests this is
# /run/ge-vm/suspend.
#
# Whoever writes to /sys/power/state gets the same once in the life of a guest: its firmware does not
# give the chipset's power management its address back, so that the next time the machine wakes up
# before it sleeps. That is put right here.

lpc=00:1f.0
read -r base control < <(setpci -s $lpc 40.l 44.b | xargs)
status=0
{ echo deep >/sys/power/mem_sleep && echo mem >/sys/power/state; } || status=1
setpci -s $lpc "40.l=$base" "44.b=$control"
exit $status

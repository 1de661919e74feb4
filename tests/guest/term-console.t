#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Text consoles as their users have them on a terminal: the monitor and a serial port, without a guest.
. "$(dirname "$0")/term-lib.sh"

back_to() {
    keys one C-a PageUp
    shows one "$1"
}
away_from() {
    keys one C-a PageDown
    lacks one "$1"
}

machine one -accel qtest -display term -chardev "socket,id=q,path=$tmp/qmp,server=on,wait=off" \
    -mon q,mode=control -monitor vc -serial vc:40Cx10C
wait_for 20 [ -S "$tmp/qmp" ]
wait_for 20 shows one 'the screen is off'
keys one C-a n
ok "Ctrl-A n turns to the monitor, which is first" wait_for 20 shows one '(qemu)' ||
    screen one | sed 's/^/# /'
keys one -l 'info status'
keys one Enter
ok "what is typed there is done" wait_for 20 shows one 'VM status: running'
keys one -l 'stap'
keys one BSpace BSpace
keys one -l 'op'
keys one Enter
ok "with its editing keys" wait_for 20 status_is paused
keys one Up Up Enter
ok "and its history" wait_for 20 shows one 'VM status: paused'
keys one -l 'help'
keys one Enter
ok "more than fits" wait_for 20 lacks one 'VM status: paused'
ok "can be looked at again" wait_for 20 back_to 'VM status: paused'
ok "and left" wait_for 20 away_from 'VM status: paused'
keys one -l 'cont'
keys one Enter
ok "what is typed shows the end again" wait_for 20 status_is running
keys one C-a n
hmp 'o /b 0x3f8 0x48' >/dev/null
hmp 'o /b 0x3f8 0x69' >/dev/null
ok "Ctrl-A n again: the serial port, and what it sends" wait_for 20 shows one 'Hi' ||
    screen one | sed 's/^/# /'
keys one -l 'Q'
ok "what is typed there it receives" wait_for 20 sh -c "printf '%s\n' '{\"execute\":\"qmp_capabilities\"}' \
    '{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"i /b 0x3f8\"}}' |
    socat -t 5 - unix:$tmp/qmp | grep -q 'portb\[0x03f8\] = 0x51'"
keys one C-a n
ok "and at last the guest's screen" wait_for 20 lacks one 'Hi'
pane two "$term"
wait_for 20 shows two 'the screen is off'
keys two C-a n
ok "another viewer sees the same monitor" wait_for 20 shows two '(qemu)'
ok "while the first looks at the guest" lacks one '(qemu)'
keys two -l 'quit'
keys two Enter
ok "quit ends the machine" ended one 0
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Text consoles as their users have them in a window and over VNC, without a guest.
. "$(dirname "$0")/lib.sh"
. "$here/x.sh"
need_view
start_x openbox

received() { # HEX: the serial port has this byte
    hmp 'i /b 0x3f8' | grep -q "= 0x$1"
}
# The picture of the window, without the status line, is that of this console now: as large, and
# `lines` of it have something.
text_lines() {
    shot "$tmp/text.png" && convert "$tmp/text.png" -crop "640x400+0+0" +repage -threshold 1% \
        -scale 1x25! -threshold 0% txt:- | grep -c white
}
has_lines() {
    [ "$(text_lines)" = "$1" ]
}
# type TEXT: with pauses, as a person's
type_text() {
    xdotool type --delay 40 "$1"
}
start() {
    rm -f "$tmp/qmp"
    "$VMX_DM" -accel qtest -name consoles -qmp "unix:$tmp/qmp,server=on,wait=off" -monitor vc \
        -serial vc "$@" 2>"$tmp/err" </dev/null &
    dm=$!
    wait_for 20 [ -S "$tmp/qmp" ]
}

start -display sdl
find_window consoles
activate $win
ok "at first the guest's screen" title_lacks compat_monitor1
xdotool key ctrl+alt+2
ok "Ctrl+Alt+2 turns to the monitor" wait_for 20 title_has ': compat_monitor1'
ok "which is there" wait_for 20 has_lines 2 || diag "$tmp/err"
type_text 'stop'
xdotool key Return
ok "what is typed there it does" wait_for 20 status_is paused
ok "and shows" wait_for 20 has_lines 3
type_text 'abc'
xdotool key ctrl+u
type_text 'cont'
xdotool key Return
ok "with control keys" wait_for 20 status_is running
xdotool key ctrl+alt+3
ok "Ctrl+Alt+3 turns to the serial port" wait_for 20 title_has ': serial0'
ok "which has said nothing" wait_for 20 has_lines 1 # the cursor
for c in 0x48 0x69 13 10 0x21; do
    hmp "o /b 0x3f8 $c" >/dev/null
done
ok "and now has" wait_for 20 has_lines 2
type_text '~'
ok "what is typed there it receives" wait_for 20 received 7e
xdotool key Up
ok "of a key without a character" wait_for 20 received 1b
ok "what a terminal" wait_for 20 received 5b
ok "sends for it" wait_for 20 received 41
printf 'p\nq' | xclip -selection clipboard -in
xdotool key ctrl+alt+v
ok "what is pasted" wait_for 20 received 70
ok "it receives" wait_for 20 received 0d
ok "whole" wait_for 20 received 71
xdotool key ctrl+alt+4
xdotool key ctrl+alt+1
ok "Ctrl+Alt+1 shows the guest again; what there is none of, nothing" wait_for 20 title_lacks serial0
xdotool key ctrl+alt+m
xdotool key Return Down Return
ok "the menu turns, too" wait_for 20 title_has compat_monitor1
type_text 'quit'
xdotool key Return
ok "quit ends the machine" exit_code_is 0 || diag "$tmp/err"

if [ -e "${VMX_DM%/*}/vmx-dm-vnc" ] && command -v xtigervncviewer >/dev/null; then
    # tiger OPTIONS: a machine with a client
    tiger() {
        start -display none -vnc ":40,to=90${1:-}"
        wait_for 20 sh -c "printf '{\"execute\":\"qmp_capabilities\"}{\"execute\":\"query-vnc\"}' |
            socat -t 5 - unix:$tmp/qmp | grep -q service"
        port=$(qmp '{"execute":"query-vnc"}' | sed 's/.*"service" *: *"\([0-9]*\)".*/\1/')
        xtigervncviewer -Shared -MenuKey= 127.0.0.1::"$port" >"$tmp/viewer.log" 2>&1 &
        viewer=$!
        find_window consoles
        activate $win
    }
    type_and_return() {
        xdotool key ctrl+alt+2
        type_text "$1"
        xdotool key Return
    }
    tiger
    type_and_return U
    ok "a VNC client's first console is the serial port" wait_for 20 received 55
    type_text 'stop'
    xdotool key Return
    ok "the monitor is not for it" status_is running
    kill $viewer
    hmp quit >/dev/null
    ok "which is so" exit_code_is 0 || diag "$tmp/err"
    tiger ,monitor=on
    type_and_return 'stop'
    ok "but for those who are let, by monitor=on" wait_for 20 status_is paused || diag "$tmp/err"
    xdotool key ctrl+alt+1
    type_text 'cont'
    xdotool key Return
    xdotool key ctrl+alt+2
    type_and_return 'info status'
    ok "what is typed at the guest's screen is the guest's" status_is paused
    type_text 'quit'
    xdotool key Return
    ok "quit ends it" exit_code_is 0 || diag "$tmp/err"
else
    skip "VNC" "there is none, or no client"
fi
finish

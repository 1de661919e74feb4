#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The mouse through the window to a guest that prints what it gets: positions without a grab once it
# follows them, movements with one.
. "$(dirname "$0")/lib.sh"
. "$here/x.sh"
need_view
need_kvm

start_x openbox
cp "$BUILD/tests/guest/pointer/pointer.bin" "$tmp/disk.img"
truncate -s 64K "$tmp/disk.img"
"$VMX_DM" -name mouse -net none -display sdl,window-close=on -m 16 \
    -drive "file=$tmp/disk.img,format=raw" -debugcon "file:$tmp/log" 2>"$tmp/err" </dev/null &
dm=$!
find_window mouse
viewer=$(pgrep -P $dm -f vmx-dm-view)
activate $win
# The last line has these flags (hex), and lies so near to X and Y
last_is() {
    tail -n 1 "$tmp/log" | awk -v flags="$1" -v x="$2" -v y="$3" '
        function hex(s,   i, n) {
            for (i = 1; i <= length(s); i++)
                n = n * 16 + index("0123456789ABCDEF", substr(s, i, 1)) - 1
            return n
        }
        function near(a, b) { return a - b < 256 && b - a < 256 }
        END { exit !($1 == flags && near(hex($2), x) && near(hex($3), y)) }'
}
ok "the guest turns the mouse on" wait_for 60 grep -q ^ready "$tmp/log" || diag "$tmp/err"
# at X Y: the mouse to a place of the picture, 720x400
at() {
    xdotool mousemove --window $win $1 $2
    wait_for 5 at_rest "$viewer"
}
# The window is told a moment later what the guest follows.
arrives() {
    at 181 101
    at 180 100
    last_is "$@"
}
ok "a position arrives, without a click" wait_for 5 arrives 00000000 16384 16384 || diag "$tmp/log"
at 540 300
ok "and another" wait_for 5 last_is 00000000 49152 49152 || diag "$tmp/log"
xdotool mousedown 1
ok "a button, at that place" wait_for 5 last_is 00000020 49152 49152 || diag "$tmp/log"
xdotool mouseup 1
ok "is released" wait_for 5 last_is 00000000 49152 49152 || diag "$tmp/log"
xdotool mousedown 3
ok "the right one" wait_for 5 last_is 00000010 49152 49152 || diag "$tmp/log"
xdotool mouseup 3
wait_for 5 at_rest "$viewer"
ok "nothing is grabbed" title_lacks 'Ctrl+Alt+G'
xdotool mousemove 2 2
eval "$(xdotool getmouselocation --shell)"
ok "the mouse leaves the window as it likes" [ "$X" = 2 ]
at 360 200
xdotool key a
ok "a key: the guest turns to movements" wait_for 5 grep -q ^key "$tmp/log" || diag "$tmp/log"
takes() {
    xdotool click 1
    wait_for 1 at_rest "$viewer"
    title_has 'Ctrl+Alt+G'
}
ok "a click takes the mouse then" wait_for 5 takes
: >"$tmp/log"
xdotool mousemove_relative 12 7
ok "movement arrives" wait_for 5 grep -q '^000100[02]0 0*[1-9A-F]' "$tmp/log" || diag "$tmp/log"
xdotool key ctrl+alt+g
kill $dm
wait $dm
ok "nothing on stderr" sh -c "! grep -v 'terminating on signal' '$tmp/err'" || diag "$tmp/err"
finish

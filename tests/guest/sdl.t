#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The window, as its user has it: the demo guest under an X server and a window manager of this
# test's own. What the window shows is compared with what QMP says the screen is; keys and mouse
# come from the X server.
. "$(dirname "$0")/lib.sh"
. "$here/x.sh"
need_view
need_kvm
# start options...: sets dm and win
start() {
    rm -f "$tmp/qmp"
    "$VMX_DM" -name "a test" -qmp "unix:$tmp/qmp,server=on,wait=off" "$@" 2>"$tmp/err" \
        </dev/null &
    dm=$!
    find_window 'a test'
}

serial_has() {
    tr -d '\r' <"$tmp/com1" | grep -qF -- "$1"
}
# The window shows, pixel by pixel, the screen enlarged by this, above its status line
shows_screen() {
    qmp "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"$tmp/dump.ppm\"}}" &&
        shows "$tmp/dump.ppm" "$1"
}

start_x openbox
cp "$BUILD/tests/guest/demo/demo.bin" "$tmp/demo.img"
start -display sdl -m 64 -no-reboot -nic user,model=ne2k_isa -hda "$tmp/demo.img" \
    -serial "file:$tmp/com1"
ok "the guest is happy in a window" wait_for 90 serial_has 'Esc powers off' || diag "$tmp/err"
ok "and says all ok" serial_has 'demo: all ok' || diag "$tmp/com1"
ok "the title names the guest" title_has 'a test - vmx-dm'
ok "the window has the size of the screen" wait_for 5 size_is 720x$((400 + STATUS))

qmp '{"execute":"stop"}' >/dev/null # the cursor blinks in guest time
ok "the title says paused" wait_for 5 title_has '[paused]'
ok "what is seen is what the guest shows" wait_for 5 shows_screen 100% || diag "$tmp/differ"
ok "QMP reads the same text" sh -c "printf '%s\n' '{\"execute\":\"qmp_capabilities\"}' \
    '{\"execute\":\"x-screen-text\"}' | socat -t 10 - 'unix:$tmp/qmp' | grep -q 'demo: all ok'"
xdotool windowsize $win 1440 $((800 + STATUS))
ok "doubled, the pixels stay sharp" wait_for 5 shows_screen 200% || diag "$tmp/differ"
xdotool windowsize $win 900 $((700 + STATUS))
wait_for 5 size_is 900x$((700 + STATUS))
above() {
    shot "$tmp/letterbox.png" && is_black "$tmp/letterbox.png" 900x99+0+0
}
ok "in a window of another shape there are black bars above" wait_for 5 above
wait_for 5 at_rest
shot "$tmp/letterbox.png"
ok "and below" is_black "$tmp/letterbox.png" 900x99+0+601
ok "and between them the whole width" sh -c "! convert '$tmp/letterbox.png' -crop 1x498+0+101 \
    +repage -format '%[fx:minima==0&&maxima==0]' info: | grep -qx 1"
xdotool windowsize $win 720 $((400 + STATUS))
wait_for 5 shows_screen 100%
qmp '{"execute":"cont"}' >/dev/null
ok "the title no longer says paused" wait_for 5 title_lacks '[paused]'

activate $win
ok "keys reach the guest" type_seen '> ' 'Key by key: {a} 1+2 "z"' || diag "$tmp/com1"
xdotool key Return

xdotool mousemove --window $win 360 200 click 1
ok "a click takes the mouse; the title says how to get it back" wait_for 5 title_has 'Ctrl+Alt+G'
xdotool mousemove 2 2
eval "$(xdotool getmouselocation --shell)"
ok "the mouse stays in" [ "$X" -gt 2 ]
ok "keys reach the guest" type_seen '> ' grabbed
xdotool key ctrl+alt+g
ok "Ctrl+Alt+G gives it back" wait_for 5 title_lacks 'Ctrl+Alt+G'
wait_for 5 at_rest
xdotool mousemove 2 2
eval "$(xdotool getmouselocation --shell)"
ok "the mouse is free" [ "$X" = 2 ]
xdotool key Return

xlogo >/dev/null 2>&1 &
wait_for 10 xdotool search --name xlogo
other=$(xdotool search --name xlogo | tail -n 1)
activate $win
xdotool keydown shift
xdotool key a
wait_for 5 serial_has '> A'
activate "$other"
xdotool keyup shift
activate $win
xdotool key b
ok "a key held when the focus goes is released" wait_for 5 serial_has '> Ab' || diag "$tmp/com1"
xdotool key Return
xdotool mousemove --window $win 360 200 click 1
wait_for 5 title_has 'Ctrl+Alt+G'
activate "$other"
ok "the mouse is given back when the focus goes" wait_for 5 title_lacks 'Ctrl+Alt+G'
activate $win

xdotool key ctrl+alt+f
ok "Ctrl+Alt+F fills the screen" wait_for 5 size_is ${WIDTH}x$HEIGHT
corner() {
    shot "$tmp/full.png" root && convert "$tmp/full.png" \
        -crop 1x1+$((WIDTH - 3))+$((HEIGHT - 59)) +repage -format '%[fx:maxima>0.5]' info: | grep -qx 1
}
ok "to the corner, the shape kept" wait_for 5 corner
wait_for 5 at_rest
shot "$tmp/full.png" root
ok "black below" is_black "$tmp/full.png" ${WIDTH}x50+0+$((HEIGHT - 50))
ok "keys reach the guest" type_seen '> ' full
xdotool key ctrl+alt+f
ok "and again: the window is as before" wait_for 5 size_is 720x$((400 + STATUS))
qmp '{"execute":"stop"}' >/dev/null
ok "with the picture" wait_for 5 shows_screen 100% || diag "$tmp/differ"
qmp '{"execute":"cont"}' >/dev/null
ok "nothing on stderr" [ ! -s "$tmp/err" ] || diag "$tmp/err"

viewer=$(pgrep -P $dm -f vmx-dm-view)
kill -STOP "$viewer"
all_keys() {
    for key in s t o p p e d; do
        qmp "{\"execute\":\"send-key\",\"arguments\":{\"keys\":[{\"type\":\"qcode\",\"data\":\"$key\"}]}}"
        typed=$typed$key
        wait_for 5 serial_has "> $typed" || return 1
    done
}
typed=full
ok "a viewer that is stopped delays nobody" all_keys || diag "$tmp/com1"
kill -CONT "$viewer"
qmp '{"execute":"stop"}' >/dev/null
ok "goes on with what is now on the screen" wait_for 5 shows_screen 100% || diag "$tmp/differ"
qmp '{"execute":"cont"}' >/dev/null
kill -9 "$viewer"
ok "one that is killed is told of" wait_for 5 grep -q 'signal 9.*the guest runs on: vmx-dm-view a_test' \
    "$tmp/err" || diag "$tmp/err"
: >"$tmp/err"
wait_for 5 no_window 'a test'
"$view" 2>>"$tmp/err" &
viewer=$!
find_window 'a test'
qmp '{"execute":"stop"}' >/dev/null
ok "another shows the same" wait_for 5 shows_screen 100% || diag "$tmp/differ"
qmp '{"execute":"cont"}' >/dev/null

kill $x
wait $x
ok "the X server goes: it is said" wait_for 5 grep -q 'display server has gone' "$tmp/err"
qmp '{"execute":"send-key","arguments":{"keys":[{"type":"qcode","data":"x"}]}}' >/dev/null
ok "the guest runs on" wait_for 5 serial_has '> fullstoppedx' || diag "$tmp/com1"
qmp '{"execute":"quit"}' >/dev/null
ok "and ends when told, code 0" exit_code_is 0 || diag "$tmp/err"

# the rest needs no guest

start_x openbox
start -accel qtest -display sdl,window-close=on
activate $win
xdotool key alt+F4
ok "window-close=on: closing the window ends it, code 0" exit_code_is 0 || diag "$tmp/err"
start -accel qtest -display sdl
activate $win
xdotool key alt+F4
ok "otherwise it runs on, and says how to look again" wait_for 5 grep -q \
    'closed, the guest runs on: vmx-dm-view a_test' "$tmp/err" || diag "$tmp/err"
ok "without a window" wait_for 5 no_window 'a test'
ok "the machine is there" kill -0 $dm
# look NAME: another viewer; sets win, not the first one, and viewer
first=
look() {
    "$view" "$@" 2>"$tmp/view.err" &
    viewer=$!
    find_window 'a test' $first
}
look a_test
ok "vmx-dm-view NAME shows it" xwininfo -id "$win" || diag "$tmp/view.err"
kill -9 $viewer
wait $viewer 2>/dev/null
ok "a viewer is killed: the machine runs on" kill -0 $dm
wait_for 5 no_window 'a test'
look
ok "without a name: the only one there is" xwininfo -id "$win" || diag "$tmp/view.err"
first=$win
look --scale=integer
ok "two look at once" sh -c "xwininfo -id $first && xwininfo -id $win"
timeout 30 "$view" nobody 2>"$tmp/view.err"
ok "a name that is not there: those that are" grep -q 'no machine "nobody"; there are: a_test-' \
    "$tmp/view.err" || diag "$tmp/view.err"
kill $dm
ok "SIGTERM ends it, code 0" exit_code_is 0 || diag "$tmp/err"
ok "and its viewers with it" wait_for 5 sh -c "! kill -0 $viewer"
timeout 30 "$view" 2>"$tmp/view.err"
wait_for 5 no_window 'a test'
ok "then there is none, and no socket" sh -c "grep -q 'no machine of this user' '$tmp/view.err' &&
    [ -z \"\$(ls '$tmp/run/vmx-dm')\" ]" || diag "$tmp/view.err"
start -accel qtest -display sdl,full-screen=on
ok "full-screen=on" wait_for 5 size_is ${WIDTH}x$HEIGHT
kill $dm
wait $dm
kill $x
wait $x

start_x
start -accel qtest -display sdl
ok "a display that is off has a size too" size_is 720x$((400 + STATUS))
xdotool mousemove --window $win 100 100
wait_for 5 at_rest
xdotool key ctrl+alt+f
ok "full screen without a window manager" wait_for 5 size_is ${WIDTH}x$HEIGHT
xdotool key ctrl+alt+f
ok "and back" wait_for 5 size_is 720x$((400 + STATUS))
kill $dm
wait $dm
kill $x
wait $x

refused() {
    [ "$1" = 1 ] && [ "$(wc -l <"$tmp/err")" = 1 ] && grep -q "$2" "$tmp/err"
}
unset DISPLAY
timeout 20 "$VMX_DM" -accel qtest -display sdl 2>"$tmp/err"
ok "no DISPLAY: one line, code 1" refused $? 'DISPLAY is not set' || diag "$tmp/err"
DISPLAY=:4711 timeout 20 "$VMX_DM" -accel qtest -display sdl 2>"$tmp/err"
ok "no X server there: one line, code 1" refused $? 'DISPLAY is ":4711"' || diag "$tmp/err"
ok "no viewer is left" wait_for 5 sh -c '! pgrep -s 0 -f "[v]mx-dm-view"'
finish

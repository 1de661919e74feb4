#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a viewer has given up once its window is there, seen from outside, and from inside of one that
# has been taken over (view/taken.c). That it still does all it should is in view.t and sdl.t.
. "$(dirname "$0")/lib.sh"
. "$here/x.sh"
need_view
machine=$BUILD/tests/guest/view/machine
taken=$BUILD/tests/guest/view/taken.so
mkfifo "$tmp/in"
mkdir "$tmp/work" "$tmp/home"
echo 'not for others' >"$tmp/work/disk.img"
cd "$tmp/work" || exit 1 # where a user has disks, and where pictures go without another place
unset XDG_PICTURES_DIR XDG_CONFIG_HOME XDG_DATA_HOME XDG_CONFIG_DIRS PULSE_SERVER
HOME=$tmp/home
export HOME

"$machine" <"$tmp/in" >"$tmp/out" 2>&1 &
machine=$!
exec 4>"$tmp/in"
# Linked before all others, as a sanitizer's library would be.
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
export ASAN_OPTIONS
look() {
    : >"$tmp/err"
    TAKEN_IMAGE=$tmp/work/disk.img TAKEN_MACHINE=$machine LD_PRELOAD=$taken "$view" "$@" \
        fake 2>>"$tmp/err" 7<"$tmp/work/disk.img" &
    viewer=$!
    find_window fake
}
leave() {
    kill $viewer
    wait $viewer 2>/dev/null
    wait_for 30 sh -c '! xdotool search --name "fake - vmx-dm"'
}
status() { # PROCESS FIELD VALUE
    grep -qx "$2:	$3" "/proc/$1/status"
}
# take_over: it tries everything, into $tmp/err
take_over() {
    : >"$tmp/err"
    kill -USR1 $viewer
    wait_for 30 grep -q 'taken: end' "$tmp/err"
}
ended() { # ATTEMPT HOW
    grep -qx "taken: $1: $2" "$tmp/err"
}
fds() { # PROCESS: where its descriptors lead
    ls -l "/proc/$1/fd" | sed -n 's/.* -> //p'
}
pictures() {
    ls "$tmp/work" | grep -c '^vmx-dm-fake-.*\.png$'
}
has_pictures() {
    [ "$(pictures)" = "$1" ]
}

start_x openbox
wait_for 30 grep -qx ready "$tmp/out"
look
own() { # FIELD of this test's process
    awk -v field="$1:" '$1 == field {print $2}' /proc/$$/status
}
# The window is seen before the last is given up.
confined() {
    status $viewer CapEff 0000000000000000 &&
        status $viewer Seccomp_filters $(($(own Seccomp_filters) + 2))
}
like_us() { # PROCESS: it has the rights that this test has
    for field in CapEff NoNewPrivs Seccomp Seccomp_filters; do
        status "$1" $field "$(own $field)" || return 1
    done
}
none() {
    for field in CapPrm CapEff CapInh CapAmb; do
        status "$1" $field 0000000000000000 || return 1
    done
}
ok "a viewer is confined" wait_for 30 confined || diag /proc/$viewer/status
ok "it has no capability" none $viewer
ok "nor gets one by a program" status $viewer NoNewPrivs 1
ok "its system calls are filtered" status $viewer Seccomp 2
ok "what was forgotten to be closed is closed" sh -c "! ls -l /proc/$viewer/fd | grep -q disk.img"
ok "it has sockets and what is shared, and no file but where its messages go" [ -z "$(fds $viewer |
    grep -vE "^(socket:|pipe:|anon_inode:|/memfd:|/dev/null|/SYSV|$tmp/err)")" ] || fds $viewer | sed 's/^/# /'
keeper=$(pgrep -P $viewer)
ok "one process beside it makes files for pictures" wait_for 30 status "$keeper" Name vmx-dm-view-png
ok "confined, too" wait_for 30 status "$keeper" Seccomp 2
ok "without capabilities" none "$keeper"
ok "it has one socket" [ "$(fds "$keeper" | grep -c '^socket:')" = 1 ]

take_over
for attempt in 'ask kvm' signal trace network 'cut disk' program; do
    ok "taken over: $attempt: refused" ended "$attempt" EPERM || diag "$tmp/err"
done
if ended landlock done; then
    for attempt in 'read disk' 'write disk' memory $([ ! -e /dev/kvm ] || echo kvm); do
        ok "taken over: $attempt: refused" ended "$attempt" EACCES || diag "$tmp/err"
    done
else
    skip "taken over: no file of others" "this kernel has no Landlock"
fi
ok "the disk is as it was" grep -qx 'not for others' "$tmp/work/disk.img"
activate $win
xdotool key ctrl+alt+s
ok "beside that disk it saves a picture" wait_for 30 has_pictures 1
identify_it() {
    identify "$tmp/work"/vmx-dm-fake-*.png | grep -q 480x320
}
ok "a whole one" wait_for 30 identify_it
kill "$keeper"
wait_for 30 sh -c "! readlink /proc/$keeper/exe"
xdotool key ctrl+alt+s
xdotool key ctrl+alt+f
ok "without that process there is none, and the window goes on" wait_for 30 size_is ${WIDTH}x$HEIGHT
ok "indeed" has_pictures 1
xdotool key ctrl+alt+f
leave
look
keeper=$(pgrep -P $viewer)
kill -9 $viewer
wait $viewer 2>/dev/null
ok "a viewer is killed: so ends what makes its files" wait_for 30 sh -c "! kill -0 $keeper"

look --audio=off
ok "without sound" wait_for 30 confined
sockets() {
    take_over && ended network EPERM
}
ok "there is no network either" sockets
leave
look --confine=off
ok "--confine=off: nothing is given up" like_us $viewer
kill -9 $viewer
wait $viewer 2>/dev/null
timeout 30 "$view" --confine=perhaps fake 2>"$tmp/err"
ok "--confine=perhaps is refused" grep -q -- '--confine=perhaps: expected one of off, on' "$tmp/err"
kill $x
wait $x

# A display of another host: reached over the network, which is then given up.
# The server listens here, too, so that no other takes its number.
: >"$tmp/display"
Xvfb -displayfd 3 -screen 0 ${WIDTH}x${HEIGHT}x24 -ac -listen tcp \
    3>"$tmp/display" >/dev/null 2>&1 &
x=$!
wait_for 30 grep -q . "$tmp/display"
DISPLAY=127.0.0.1:$(cat "$tmp/display")
export DISPLAY
look
ok "a display behind TCP" wait_for 30 confined || diag "$tmp/err"
take_over
ok "and then no network" ended network EPERM || diag "$tmp/err"
kill -9 $viewer
wait $viewer 2>/dev/null
kill $x
wait $x

# -- the window of a machine asks when it is closed, by itself --
start_x openbox
# start: a machine; sets dm, win, viewer
start() {
    "$VMX_DM" -name fake -accel qtest -display sdl,window-close=ask 2>"$tmp/err" </dev/null &
    dm=$!
    find_window fake
    viewer=$(pgrep -P $dm -f vmx-dm-view)
    activate $win
}
# The menu's last item is at the bottom left, above the status line.
asks() {
    import -window $win "$tmp/menu.png" && mogrify -crop 100x20+8+370 +repage "$tmp/menu.png" &&
        [ "$(convert "$tmp/menu.png" -format '%[fx:mean>0.7]' info:)" = 1 ]
}
ask() {
    xdotool key alt+F4
    wait_for 30 asks
}
echo quit >&4
wait $machine 2>/dev/null
start
ok "-display sdl starts one that is confined" wait_for 30 confined
ask
xdotool key Escape
xdotool key ctrl+alt+f
ok "window-close=ask: Escape leaves it open" wait_for 30 size_is ${WIDTH}x$HEIGHT
xdotool key ctrl+alt+f
wait_for 30 size_is 720x$((400 + STATUS))
ask
xdotool key Return
ok "Enter closes it, and the machine runs on" wait_for 30 grep -q 'closed, the guest runs on' "$tmp/err"
ok "indeed" kill -0 $dm
kill $dm
wait $dm
start
ask
xdotool key Down Return
ended_well() {
    wait_for 30 sh -c "! readlink /proc/$dm/exe" || kill -9 $dm # a zombie has none
    wait $dm
}
ok "the second choice ends the machine" ended_well || diag "$tmp/err"
"$VMX_DM" -name bare -accel qtest -display sdl,confine=off 2>"$tmp/err" </dev/null &
dm=$!
find_window bare
viewer=$(pgrep -P $dm -f vmx-dm-view)
ok "-display sdl,confine=off" like_us "$viewer"
kill $dm
wait $dm
finish

# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of windows: an X server of the test's own, and what is seen in it. Sourced after
# lib.sh. KEEP=folder keeps the pictures.
need_tools Xvfb openbox xdotool import compare xwininfo xprop socat
# The window is ours, not that of another program: sets view
need_view() {
    view=${VMX_DM%/*}/vmx-dm-view
    if [ ! -e "$view" ]; then
        echo "1..0 # SKIP built without SDL"
        exit 0
    fi
    need_tools xclip xlogo
}
unset WAYLAND_DISPLAY XAUTHORITY SDL_VIDEODRIVER GDK_SCALE QT_SCALE_FACTOR
export XDG_RUNTIME_DIR="$tmp/run" SDL_AUDIODRIVER=dummy # where there is no sound card
mkdir -m 700 "$tmp/run"
WIDTH=1600
HEIGHT=1000
STATUS=22 # the height of the status line

# start_x [with a window manager: openbox]: sets DISPLAY, x and manager. Keys do not repeat: xdotool may be
# held up while one is down.
start_x() {
    : >"$tmp/display"
    manager=
    Xvfb -r -displayfd 3 -screen 0 ${WIDTH}x${HEIGHT}x24 -nolisten tcp 3>"$tmp/display" \
        >/dev/null 2>&1 &
    x=$!
    wait_for 20 grep -q . "$tmp/display"
    DISPLAY=:$(cat "$tmp/display")
    export DISPLAY
    if [ $# -gt 0 ]; then
        "$@" >/dev/null 2>&1 &
        manager=$!
        wait_for 20 sh -c "xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'"
    fi
}

# Nothing is on its way: the X server, the window manager, then these processes wait for something. An event
# wakes the next before the last one waits again; some go round more than once.
at_rest() {
    for round in 1 2 3; do
        for process in $x $manager "$@"; do
            ! sed -s 's/.*) //' /proc/"$process"/task/*/stat 2>/dev/null | grep -q '^[RD]' || return 1
        done
    done
}
# windows NAME: those of this machine
windows() {
    xdotool search --name "$1 - vmx-dm"
}
no_window() {
    ! windows "$1"
}
# find_window NAME [ANOTHER]: sets win, which is not the other one
find_window() {
    wait_for 20 another_window "$@"
}
another_window() {
    for win in $(windows "$1"); do
        [ "$win" = "${2:-}" ] || return 0
    done
    return 1
}
# A window manager takes a new window when it comes to it: until then it can not have the focus.
activate() {
    wait_for 10 sh -c "xdotool windowactivate $1 && [ \"\$(xdotool getactivewindow)\" = $1 ]"
    wait_for 10 at_rest ${viewer:-}
}
title_has() {
    xdotool getwindowname $win | grep -qF -- "$1"
}
title_lacks() {
    ! title_has "$1"
}
# WIDTHxHEIGHT of the window
size_is() {
    xwininfo -id $win | awk '/Width:/ {w = $2} /Height:/ {print w "x" $2}' | grep -qx "$1"
}
shot() {
    import -window "${2:-$win}" "$1" && { [ -z "${KEEP:-}" ] || cp "$1" "$KEEP/"; }
}
# shows FILE SCALE% [+X+Y]: the window has, pixel by pixel, this picture enlarged by this, there
shows() {
    convert "$1" -scale "$2" "$tmp/want.ppm" && shot "$tmp/window$2.ppm" &&
        mogrify -crop "$(identify -format %wx%h "$tmp/want.ppm")${3:-+0+0}" +repage \
            "$tmp/window$2.ppm" &&
        compare -metric AE "$tmp/want.ppm" "$tmp/window$2.ppm" null: 2>"$tmp/differ" &&
        [ "$(cat "$tmp/differ")" = 0 ]
}
# type_seen PREFIX TEXT: key by key, each when the guest has shown the last behind this on its serial line:
# what nobody takes is lost
type_seen() {
    seen_so_far=$1
    seen_rest=$2
    while [ -n "$seen_rest" ]; do
        seen_key=${seen_rest%"${seen_rest#?}"}
        seen_rest=${seen_rest#?}
        seen_so_far=$seen_so_far$seen_key
        xdotool type "$seen_key"
        wait_for 10 serial_has "$seen_so_far" || return 1
    done
}
# Puts its input where pasting takes it from; xclip answers for it in the background
clip() {
    cat >"$tmp/clip"
    xclip -selection clipboard -i "$tmp/clip"
    wait_for 10 clipped
}
clipped() {
    timeout 10 xclip -selection clipboard -o | cmp - "$tmp/clip"
}
# brightest FILE GEOMETRY: 0 to 1
brightest() {
    convert "$1" -crop "$2" +repage -format '%[fx:maxima]' info:
}
is_black() {
    [ "$(brightest "$1" "$2")" = 0 ]
}

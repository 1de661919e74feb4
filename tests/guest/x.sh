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

# start_x [with a window manager: openbox]: sets DISPLAY and x
start_x() {
    : >"$tmp/display"
    Xvfb -displayfd 3 -screen 0 ${WIDTH}x${HEIGHT}x24 -nolisten tcp 3>"$tmp/display" \
        >/dev/null 2>&1 &
    x=$!
    wait_for 20 grep -q . "$tmp/display"
    DISPLAY=:$(cat "$tmp/display")
    export DISPLAY
    if [ $# -gt 0 ]; then
        "$@" >/dev/null 2>&1 &
        wait_for 20 sh -c "xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id'"
    fi
}

# find_window NAME: sets win
find_window() {
    wait_for 20 xdotool search --name "$1 - vmx-dm"
    win=$(xdotool search --name "$1 - vmx-dm" | tail -n 1)
}
# A window manager takes a new window when it comes to it: until then it can not have the focus.
activate() {
    wait_for 10 sh -c "xdotool windowactivate $1 && [ \"\$(xdotool getactivewindow)\" = $1 ]"
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
# brightest FILE GEOMETRY: 0 to 1
brightest() {
    convert "$1" -crop "$2" +repage -format '%[fx:maxima]' info:
}
is_black() {
    [ "$(brightest "$1" "$2")" = 0 ]
}

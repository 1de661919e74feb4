#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest gets of keys and of pasted text, and what is seen of its modes on desktops of 100, 150
# and 200 %.
. "$(dirname "$0")/lib.sh"
. "$here/x.sh"
need_view
need_kvm
serial_has() {
    tr -d '\r' <"$tmp/com1" | grep -qF -- "$1"
}
forget() {
    : >"$tmp/com1"
}

start_x openbox
cp "$BUILD/tests/guest/keys/keys.bin" "$tmp/disk.img"
: >"$tmp/com1"
"$VMX_DM" -name keys -m 16 -net none -display sdl,key-delay=100 -serial stdio -hda "$tmp/disk.img" \
    -monitor none -qmp "unix:$tmp/qmp,server=on,wait=off" >>"$tmp/com1" 2>"$tmp/err" </dev/null &
dm=$!
find_window keys
ok "the guest reads keys" wait_for 60 serial_has ready || diag "$tmp/err"
activate $win

forget
text='The quick brown fox {jumps} [over] 13 "lazy" dogs; 3*4=12 & ~/.profile | C:\DOS\EDIT.COM'
printf '%s\n@' "$text" | clip
xdotool key ctrl+alt+v
ok "pasted text comes to its end" wait_for 60 serial_has @ || diag "$tmp/com1"
xdotool key Shift_L # a key ends what is left of pasting, the release of @, and is not the guest's
ok "the BIOS has lost nothing of it" sh -c "tr -d '\r' <'$tmp/com1' | grep -qxF -- '$text'" ||
    diag "$tmp/com1"

# look PERCENT OPTION...: a viewer on such a desktop; sets viewer and win
look() {
    xprop -root -f RESOURCE_MANAGER 8s -set RESOURCE_MANAGER \
        "$(printf 'Xft.dpi:\t%d' $((96 * $1 / 100)))"
    shift
    "$view" "$@" keys 2>"$tmp/view.err" &
    viewer=$!
    find_window keys $first
}
alone() {
    [ "$(windows keys)" = "$first" ]
}
leave() {
    kill $viewer
    wait $viewer 2>/dev/null
    wait_for 5 alone
}
first=$win
for mode in F2:text F3:VGA F4:VESA; do
    forget
    activate $first
    xdotool key ${mode%:*}
    wait_for 20 serial_has drawn
    qmp "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"$tmp/dump.ppm\"}}" >/dev/null
    size=$(identify -format '%wx%h' "$tmp/dump.ppm")
    for desktop in 100 150 200; do
        n=$((desktop / 100))
        [ "$size" != 320x200 ] || n=$((n * 2))
        [ $((${size#*x} * n)) -le $((HEIGHT - 60)) ] || n=1 # the display has no room for it
        look $desktop
        ok "${mode#*:}, $size, on a desktop of $desktop %: a pixel is $n x $n" wait_for 5 \
            shows "$tmp/dump.ppm" $((n * 100))% || diag "$tmp/differ"
        [ -z "${KEEP:-}" ] || shot "$tmp/${mode#*:}-$desktop.png"
        leave
        look $desktop --scale=1:1
        ok "or one, 1:1" wait_for 5 shows "$tmp/dump.ppm" 100% || diag "$tmp/differ"
        leave
    done
done

win=$first
activate $win
forget
xdotool keydown F1
wait_for 10 serial_has drawn
xdotool mousemove --window $win 100 100 click 1 # or the window manager has some keys for itself
wait_for 5 title_has 'release the mouse'
forget
xdotool keyup F1
wait_for 5 serial_has bb
forget
hex() {
    printf ' %02x' "$@"
}
all_came() {
    { printf ' '; cat "$tmp/com1"; } | sed 's/ $//' | tr -d '\n' | cmp -s - "$tmp/want"
}
: >"$tmp/want"
# strike KEYS CODES...: the next key is for a guest that has read this one
strike() {
    xdotool key $1
    shift
    hex "$@" >>"$tmp/want"
    [ -n "$lost" ] || wait_for 20 all_came || lost=y
}
lost=
strike Escape 1 0x81
for c in $(seq 2 83) 86 87 88; do # by keycode, which from here on is no digit
    strike $((c + 8)) $c $((c + 0x80))
done
for c in 96:1c 97:1d 98:35 100:38 102:47 103:48 104:49 105:4b 106:4d 107:4f 108:50 109:51 110:52 \
    111:53 125:5b 126:5c 127:5d; do
    strike $((${c%:*} + 8)) 0xe0 0x${c#*:} 0xe0 $((0x${c#*:} + 0x80))
done
strike "107 127" 0xe0 0x2a 0xe0 0x37 0xe0 0xb7 0xe0 0xaa 0xe1 0x1d 0x45 0xe1 0x9d 0xc5
ok "make and break of all 105 keys" all_came || {
    tr ' ' '\n' <"$tmp/com1" | grep . >"$tmp/a"
    tr ' ' '\n' <"$tmp/want" | grep . | diff - "$tmp/a" >"$tmp/b"
    diag "$tmp/b"
}
forget
xdotool keydown shift keydown a
wait_for 5 serial_has '2a 1e'
xlogo >/dev/null 2>&1 &
wait_for 10 xdotool search --name xlogo
activate "$(xdotool search --name xlogo | tail -n 1)"
ok "keys that are held when the focus goes are released" wait_for 5 sh -c \
    "grep -q '2a 1e .*9e' '$tmp/com1' && grep -q aa '$tmp/com1'" || diag "$tmp/com1"
xdotool keyup a keyup shift
ok "nothing on stderr" [ ! -s "$tmp/err" ] || diag "$tmp/err"
qmp '{"execute":"quit"}' >/dev/null
wait $dm
ok "it ends, code 0" [ $? = 0 ]
finish

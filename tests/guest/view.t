#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the window does by itself: menu, status line, scales, pasting, pictures, sound, the pointer.
# The machine is a made-up one (view/machine.c), which does what it is told and says what it hears.
. "$(dirname "$0")/lib.sh"
. "$here/x.sh"
need_view
W=480 # of its screen
H=320
machine=$BUILD/tests/guest/view/machine
mkfifo "$tmp/in"
: >"$tmp/out"
"$machine" <"$tmp/in" >>"$tmp/out" 2>&1 &
fake=$!
exec 4>"$tmp/in"
tell() {
    echo "$*" >&4
}
# What a viewer did since the last forget
said() {
    grep -qx -- "$1" "$tmp/out"
}
silent() {
    [ ! -s "$tmp/out" ]
}
settle() {
    wait_for 5 at_rest "${viewer:-}" $fake
}
forget() {
    settle
    : >"$tmp/out"
}
# heard LINES...: all that came; besides: but for Ctrl and Alt, which were held for the window
heard() {
    printf '%s\n' "$@" | cmp -s - "$tmp/out"
}
besides() {
    grep -vE '^key (1d|38) ' "$tmp/out" >"$tmp/besides"
}
heard_besides() {
    besides
    printf '%s\n' "$@" | cmp -s - "$tmp/besides"
}
silent_besides() {
    ! besides
}
look() {
    "$view" "$@" fake 2>"$tmp/err" &
    viewer=$!
    find_window fake
    activate $win
    picture
}
leave() {
    kill $viewer
    wait $viewer 2>/dev/null
    wait_for 5 no_window fake
    xdotool mousemove 1590 990
    forget
}
picture() {
    rm -f "$tmp/dump.ppm"
    tell "dump $tmp/dump.ppm"
    wait_for 5 grep -q dumped "$tmp/out"
    forget
}
shows_it() {
    shows "$tmp/dump.ppm" "$@"
}
# press KEYS: as a person does it
press() {
    for keys; do
        xdotool key --delay 30 "$keys"
        settle
    done
}
# region GEOMETRY FILE: a part of the window
region() {
    import -window $win "$2" && mogrify -crop "$1" +repage "$2"
}
changes() { # GEOMETRY FILE: it is no longer as in the file
    region "$1" "$tmp/now.png" && ! compare -metric AE "$2" "$tmp/now.png" null: 2>/dev/null
}
same() {
    ! changes "$@"
}

start_x openbox
wait_for 5 said ready
look
ok "the picture, pixel by pixel, and the line below it" \
    sh -c "$(command -v xwininfo) -id $win | grep -q 'Height: $((H + STATUS))'"
ok "nothing is scaled" wait_for 5 shows_it 100% || diag "$tmp/differ"

# -- the menu --
del='key 1d down
key 38 down
key e053 down
key e053 up
key 38 up
key 1d up'
menu_shows() {
    region 100x20+8+$((H - 30)) "$tmp/menu.png" && [ "$(convert "$tmp/menu.png" -format '%[fx:mean>0.7]' info:)" = 1 ]
}
menu_lacks() {
    ! menu_shows
}
press ctrl+alt+m
ok "Ctrl+Alt+M opens the menu" wait_for 5 menu_shows
[ -z "${KEEP:-}" ] || shot "$tmp/menu.png"
forget
press a Tab F5
ok "while it is open no key reaches the guest" silent || diag "$tmp/out"
press Return Return
ok "Enter, Enter: Ctrl+Alt+Delete" wait_for 5 heard "$del" || diag "$tmp/out"
ok "and it has closed" wait_for 5 menu_lacks
forget
press ctrl+alt+End
ok "Ctrl+Alt+End is the same" wait_for 5 sh -c "tail -n 6 '$tmp/out' | grep -c . | grep -qx 6 &&
    [ \"\$(tail -n 6 '$tmp/out')\" = '$del' ]" || diag "$tmp/out"
press ctrl+alt+m Escape
ok "Escape closes it" wait_for 5 menu_lacks
forget
press a
ok "then keys reach the guest" wait_for 5 heard 'key 1e down' 'key 1e up' || diag "$tmp/out"
xdotool mousemove --window $win 300 $((H + STATUS / 2)) click 3
ok "the right button on the status line opens it" wait_for 5 menu_shows
xdotool mousemove --window $win 400 100 click 1
ok "a click elsewhere closes it" wait_for 5 menu_lacks
xdotool mousemove --window $win 30 $((H + STATUS / 2)) click 1
ok "a click on its button opens it" wait_for 5 menu_shows
forget
# from below: Close window, Quit machine, Reset, Power button, Pause
item() { # N: a click on the Nth item from below
    xdotool mousemove --window $win 100 $((H - 16 - ($1 - 1) * 22)) click 1
    settle
}
item 5
ok "Pause by mouse" wait_for 5 heard 'command 1' || diag "$tmp/out"
tell state paused
wait_for 5 title_has '[paused]'
forget
press ctrl+alt+m
item 5
ok "which is then Continue" wait_for 5 heard_besides 'command 2' || diag "$tmp/out"
tell state
wait_for 5 title_lacks '[paused]'
forget
press ctrl+alt+m
item 4
ok "Power button" wait_for 5 heard_besides 'command 4' || diag "$tmp/out"
forget
press ctrl+alt+m
item 3
ok "Reset asks first" silent_besides || diag "$tmp/out"
press Return
ok "and Enter does not do it" silent_besides || diag "$tmp/out"
press Return Down Return
ok "only who says so" wait_for 5 heard_besides 'command 3' || diag "$tmp/out"
forget
press ctrl+alt+m
item 2
press Escape
ok "Quit asks, too" silent_besides || diag "$tmp/out"
press Return Down Return
ok "and does it" wait_for 5 heard_besides 'command 5' || diag "$tmp/out"
forget
press ctrl+alt+m
forget
press Return Up Return Down Down Return
ok "Ctrl+Alt+F3 is on the third page" wait_for 5 heard 'key 1d down' 'key 38 down' 'key 3d down' \
    'key 3d up' 'key 38 up' 'key 1d up' || diag "$tmp/out"
press ctrl+alt+m
forget
press Return Up Up Up Return
ok "Ctrl+Break is on the second" wait_for 5 heard 'key 1d down' 'key e11d down' 'key e11d up' \
    'key 1d up' || diag "$tmp/out"
xdotool mousemove 1590 990
ok "the picture is whole again" wait_for 5 shows_it 100% || diag "$tmp/differ"

# -- the status line --
line=${W}x$STATUS+0+$H
settle
region $line "$tmp/line.png"
tell leds 2
ok "a keyboard light changes the line" wait_for 5 changes $line "$tmp/line.png"
tell leds 0
ok "and goes out" wait_for 5 same $line "$tmp/line.png"
for kind in disk net; do
    : >"$tmp/traffic"
    while [ -e "$tmp/traffic" ]; do
        tell "traffic $kind"
        sleep 0.1
    done &
    ok "$kind activity is seen" wait_for 5 changes $line "$tmp/line.png"
    rm "$tmp/traffic"
    wait $!
    ok "and ends" wait_for 5 same $line "$tmp/line.png"
done
ok "the picture is not touched" wait_for 5 shows_it 100% || diag "$tmp/differ"
wrote() {
    awk '/^wchar/ {print $2}' /proc/$viewer/io
}
still() {
    before=$(wrote)
    sleep 3
    [ "$(wrote)" = "$before" ]
}
ok "while nothing moves nothing is drawn" wait_for 5 still
press ctrl+alt+b
ok "Ctrl+Alt+B: no status line" wait_for 5 size_is ${W}x$H
ok "the picture keeps its pixels" wait_for 5 shows_it 100% || diag "$tmp/differ"
press ctrl+alt+b
ok "and back" wait_for 5 size_is ${W}x$((H + STATUS))

# -- pictures --
export XDG_PICTURES_DIR="$tmp/pictures"
mkdir "$XDG_PICTURES_DIR"
leave
look
press ctrl+alt+s
saved() {
    [ "$(ls "$XDG_PICTURES_DIR" | grep -c '^vmx-dm-fake-20.*\.png$')" = "$1" ]
}
ok "Ctrl+Alt+S saves a picture" wait_for 5 saved 1
ok "of the guest's pixels" wait_for 5 compare -metric AE "$tmp/dump.ppm" "$XDG_PICTURES_DIR"/*.png null:
ok "and says where" wait_for 5 changes $line "$tmp/line.png"
press ctrl+alt+s ctrl+alt+s
ok "no picture overwrites another" wait_for 5 saved 3
chmod 500 "$XDG_PICTURES_DIR"
leave

# -- pasting --
look --key-delay=20
text='Hello, World! ~/.x "1+2=3" {[}]'
printf '%s\nq' "$text" | clip
forget
press ctrl+alt+v
ok "pasting ends with the last key" wait_for 20 said 'key 10 up' || diag "$tmp/out"
# what a US keyboard makes of it
perl -e '
    my %plain = map { $_->[0] => $_->[1] } ([" ", 0x39], ["\n", 0x1c]);
    my @rows = ([0x02, "1234567890-=", "!@#\$%^&*()_+"], [0x10, "qwertyuiop[]", "QWERTYUIOP{}"],
        [0x1e, "asdfghjkl;\x27`", "ASDFGHJKL:\"~"], [0x2b, "\\", "|"], [0x2c, "zxcvbnm,./", "ZXCVBNM<>?"]);
    my (%low, %high, $shift, $out);
    for my $r (@rows) {
        for my $i (0 .. length($r->[1]) - 1) {
            $low{sprintf "%x", $r->[0] + $i} = substr($r->[1], $i, 1);
            $high{sprintf "%x", $r->[0] + $i} = substr($r->[2], $i, 1);
        }
    }
    $low{"39"} = $high{"39"} = " "; $low{"1c"} = "\n"; $low{"1d"} = $low{"38"} = "";
    while (<>) {
        my ($code, $down) = /^key (\S+) (down|up)$/ or next;
        if ($code eq "2a") { $shift = $down eq "down"; next }
        $out .= ($shift ? $high{$code} : $low{$code}) // "?" if $down eq "down";
    }
    print $out' "$tmp/out" >"$tmp/typed"
ok "every character, in order" grep -qxF -- "$text" "$tmp/typed" || diag "$tmp/typed"
ok "a newline is Enter" [ "$(tail -n 1 "$tmp/typed")" = q ]
ok "each key is released" [ "$(grep -c down "$tmp/out")" = "$(grep -c up "$tmp/out")" ]
head -c 2000 /dev/zero | tr '\0' z | clip
forget
press ctrl+alt+v
wait_for 5 said 'key 2c up'
press Escape
forget
sleep 0.5
ok "any key ends it, and the guest does not get that key" silent || diag "$tmp/out"
printf 'a\360\237\220\247b' | clip
press ctrl+alt+v
ok "what no key gives is skipped" wait_for 5 sh -c "[ \"\$(grep -c '^key [13][0e] down' '$tmp/out')\" = 2 ]" ||
    diag "$tmp/out"
printf 'aB1' | clip
tell leds 4
minded() { # the viewer hears of it a moment later
    forget
    press ctrl+alt+v
    wait_for 2 said 'key 2 up'
    heard_besides 'key 2a down' 'key 1e down' 'key 1e up' 'key 2a up' 'key 30 down' 'key 30 up' \
        'key 2 down' 'key 2 up'
}
ok "Caps Lock is minded" wait_for 5 minded || diag "$tmp/out"
tell leds 0
head -c 70000 /dev/zero | tr '\0' y | clip
forget
press ctrl+alt+v
ok "too much is not pasted at all" silent_besides || diag "$tmp/out"
leave
printf 'y/' | clip
look --keymap=de
press ctrl+alt+v
ok "for a German guest y is where z was, / is Shift+7" wait_for 5 sh -c \
    "[ \"\$(grep down '$tmp/out' | tail -n +3 | tr '\n' ,)\" = 'key 2c down,key 2a down,key 8 down,' ]" ||
    diag "$tmp/out"

leave
alt() { # DIGITS: what is heard of a number
    echo 'key 38 down'
    for digit in $(echo "$1" | sed 's/./& /g'); do
        code=$(echo "52 4f 50 51 4b 4c 4d 47 48 49" | cut -d ' ' -f $((digit + 1)))
        printf 'key %s down\nkey %s up\n' "$code" "$code"
    done
    echo 'key 38 up'
}
# numbers CODES HOW: e acute, full block, euro; an x between them
numbers() {
    forget
    printf '\303\251x\342\226\210\342\202\254q' | clip
    press ctrl+alt+v
    wait_for 10 said 'key 10 up'
    sed '1,/^key 38 up/d' "$tmp/out" >"$tmp/numbers" # after Ctrl and Alt of Ctrl+Alt+V
    for c in $1; do
        case $c in
        x) printf 'key 2d down\nkey 2d up\n' ;;
        q) printf 'key 10 down\nkey 10 up\n' ;;
        *) alt "$c" ;;
        esac
    done | diff - "$tmp/numbers" >"$tmp/differ"
}
look --key-delay=20 --alt-codes=dos
ok "alt-codes=dos: characters by their numbers in code page 437" numbers "130 x 219 q" || diag "$tmp/differ"
press ctrl+alt+m
press Return Up Up Return Down Down Return
ok "the menu has Windows' instead" numbers "0233 x 0128 q" || diag "$tmp/differ"
leave
look

# -- every key --
codes="$(seq 2 83) 86 87 88"
extended="96:e01c 97:e01d 98:e035 99:e037 100:e038 102:e047 103:e048 104:e049 105:e04b 106:e04d
107:e04f 108:e050 109:e051 110:e052 111:e053 119:e11d 125:e05b 126:e05c 127:e05d"
xdotool mousemove --window $win 320 200 click 1 # or the window manager has some for itself
forget
xdotool key Escape # whose keycode is a digit
printf 'key 1 down\nkey 1 up\n' >"$tmp/expected"
for c in $codes; do
    xdotool key $((c + 8))
    printf 'key %x down\nkey %x up\n' "$c" "$c"
done >>"$tmp/expected"
for c in $extended; do
    xdotool key $((${c%:*} + 8))
    printf 'key %s down\nkey %s up\n' "${c#*:}" "${c#*:}"
done >>"$tmp/expected"
ok "each of 105 keys goes down and up" wait_for 10 cmp "$tmp/expected" "$tmp/out" ||
    { diff "$tmp/expected" "$tmp/out" >"$tmp/diff"; diag "$tmp/diff"; }
xdotool key 66 77 78 # the locks as before
press ctrl+alt+g

# -- a pointer that has a place --
forget
tell absolute 1
at() {
    xdotool mousemove --window $win "$1" "$2"
    settle
}
# The viewer hears a moment later what the guest follows.
moved() {
    at 320 200
    at 100 50
    said 'position 100 50'
}
ok "no click is needed: positions are told" wait_for 5 moved || diag "$tmp/out"
at 0 0
ok "to the first pixel" wait_for 5 said 'position 0 0' || diag "$tmp/out"
at 479 319
ok "and the last" wait_for 5 said 'position 479 319' || diag "$tmp/out"
forget
xdotool click 1
ok "a click is a click" wait_for 5 sh -c "grep -qx 'buttons 1' '$tmp/out' && tail -n 1 '$tmp/out' |
    grep -qx 'buttons 0'" || diag "$tmp/out"
ok "and takes nothing" title_lacks 'release'
xdotool mousemove 2 2
eval "$(xdotool getmouselocation --shell)"
ok "the mouse is free" [ "$X" = 2 ]
forget
at 300 $((H + STATUS / 2))
xdotool click 1
ok "the status line is not the guest's" silent || diag "$tmp/out"
xdotool windowsize $win 1060 $((640 + STATUS))
wait_for 5 size_is 1060x$((640 + STATUS))
forget
at 50 0
at 51 1
ok "doubled, with bars: two pixels are one" wait_for 5 sh -c \
    "[ \"\$(grep -c 'position 0 0' '$tmp/out')\" = 2 ]" || diag "$tmp/out"
at 1009 639
ok "and the last" wait_for 5 said 'position 479 319' || diag "$tmp/out"
forget
at 20 300
ok "a bar is not the guest's" silent || diag "$tmp/out"
pointer_hidden() { # the host's
    [ "$("${machine%machine}cursor")" = 0 ]
}
pointer_seen() {
    [ "$("${machine%machine}cursor")" -gt 0 ]
}
ok "where the host's pointer is seen" wait_for 5 pointer_seen
at 400 300
ok "over the guest's screen there is one pointer, its own" wait_for 5 pointer_hidden
press ctrl+alt+m
ok "the menu has a pointer" wait_for 5 pointer_seen
press Escape
ok "and gives it back" wait_for 5 pointer_hidden
tell absolute 0
unmoved() {
    forget
    at 401 201
    at 400 200
    silent
}
ok "then the guest follows movements again, and has to be clicked" wait_for 5 unmoved || diag "$tmp/out"
xdotool click 1
ok "which takes the mouse" wait_for 5 title_has 'release the mouse'
ok "and hides the pointer" wait_for 5 pointer_hidden
forget
xdotool mousemove_relative 7 5
ok "and moves" wait_for 5 sh -c "grep -q '^motion' '$tmp/out'" || diag "$tmp/out"
xlogo >/dev/null 2>&1 &
logo=$!
wait_for 10 xdotool search --name xlogo
activate "$(xdotool search --name xlogo | tail -n 1)"
wait_for 5 title_lacks 'release the mouse'
forget
at 450 300
xdotool click 1
ok "the click that brings the focus takes it, too" wait_for 5 title_has 'release the mouse'
ok "and is the guest's" wait_for 5 said 'buttons 1' || diag "$tmp/out"
activate "$(xdotool search --name xlogo | tail -n 1)"
xdotool keydown super keydown alt
forget
activate $win
press a
xdotool keyup alt keyup super
press b
ok "a key held for the desktop is not the guest's" wait_for 5 heard 'key 1e down' 'key 1e up' \
    'key 30 down' 'key 30 up' || diag "$tmp/out"
kill $logo
leave

tell absolute 1
look --show-cursor=on
at 100 100
ok "show-cursor=on: it is seen" wait_for 5 said 'position 100 100' || diag "$tmp/out"
ok "over the guest's screen, too" wait_for 5 pointer_seen
tell absolute 0
leave

# -- scales --
scaled() { # PERCENT of the desktop
    printf 'Xft.dpi:\t%d\n' $((96 * $1 / 100)) >"$tmp/resources"
    xprop -root -f RESOURCE_MANAGER 8s -set RESOURCE_MANAGER "$(cat "$tmp/resources")"
}
for desktop in 100:1:1 150:1:2 200:2:2; do
    percent=${desktop%%:*}
    n=${desktop#*:}
    n=${n%:*}
    lines=${desktop##*:}
    scaled "$percent"
    "$view" fake 2>"$tmp/err" &
    viewer=$!
    find_window fake
    ok "a desktop of $percent %: a pixel is $n x $n, the line $lines times as high" wait_for 5 \
        size_is $((W * n))x$((H * n + STATUS * lines))
    ok "exactly" wait_for 5 shows_it $((n * 100))% || diag "$tmp/differ"
    activate $win
    press ctrl+alt+m
    [ -z "${KEEP:-}" ] || shot "$tmp/menu-$percent.png"
    leave
    "$view" --scale=1:1 fake 2>"$tmp/err" &
    viewer=$!
    find_window fake
    ok "1:1 on it: a pixel is a pixel" wait_for 5 shows_it 100% || diag "$tmp/differ"
    xdotool windowsize $win 700 $((420 + STATUS * lines))
    ok "in the middle of a larger window" wait_for 5 shows_it 100% +110+50 || diag "$tmp/differ"
    leave
    "$view" --scale=integer fake 2>"$tmp/err" &
    viewer=$!
    find_window fake
    xdotool windowsize $win 1100 $((700 + STATUS * lines))
    ok "whole multiples: 2, with bars" wait_for 5 shows_it 200% +70+30 || diag "$tmp/differ"
    leave
done
scaled 100
for n in 2 8; do
    "$view" --scale=$n fake 2>"$tmp/err" &
    viewer=$!
    find_window fake
    [ $n = 2 ] || n=3 # as many as there is room for
    ok "a scale by number: a pixel is $n x $n" wait_for 5 size_is $((W * n))x$((H * n + STATUS))
    ok "exactly" wait_for 5 shows_it ${n}00% || diag "$tmp/differ"
    leave
done
tell mode 600 500
tell seed 2
look --scale=1:1
xdotool windowsize $win 300 $((240 + STATUS))
part() { # X Y: the part of the screen that the window begins with
    convert "$tmp/dump.ppm" -crop "300x240+$1+$2" +repage "$tmp/part.ppm"
    shows "$tmp/part.ppm" 100%
}
xdotool mousemove --window $win 0 0
ok "1:1 in a smaller window: a part, the first with the pointer there" wait_for 5 part 0 0
xdotool mousemove --window $win 299 239
ok "the last with the pointer there" wait_for 5 part 300 260
press ctrl+alt+g ctrl+alt+Left # taken: the window manager has that key, too
ok "or by key" wait_for 5 part 262 260
leave

# -- sound --
SDL_AUDIODRIVER=disk SDL_DISKAUDIOFILE="$tmp/sound.raw" SDL_DISKAUDIODELAY=10
export SDL_AUDIODRIVER SDL_DISKAUDIOFILE SDL_DISKAUDIODELAY
tell mode 480 320
look
ok "no sound: no device" [ ! -e "$tmp/sound.raw" ]
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    tell sound 50 1000
    sleep 0.05
done
heard_ms() { # of the tone, in milliseconds
    perl -e 'local $/; my @s = unpack "s*", <>; my $n = grep { abs($_) > 500 } @s; print int $n / 96' \
        "$tmp/sound.raw"
}
at_least() {
    [ "$(heard_ms)" -ge "$1" ]
}
ok "sound is heard" wait_for 5 at_least 400
closed() {
    ! ls -l /proc/$viewer/fd | grep -q sound.raw
}
ok "the device is closed when there is no more" wait_for 8 closed
# A viewer that is held up while it takes this hears more: then once more.
late() {
    rm -f "$tmp/sound.raw"
    tell sound 1000 1000
    wait_for 5 [ -e "$tmp/sound.raw" ]
    wait_for 8 closed
    [ "$(heard_ms)" -le 320 ]
}
ok "what comes too late is dropped" wait_for 5 late
ok "and not all of it" at_least 100
leave
look --audio=off
rm -f "$tmp/sound.raw"
tell sound 100 1000
sleep 0.5
ok "audio=off: none" [ ! -e "$tmp/sound.raw" ]
ok "nothing on stderr" [ ! -s "$tmp/err" ] || diag "$tmp/err"
leave

for bad in --scale=9 --alt-codes=1 --status=perhaps --key-delay=0 --audio=loud; do
    timeout 30 "$view" $bad fake 2>"$tmp/err"
    ok "$bad is refused in one line" sh -c "[ $? = 1 ] && grep -q -- '${bad%=*}=' '$tmp/err' &&
        [ \$(wc -l <'$tmp/err') = 1 ]" || diag "$tmp/err"
done
tell quit
finish

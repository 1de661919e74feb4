#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The screen over VNC, as users have it: the demo guest, seen with Debian's viewers under an X server
# of this test's own. KEEP=folder keeps the pictures.
. "$(dirname "$0")/lib.sh"
if [ ! -e "${VMX_DM%/*}/vmx-dm-vnc" ]; then
    echo "1..0 # SKIP built without VNC"
    exit 0
fi
. "$here/x.sh"
need_tools ss perl xtigervncviewer xtightvncviewer tigervncpasswd mogrify
need_kvm
export HOME="$tmp"
start_x openbox

# start options...: sets dm and vnc_port, waits until there is a server
start() {
    rm -f "$tmp/qmp"
    "$VMX_DM" -name "a test" -qmp "unix:$tmp/qmp,server=on,wait=off" "$@" 2>"$tmp/err" \
        </dev/null &
    dm=$!
    wait_for 20 sh -c "printf '{\"execute\":\"qmp_capabilities\"}{\"execute\":\"query-vnc\"}' |
        socat -t 10 - unix:$tmp/qmp | grep -q service" || diag "$tmp/err"
    vnc_port=$(qmp '{"execute":"query-vnc"}' | sed 's/.*"service" *: *"\([0-9]*\)".*/\1/')
}
qmp_has() {
    qmp "$1" | tr -d ' ' | grep -qF -- "$2"
}
# view VIEWER ARGUMENTS...: sets viewer and win, the window that it opens
view() {
    wait_for 5 at_rest # windows of viewers that have gone are gone
    seen=$(xdotool search --name 'a test - vmx-dm' | tr '\n' ' ')
    "$@" >"$tmp/viewer.log" 2>&1 &
    viewer=$!
    wait_for 15 new_window || diag "$tmp/viewer.log"
}
new_window() {
    for win in $(xdotool search --onlyvisible --name 'a test - vmx-dm'); do
        case " $seen " in *" $win "*) ;; *) return 0 ;; esac
    done
    return 1
}
tiger() {
    view xtigervncviewer -AutoSelect=0 -PreferredEncoding="${ENCODING:-ZRLE}" -NoJPEG \
        -FullColor -Shared -MenuKey= -DotWhenNoCursor=0 "$@"
}
# The window shows the screen pixel by pixel; but for the corner, where the mouse is, and the server's dot,
# which one of the viewers draws itself
corner=
shows_screen() {
    qmp "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"$tmp/dump.ppm\"}}" &&
        shot "$tmp/window.png" && { [ -z "$corner" ] || mogrify -fill black \
        -draw 'rectangle 0,0 2,2' "$tmp/dump.ppm" "$tmp/window.png"; } && compare -metric AE "$tmp/dump.ppm" "$tmp/window.png" null: \
        2>"$tmp/differ" && [ "$(cat "$tmp/differ")" = 0 ]
}
front() {
    activate $win
}
serial_has() {
    tr -d '\r' <"$tmp/com1" | grep -qF -- "$1"
}
server() {
    pgrep -P $dm -f vmx-dm-vnc
}
clients_are() {
    [ "$(qmp '{"execute":"query-vnc"}' | grep -o '"host"' | wc -l)" = $(($1 + 1)) ]
}
serves() {
    perl -MIO::Socket -e '$s = IO::Socket::INET->new("127.0.0.1:'$1'") or exit 1;
        alarm 30; sysread $s, $b, 12; exit($b ne "RFB 003.008\n")'
}

cp "$BUILD/tests/guest/demo/demo.bin" "$tmp/demo.img"
start -qmp "unix:$tmp/second,server=on,wait=off" -vnc :40,to=90 -m 64 -no-reboot -nic none -hda "$tmp/demo.img" -serial "file:$tmp/com1"
ok "the guest is happy" wait_for 90 serial_has 'Esc powers off' || diag "$tmp/err"
ok "without a window" sh -c "! xdotool search --name 'a test'"
ok "the server listens for this host only" sh -c "ss -ltn | grep -q '127.0.0.1:$vnc_port ' &&
    ! ss -ltn | grep -q '0.0.0.0:$vnc_port '"
# who connects is told of
{ printf '{"execute":"qmp_capabilities"}\n'; sleep 600; } | socat - "unix:$tmp/second" >"$tmp/events" &
tiger 127.0.0.1::"$vnc_port"
ok "QMP says who is there" wait_for 5 qmp_has '{"execute":"query-vnc"}' '"family":"ipv4","websocket":false}]' ||
    qmp '{"execute":"query-vnc"}'
ok "HMP, too" sh -c "printf '{\"execute\":\"qmp_capabilities\"}{\"execute\":\"human-monitor-command\",
    \"arguments\":{\"command-line\":\"info vnc\"}}' | socat -t 10 - unix:$tmp/qmp |
    grep -q 'Client: 127.0.0.1:'"
qmp '{"execute":"stop"}' >/dev/null # the cursor blinks in guest time
front
ok "what is seen is what the guest shows" wait_for 5 shows_screen || diag "$tmp/differ"
[ -z "${KEEP:-}" ] || cp "$tmp/window.png" "$KEEP/vnc-guest.png"
qmp '{"execute":"cont"}' >/dev/null
ok "keys reach the guest, by their codes" type_seen '> ' 'Key by key: {a} 1+2 "z"' ||
    diag "$tmp/com1"
xdotool key Return
xdotool keydown shift
xdotool key a
wait_for 5 serial_has '> A'
kill -9 $viewer
ok "a client is killed: it is told" wait_for 5 clients_are 0
xdotool keyup shift
tiger 127.0.0.1::"$vnc_port"
front
xdotool key b
ok "and the key that it held is released" wait_for 5 serial_has '> Ab' || diag "$tmp/com1"
xdotool key Return
first=$win
first_viewer=$viewer
view xtightvncviewer -shared -encodings "tight hextile raw" -nojpeg 127.0.0.1::"$vnc_port"
ok "two look at once" wait_for 5 clients_are 2
front
xdotool mousemove --window $win 0 0 # keys go to what is under the mouse there
ok "keys reach the guest, by their names" type_seen '> ' 'by Names: #/"5%' || diag "$tmp/com1"
xdotool key Return
qmp '{"execute":"stop"}' >/dev/null
corner=y
ok "both see the same: the second" wait_for 5 shows_screen || diag "$tmp/differ"
second=$win
win=$first
front
corner=
ok "and the first" wait_for 5 shows_screen || diag "$tmp/differ"
qmp '{"execute":"cont"}' >/dev/null
kill -STOP $viewer
front
ok "a client that is stopped delays nobody" type_seen '> ' stopped || diag "$tmp/com1"
xdotool key Return
kill -CONT $viewer
qmp '{"execute":"stop"}' >/dev/null
win=$second
front
corner=y
ok "goes on with what is now on the screen" wait_for 5 shows_screen || diag "$tmp/differ"
corner=
qmp '{"execute":"cont"}' >/dev/null
win=$first
kill -9 $viewer
ok "one of two goes" wait_for 5 clients_are 1

# hostile: bytes of all kinds at each stage, many connections, and none of it is noticed
perl -MIO::Socket -e '
    srand 4711; my @kept;
    for my $i (1 .. 120) {
        my $s = IO::Socket::INET->new("127.0.0.1:'"$vnc_port"'") or next;
        print $s $i % 3 ? "RFB 003.008\n" . ($i % 2 ? "\1\1" : "") : "";
        print $s pack("C*", map { int rand 256 } 1 .. rand 3000);
        push @kept, $s if $i % 10 == 0;
    }
    # messages that were trouble elsewhere: cut text of 4 GiB, a scale, a chat, files, 0 by 0 pixels
    for my $m ("\6\0\0\0\377\377\377\377", "\10\377\0\0", "\10\0\0\0", "\17\0\0\0", "\13\0\0\0\377\377\377\376",
        "\7\1\2\0\0\0\0\0\0\0\0\4/etc", "\3\0\0\0\0\0\0\0\0\0" x 9, "\3\0\377\377\377\377\377\377\377\377",
        "\0\0\0\0\7\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0", "\2\0\377\377", "\373\0\377\377\377\377\377\0", "\377\1\1\1") {
        my $s = IO::Socket::INET->new("127.0.0.1:'"$vnc_port"'") or next;
        print $s "RFB 003.008\n\1\1", "\2\0\0\1\0\0\0\7", "\3\0\0\0\0\0\2\0\2\0", $m;
        push @kept, $s;
    }
    sleep 1;' 2>/dev/null
ok "hostile clients come and go" wait_for 20 clients_are 1
front
ok "and the others notice nothing" type_seen '> ' unhurt || diag "$tmp/com1"
xdotool key Return
ok "nothing on stderr" [ ! -s "$tmp/err" ] || diag "$tmp/err"

kill -9 "$(server)"
ok "the server is killed: it is told" wait_for 5 grep -q 'vmx-dm-vnc was ended by signal 9.*started again' \
    "$tmp/err" || diag "$tmp/err"
ok "and there is another, on the same port" wait_for 10 serves "$vnc_port" || diag "$tmp/err"
ok "without the old one's clients" wait_for 5 clients_are 0
tiger 127.0.0.1::"$vnc_port"
qmp '{"execute":"stop"}' >/dev/null
front
ok "that shows the guest" wait_for 5 shows_screen || diag "$tmp/differ"
qmp '{"execute":"cont"}' >/dev/null
kill -9 $viewer
for event in VNC_CONNECTED VNC_INITIALIZED VNC_DISCONNECTED; do
    ok "$event is raised" grep -q "$event" "$tmp/events"
done
qmp '{"execute":"quit"}' >/dev/null
ok "the machine ends when told, code 0" exit_code_is 0 || diag "$tmp/err"
ok "and its servers with it" wait_for 5 sh -c '! pgrep -s 0 -f "[v]mx-dm-vnc"'

# passwords, sockets: no guest is needed

# It shows the screen, or it ends.
decided() {
    new_window || ! readlink "/proc/$viewer/exe"
}
password_works() {
    printf '%s\n' "$1" | tigervncpasswd -f >"$tmp/passwd" 2>/dev/null
    wait_for 5 at_rest
    seen=$(xdotool search --name 'a test - vmx-dm' | tr '\n' ' ')
    xtightvncviewer -shared -passwd "$tmp/passwd" 127.0.0.1::"$vnc_port" >"$tmp/viewer.log" 2>&1 &
    viewer=$!
    wait_for 6 grep -qi 'authentication' "$tmp/viewer.log"
    wait_for 6 decided
    new_window
    works=$?
    kill $viewer 2>/dev/null
    wait $viewer 2>/dev/null
    return $works
}
start -accel qtest -vnc :40,to=90,password=on
ok "the empty one is none" eval '! password_works ""'
qmp '{"execute":"set_password","arguments":{"protocol":"vnc","password":"geheim"}}' >/dev/null
ok "the right password" password_works geheim || diag "$tmp/viewer.log"
ok "a wrong one" eval '! password_works Geheim'
hmp 'expire_password vnc now' >/dev/null
ok "an expired one" eval '! password_works geheim'
hmp 'expire_password vnc never' >/dev/null
hmp 'change vnc password other' >/dev/null
ok "changed by HMP" password_works other || diag "$tmp/viewer.log"
ok "QMP calls it vnc" qmp_has '{"execute":"query-vnc"}' '"auth":"vnc"'
kill $dm
wait $dm 2>/dev/null

printf 'fromfile' >"$tmp/secret"
start -accel qtest -object "secret,id=s,file=$tmp/secret" -vnc :40,to=90,password-secret=s
ok "a password from a file" password_works fromfile || diag "$tmp/viewer.log"
ok "which is in no argument" sh -c "! ps -eo args | grep -v grep | grep -q fromfile"
kill $dm
wait $dm 2>/dev/null

start -accel qtest -vnc "unix:$tmp/screen"
ok "a socket of mode 0600" sh -c "[ \"\$(stat -c %a '$tmp/screen')\" = 600 ]"
tiger "$tmp/screen"
ok "a viewer looks by it" wait_for 5 shows_screen || diag "$tmp/viewer.log"
kill $dm
wait $dm 2>/dev/null
ok "that is removed at the end" wait_for 5 [ ! -e "$tmp/screen" ]

start -accel qtest -display sdl -vnc :40,to=90
ok "a window and a server" wait_for 10 sh -c "xdotool search --name 'a test - vmx-dm' && ss -ltn | grep -q :$vnc_port" ||
    diag "$tmp/err"
kill $dm
wait $dm 2>/dev/null

# rfb SHARED: a client that stays as long as it may; sets client
rfb() {
    perl -MIO::Socket -e '$s = IO::Socket::INET->new("127.0.0.1:'"$vnc_port"'") or exit 1;
        sub get { my $n = shift; while ($n > 0) { $n -= sysread($s, my $b, $n) || exit 1 } }
        $| = 1; get(12); syswrite $s, "RFB 003.008\n"; get(2); syswrite $s, "\1"; get(4);
        syswrite $s, chr shift; get(24); print "in\n"; 1 while sysread $s, $b, 65536' "$1" >"$tmp/rfb" &
    client=$!
}
for share in allow-exclusive force-shared ignore; do
    start -accel qtest -vnc :40,to=90,share=$share
    rfb 1
    wait_for 5 grep -q in "$tmp/rfb"
    first=$client
    rfb 0
    case $share in
    allow-exclusive)
        ok "$share: one that asks for it gets to be alone" wait_for 5 sh -c \
            "! kill -0 $first 2>/dev/null || grep -q '^State:.Z' /proc/$first/status" &&
            wait_for 5 clients_are 1
        rfb 1
        ok "and nobody joins it" eval 'wait $client; wait_for 5 clients_are 1'
        ;;
    force-shared) ok "$share: it is turned away" eval 'wait $client; wait_for 5 clients_are 1' ;;
    ignore) ok "$share: it is let in" wait_for 5 clients_are 2 ;;
    esac
    kill $dm
    wait $dm 2>/dev/null
done

refused() {
    [ "$1" = 1 ] && [ "$(wc -l <"$tmp/err")" = 1 ] && grep -q -- "$2" "$tmp/err"
}
timeout 20 "$VMX_DM" -accel qtest -vnc :40,to=90 -k xx 2>"$tmp/err"
ok "an unknown layout: one line, code 1" refused $? 'no keyboard layout "xx"' || diag "$tmp/err"
timeout 20 "$VMX_DM" -accel qtest -vnc :40,tls-creds=t 2>"$tmp/err"
ok "tls-creds: one line, code 1" refused $? 'tls-creds= is not there' || diag "$tmp/err"
timeout 20 "$VMX_DM" -accel qtest -vnc 192.0.2.1:1 2>"$tmp/err"
ok "an address that is not ours: one line, code 1" refused $? 'cannot listen on 192.0.2.1:5901' ||
    diag "$tmp/err"
timeout 20 "$VMX_DM" -accel qtest -vnc :1,password-secret=no 2>"$tmp/err"
ok "no such secret: one line, code 1" refused $? 'no -object secret,id=no' || diag "$tmp/err"
finish

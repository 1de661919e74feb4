#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How the process ends: signals, a second signal, background, pid file; and what happens when the
# host's disk is full. On the qtest board: no guest is needed.
. "$(dirname "$0")/lib.sh"

start() { # options...
    "$VMX_DM" -accel qtest -display none -pidfile "$tmp/pid" "$@" 2>"$tmp/err" </dev/null &
    dm=$!
    wait_for 10 test -s "$tmp/pid"
}

for sig in INT TERM HUP; do
    start
    kill -$sig $dm
    wait $dm
    code=$?
    ok "SIG$sig ends it with code 0" [ $code = 0 ] || echo "# code $code"
    ok "SIG$sig: the pid file is gone" [ ! -e "$tmp/pid" ]
done

# stopped, so that it cannot serve the first signal before the second is there
start
kill -STOP $dm
kill -TERM $dm
kill -INT $dm
kill -CONT $dm
wait $dm
code=$?
ok "a second signal ends it at once" [ $code -ge 128 ] || echo "# code $code"
rm -f "$tmp/pid"

ok "-daemonize returns when ready" "$VMX_DM" -accel qtest -display none -daemonize \
    -pidfile "$tmp/pid"
ok "the pid file names a living process" kill -0 "$(cat "$tmp/pid")"
refused() {
    ! "$VMX_DM" -accel qtest -display none -pidfile "$tmp/pid" 2>"$tmp/err" &&
        grep -q 'another running guest' "$tmp/err"
}
ok "a second guest on the same pid file is refused" refused
pid=$(cat "$tmp/pid" 2>/dev/null)
kill "$pid"
ok "it ends on SIGTERM" wait_for 10 sh -c "! kill -0 $pid"
ok "-daemonize reports failure by its exit code" \
    sh -c "! '$VMX_DM' -accel qtest -display none -daemonize -hda /nowhere 2>/dev/null"

# a serial log on a full disk: the machine runs on
if [ -e /dev/full ] && command -v socat >/dev/null; then
    start -serial file:/dev/full -qmp "unix:$tmp/qmp,server=on,wait=off" -qtest "unix:$tmp/qt,server=on,wait=off"
    printf 'outb 0x3f8 0x41\noutb 0x3f8 0x42\nclock_step 1000000\ninb 0x3fd\n' |
        socat -t 10 - "unix:$tmp/qt" >"$tmp/answers"
    ok "serial log on a full disk: the guest's writes succeed" \
        grep -q '^OK 0x0060' "$tmp/answers" || diag "$tmp/answers"
    wait_for 5 grep -qi space "$tmp/err"
    ok "it is said once" sh -c "[ \$(grep -ci 'space' '$tmp/err') = 1 ]" || diag "$tmp/err"
    ok "the machine runs on" kill -0 $dm
    kill $dm
    wait $dm
fi

# a display that takes its time: who commands the machine meanwhile is served when all is there
programs=${VMX_DM%/*}
if [ -e "$programs/vmx-dm-vnc" ] && [ -e "$programs/vmx-dm-qmp.so" ] && command -v socat >/dev/null; then
    mkdir "$tmp/slow"
    cp "$VMX_DM" "$programs/vmx-dm-qmp.so" "$tmp/slow/"
    printf '#!/bin/sh\nsleep 1\nexec "%s" "$@"\n' "$programs/vmx-dm-vnc" >"$tmp/slow/vmx-dm-vnc"
    chmod 755 "$tmp/slow/vmx-dm-vnc"
    timeout 60 "$tmp/slow/vmx-dm" -accel qtest -display none -net none -vnc :40,to=90 \
        -qmp "unix:$tmp/slow/qmp,server=on,wait=off" 2>"$tmp/err" </dev/null &
    dm=$!
    printf '{"execute":"qmp_capabilities"}{"execute":"query-vnc"}{"execute":"quit"}' |
        socat -t 60 - "UNIX-CONNECT:$tmp/slow/qmp,retry=300,interval=0.1" >"$tmp/answers"
    ok "QMP while the VNC server starts: it is known" grep -q '"service"' "$tmp/answers" || diag "$tmp/answers"
    ok "and quit is not lost" wait $dm || diag "$tmp/err"
fi
finish

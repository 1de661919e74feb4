#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The monitor where people have it: on the terminal, alone or shared with the guest's console. Needs
# no guest.
. "$(dirname "$0")/lib.sh"

# typed "what" KEYS PATTERN options...: the keys end the machine, which has printed PATTERN
typed() {
    typed_name=$1
    typed_keys=$2
    typed_pattern=$3
    shift 3
    { printf "$typed_keys"; sleep 1; } |
        timeout 20 "$VMX_DM" -accel qtest -net none -m 16 "$@" >"$tmp/out" 2>"$tmp/err"
    typed_code=$?
    ok "$typed_name" sh -c "[ $typed_code = 0 ] && cat '$tmp/out' '$tmp/err' | grep -qE -- '$typed_pattern'" || {
        echo "# exit code $typed_code"
        diag "$tmp/out"
        diag "$tmp/err"
    }
}

typed "-monitor stdio" 'info status\rquit\r' 'VM status: running' -display none -monitor stdio
typed "its prompt" 'info status\rquit\r' '^\(qemu\) ' -display none -monitor stdio
typed "-mon mode=readline" 'info name\rquit\r' '^both' -display none -name both \
    -chardev stdio,id=c -mon c,mode=readline
typed "-mon mode=control" '{"execute":"qmp_capabilities"}{"execute":"quit"}' '"return": \{\}' \
    -display none -chardev stdio,id=c -mon chardev=c,mode=control
typed "-nographic: Ctrl-A c is the monitor" '\001cinfo status\r\001c\001x' 'VM status: running' \
    -nographic
typed "Ctrl-A h lists the keys" '\001h\001x' 'Ctrl-A c    the monitor' -nographic
typed "keys on the console" 'info status\r\001c\001cinfo status\r\001c\001x' 'monitor - type' \
    -nographic
ok "are not the monitor's" sh -c "! grep -q 'VM status' '$tmp/out'"
typed "-monitor vc is there for viewers" '\001cinfo chardev\r\001c\001x' \
    'compat_monitor0: filename=vc' -nographic -monitor vc:80Cx24C
timeout 20 "$VMX_DM" -accel qtest -display none -monitor vc:80 >"$tmp/out" 2>"$tmp/err" </dev/null
ok "its size is explained" grep -q 'monitor vc:80: expected .*vc\[:COLUMNSCxROWSC\]' "$tmp/err"
timeout 20 "$VMX_DM" -accel qtest -display none -chardev null,id=c -mon c,mode=vulcan \
    >"$tmp/out" 2>"$tmp/err" </dev/null
ok "a wrong mode is named" grep -q 'mode=vulcan: expected readline' "$tmp/err"
finish

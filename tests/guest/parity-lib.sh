# SPDX-License-Identifier: GPL-2.0-or-later
# For tests that say the same to QEMU and to vmx-dm: sourced after lib.sh, with the machine's options in
# $machine.

need_tools qemu-system-x86_64 socat

# The requests: one JSON object a line, numbered.
number=0
ask() { # command [arguments as JSON]
    number=$((number + 1))
    echo "{\"execute\":\"$1\",\"id\":$number${2:+,\"arguments\":$2}}" >>"$tmp/requests"
}
raw() { # a line that is not a right request
    printf '%s\n' "$1" >>"$tmp/requests"
}
hmp() {
    ask human-monitor-command "{\"command-line\":\"$1\"}"
}

truncate -s 1M "$tmp/hd.img"
talk() { # name program options...
    talk_name=$1
    shift
    (cd "$tmp" && timeout 240 "$@" $machine -qmp "unix:$tmp/$talk_name.sock,server=on,wait=off" \
        >"$tmp/$talk_name.log" 2>&1 </dev/null) &
    timeout 240 socat -t 60 - "UNIX-CONNECT:$tmp/$talk_name.sock,retry=200,interval=0.3" <"$tmp/requests" \
        >"$tmp/$talk_name.out" 2>>"$tmp/$talk_name.log"
    wait $!
}

# said [part]: compare what both have answered; TAP
said() {
    perl "$top/tests/tools/parity.pl" "$tmp/requests" "$tmp/qemu.out" "$tmp/ours.out" "$@" >"$tmp/tap" 2>&1 ||
        echo "not ok - comparing" >>"$tmp/tap"
    [ -s "$tmp/qemu.out" ] || diag "$tmp/qemu.log"
    [ -s "$tmp/ours.out" ] || diag "$tmp/ours.log"
    awk '/^(not )?ok/ { n++; sub(/ok/, "ok " n) } { print } /^not/ { bad = 1 }
        END { print "1.." n; exit bad }' "$tmp/tap"
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Networks of a running guest: the process behind a user network is killed and the guest goes on; a
# dump of what it said can be read; no process stays behind.
. "$(dirname "$0")/lib.sh"
need_kvm
demo=$BUILD/tests/guest/demo/demo.bin
if [ ! -x "$BUILD/vmx-dm-slirp" ]; then
    echo "1..0 # SKIP this build has no user networks"
    exit 0
fi

# start LOG OPTIONS...: the demo guest in the background; its process is $guest
start() {
    log=$1
    shift
    cp "$demo" "$tmp/demo.img"
    timeout 90 "$VMX_DM" -m 64 -display none -hda "$tmp/demo.img" -nic user,id=n0,model=ne2k_isa \
        -fw_cfg name=opt/demo,string=poweroff -no-reboot -serial "file:$log" \
        -pidfile "$tmp/pid" "$@" 2>"$log.err" </dev/null &
    timeout=$!
}

helper() {
    guest=$(cat "$tmp/pid" 2>/dev/null) && pgrep -P "$guest" vmx-dm-slirp >"$tmp/helper"
}

# The firmware takes longer than a new process.
start "$tmp/a"
ok "a user network has a process" wait_for 20 helper
ok "it is killed" kill -9 "$(cat "$tmp/helper")"
ok "the guest ends as it wants" wait $timeout
diag "$tmp/a"
ok "disk, lease and ping are all right" grep -q 'demo: all ok' "$tmp/a"
ok "one message, which says what was done" sh -c "[ \$(grep -c . '$tmp/a.err') = 1 ] &&
    grep -q 'network n0: its process .* signal 9 .* started again' '$tmp/a.err'"
diag "$tmp/a.err"

rm -f "$tmp/pid"
start "$tmp/b" -object filter-dump,id=f0,netdev=n0,file="$tmp/b.pcap"
ok "again" wait_for 20 helper
ok "it is stopped" kill -9 "$(cat "$tmp/pid")"
wait $timeout 2>/dev/null
ok "its network's process does not outlive it" wait_for 5 sh -c "! kill -0 $(cat "$tmp/helper")"

rm -f "$tmp/pid"
start "$tmp/c" -object filter-dump,id=f0,netdev=n0,file="$tmp/c.pcap"
ok "a third time, to the end" wait $timeout
ok "the dump is a pcap file" sh -c \
    "[ \"\$(od -An -tx4 -N4 '$tmp/c.pcap' | tr -d ' ')\" = a1b2c3d4 ]"
ok "the lease is in it" grep -qa "$(printf 'c\202Sc')" "$tmp/c.pcap"
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that follows positions as VMware's drivers do: what the backdoor answers in registers, and
# what arrives from the monitor.
. "$(dirname "$0")/lib.sh"
need_kvm

cp "$BUILD/tests/guest/pointer/pointer.bin" "$tmp/disk.img"
truncate -s 64K "$tmp/disk.img"
mkfifo "$tmp/qmp"
"$VMX_DM" -net none -display none -m 16 -drive "file=$tmp/disk.img,format=raw" \
    -debugcon "file:$tmp/log" -qmp stdio <"$tmp/qmp" >"$tmp/out" 2>"$tmp/err" &
vm=$!
exec 3>"$tmp/qmp"
say() {
    echo "$1" >&3
}
# event TYPE MEMBERS...: one input event
events() {
    say '{"execute": "input-send-event", "arguments": {"events": ['"$1"']}}'
}
axis() {
    echo '{"type": "'"$1"'", "data": {"axis": "'"$2"'", "value": '"$3"'}}'
}
button() {
    echo '{"type": "btn", "data": {"button": "'"$1"'", "down": '"$2"'}}'
}
logged() {
    grep -q "^$1" "$tmp/log"
}

say '{"execute": "qmp_capabilities"}'
events "$(axis abs x 1)" # too early: refused
ok "the guest runs and turns the mouse on" wait_for 60 logged ready || {
    diag "$tmp/err"
    diag "$tmp/log"
}
ok "a position is refused before" grep -q 'not found for event type abs' "$tmp/out"
ok "version in EAX, EBX, ECX; the others stay" \
    logged '00000006 564D5868 00000002 D0D05658 51515151 D1D1D1D1'
ok "size of memory" logged '01000000 00001177'
ok "an unknown command" logged 'FFFFFFFF 00001177 00000033'
ok "off at first" logged 'FFFF0000'
ok "identity" logged '3442554A'
ok "nothing without the magic number" logged 'FFFFFFFF$'
say '{"execute": "query-mice"}'
ok "query-mice shows it" wait_for 10 grep -q \
    '"name": "vmmouse", "index": 3, "current": true, "absolute": true' "$tmp/out"
events "$(axis abs x 1000), $(axis abs y 32767)"
ok "position" wait_for 10 logged '00000000 000007D0 0000FFFF 00000000'
events "$(button left true)"
ok "button" wait_for 10 logged '00000020 000007D0 0000FFFF 00000000'
events "$(button wheel-up true)"
ok "wheel" wait_for 10 logged '00000020 000007D0 0000FFFF FFFFFFFF'
say '{"execute": "send-key", "arguments": {"keys": [{"type": "qcode", "data": "a"}]}}'
ok "the guest turns to movements" wait_for 10 logged key
events "$(axis rel x 10), $(axis rel y -5)"
ok "movement" wait_for 10 logged '00010020 0000000A 00000005 00000000'
say '{"execute": "quit"}'
exec 3>&-
wait $vm
ok "it ends" [ $? = 0 ]
finish

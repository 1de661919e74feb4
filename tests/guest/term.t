#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# -display term and vmx-dm-term, as their users have them: what the panes of a tmux show is compared
# with what the guest does, and typed into.
. "$(dirname "$0")/term-lib.sh"
need_kvm

serial_has() {
    tr -d '\r' <"$tmp/com1" | grep -qF -- "$1"
}
# What is seen is, line by line, what QMP says the text is.
same_text() {
    qmp '{"execute":"x-screen-text"}' |
        perl -MJSON::PP -e 'binmode STDOUT, ":utf8"; my $r = decode_json(<>)->{return};
            $r = $r->{text} if ref $r; $r =~ s/\s+$//; print "$r\n"' >"$tmp/want"
    screen "$1" | perl -0pe 's/[ ]+$//mg; s/\s+$/\n/' >"$tmp/seen"
    [ -s "$tmp/want" ] && cmp -s "$tmp/want" "$tmp/seen"
}

# typed PANE PREFIX TEXT: key by key, each when the guest has shown the last: what nobody takes is lost
typed() {
    typed_so_far=$2
    typed_rest=$3
    while [ -n "$typed_rest" ]; do
        typed_key=${typed_rest%"${typed_rest#?}"}
        typed_rest=${typed_rest#?}
        typed_so_far=$typed_so_far$typed_key
        keys "$1" -l "$typed_key"
        wait_for 10 serial_has "$typed_so_far" || return 1
    done
}

cp "$BUILD/tests/guest/demo/demo.bin" "$tmp/demo.img"
machine one -display term -m 64 -nic user,model=ne2k_isa -hda "$tmp/demo.img" \
    -serial "file:$tmp/com1" -qmp "unix:$tmp/qmp,server=on,wait=off"
ok "the guest is happy on a terminal" wait_for 60 serial_has 'Esc powers off' ||
    screen one | sed 's/^/# /'
ok "which shows it" wait_for 5 shows one 'demo: all ok'
ok "all of it, as QMP reads it, boxes and shades too" wait_for 10 same_text one || diag "$tmp/seen"
ok "in colours" wait_for 5 sh -c "tmux -S $tmp/tmux capture-pane -e -p -t one | grep -q '$(printf '\033')\[[0-9;]*4[0-7]'"
ok "keys reach the guest" typed one '> ' 'Key by key: {a} 1+2 "z" ~|\' || diag "$tmp/com1"
ok "and what it answers is seen" wait_for 5 shows one '> Key by key: {a} 1+2 "z"'
keys one Enter
long=$(echo abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789)
whole() { # a guest that is held up meanwhile loses some of it: then once more
    keys one Enter
    keys one -l "$long"
    wait_for 1 serial_has "> $long"
}
ok "a pasted line comes whole" wait_for 10 whole || diag "$tmp/com1"
keys one BSpace
ok "Backspace" wait_for 5 shows one "012345678 "
keys one Enter

qmp '{"execute":"stop"}' >/dev/null
ok "a machine that is paused says so" wait_for 5 shows one '[paused]'
qmp '{"execute":"cont"}' >/dev/null
ok "and no longer" wait_for 5 lacks one '[paused]'

T resize-window -t one -x 50 -y 12
typed one '> ' small
ok "a terminal that is smaller shows where the guest's cursor is" wait_for 5 shows one '> small'
keys one C-a Up
keys one C-a Up
ok "Ctrl-A Up shows what is above" wait_for 5 shows one 'vmx-dm demo guest'
keys one C-a Right
keys one C-a Right
ok "Ctrl-A Right what is beside" wait_for 5 shows one 'device model of a PC'
keys one C-a Home
ok "Ctrl-A Home where the cursor is" wait_for 5 shows one '> small'
T resize-window -t one -x 90 -y 30
ok "large again: all of it" wait_for 5 same_text one || diag "$tmp/seen"
keys one C-a h
ok "Ctrl-A h lists the keys" wait_for 5 shows one 'Ctrl-A d     Ctrl-Alt-Delete'
keys one x
ok "until another key, which is not the guest's" wait_for 5 same_text one

pane two "$term"
ok "another terminal shows the same" wait_for 5 same_text two || diag "$tmp/seen"
typed two '> small' 2nd
ok "keys come from there as well" wait_for 5 shows one '> small2nd'
keys two C-a x
ok "Ctrl-A x leaves: its terminal is as before" ended two 0
ok "the machine goes on" kill -0 "$dm"
gone two

bottom_line() {
    screen one | tail -n 1 | grep -q '^vmx-dm: '
}
kill -9 "$(pgrep -P "$dm" -f vmx-dm-slirp)"
ok "what vmx-dm says is on the bottom line" wait_for 5 bottom_line
kill -9 "$viewer"
ok "the viewer is killed: that is said, and how to look again" \
    wait_for 5 shows one 'signal 9 (Killed), the guest runs on: vmx-dm-term a_test-'
pane two "$term a_test"
ok "there it is" wait_for 5 same_text two
typed two '> small2nd' 'still here'
ok "and hears" wait_for 5 shows two '> small2ndstill here'
kill -9 "$dm"
ok "the machine is killed: the terminal is given back" ended two 1
ok "and says why" wait_for 5 shows two 'vmx-dm-term: the machine has gone'
finish

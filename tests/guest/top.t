#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmx-dm-top beside machines that come, go, stop and lie. One runs the demo guest; the others have no
# CPU (-accel qtest).
. "$(dirname "$0")/lib.sh"
top_program=${VMX_DM%/*}/vmx-dm-top
need_tools socat tmux perl
need_kvm
export XDG_RUNTIME_DIR="$tmp/run"
mkdir -m 700 "$tmp/run"

# start NAME options...: sets pid
start() {
    name=$1
    shift
    "$VMX_DM" -name "$name" -display none "$@" 2>"$tmp/$name.err" </dev/null &
    pid=$!
    wait_for 20 test -S "$tmp/run/vmx-dm/$name-$pid" || diag "$tmp/$name.err"
}
qmp() {
    printf '{"execute":"qmp_capabilities"}\n%s\n' "$2" | socat -t 10 - "unix:$tmp/$1.qmp" | tail -n 1
}
# reading options...: one, of the whole time, into out
reading() {
    "$top_program" -n 1 -d 0.2 "$@" >"$tmp/out" 2>"$tmp/err"
}
# table OPTIONS PATTERN...: such a reading has all these; a machine may answer it too late
table() {
    reading $1
    shift
    for pattern; do
        grep -q -- "$pattern" "$tmp/out" || return 1
    done
}
# json EXPRESSION: perl, of $m, the machine called one
json() {
    reading --json -t && perl -MJSON::PP -e 'my $j = decode_json(<STDIN>);
        my ($m) = grep { $_->{name} eq "one" } @{$j->{machines}};
        my ($rtc) = grep { $_->{name} eq "mc146818rtc" } @{$m->{devices}};
        exit !('"$1"');' <"$tmp/out"
}
agrees() {
    qmp one '{"execute":"query-latency"}' >"$tmp/answer"
    json "(grep { \$_->{device} eq 'mc146818rtc' } @{decode_json('$(cat "$tmp/answer")')
        ->{return}{devices}})[0]{exits} == \$rtc->{exits}"
}
said() {
    [ "$1" = 1 ] && [ "$(wc -l <"$tmp/err")" = 1 ] && grep -q -- "$2" "$tmp/err"
}

reading -b
ok "no machine: a table without rows, code 0" sh -c "[ $? = 0 ] && [ \"\$(wc -l <'$tmp/out')\" = 1 ]"
reading -b nobody
ok "nor one of that name: told, code 1" said $? 'no machine of this user'

cp "$BUILD/tests/guest/demo/demo.bin" "$tmp/demo.img"
start one -qmp "unix:$tmp/one.qmp,server=on,wait=off" -m 64 -no-reboot -hda "$tmp/demo.img" \
    -nic user,model=ne2k_isa,id=net7 -serial "file:$tmp/com1"
one=$pid
start two -accel qtest -nodefaults
two=$pid
ok "a guest runs" wait_for 90 grep -q 'Esc powers off' "$tmp/com1" || diag "$tmp/one.err"
ok "both are listed" wait_for 5 table "-b -t" "^one  *$one running " "^two  *$two running " ||
    diag "$tmp/out"
ok "with the exits of devices" wait_for 5 table "-b -t" '^mc146818rtc  *[1-9][0-9]*  *0 ' \
    '^i8042  *[1-9][0-9]*  *0 ' || diag "$tmp/out"
ok "and coalesced writes" grep -q '^VGA  *[^ ]*  *[1-9][0-9.]*k ' "$tmp/out" || diag "$tmp/out"
ok "and a network" grep -q '^net7  *ne2k_isa  *0 ' "$tmp/out" || diag "$tmp/out"
ok "and a disk" grep -q '^ide0-hd0  *piix3-ide ' "$tmp/out" || diag "$tmp/out"
ok "one by its name, by windows" wait_for 5 table "-b -t -w one" '^mc146818rtc rtc 0070  *[1-9]' ||
    diag "$tmp/out"
ok "and no other" sh -c "! grep -q ^two '$tmp/out'" || diag "$tmp/out"
ok "JSON is JSON, with pid and state" wait_for 5 json '$m->{pid} == '$one' && $m->{state} eq "running"' ||
    diag "$tmp/out"
ok "what a device answered" wait_for 5 json '$rtc->{exits} > 10 && $rtc->{"p50-us"} > 0 &&
    $rtc->{"p50-us"} <= $rtc->{"p99-us"} && $rtc->{"p99-us"} <= $rtc->{"max-us"}' || diag "$tmp/out"
ok "as the monitor says it" wait_for 5 agrees || diag "$tmp/out"
ok "the network's and the disk's counters" wait_for 5 json '$m->{networks}[0]{"tx-frames"} > 0 &&
    $m->{disks}[0]{"read-bytes"} > 0' || diag "$tmp/out"
ok "and percentages" wait_for 5 json '$m->{"cpu-percent"} >= 0 && $m->{"rss-kib"} > 1000' || diag "$tmp/out"
qmp one '{"execute":"stop"}' >/dev/null
ok "a machine that is paused" wait_for 5 json '$m->{state} eq "paused"' || diag "$tmp/out"
qmp one '{"execute":"cont"}' >/dev/null
ok "and goes on" wait_for 5 json '$m->{state} eq "running"' || diag "$tmp/out"
"$top_program" -b -n 2 -d 0.2 one >"$tmp/out"
ok "-n 2 is two tables" sh -c "[ \"\$(grep -c ^MACHINE '$tmp/out')\" = 2 ]" || diag "$tmp/out"

"$top_program" --json -d 0.1 >"$tmp/stream" 2>"$tmp/err" &
stream=$!
start three -accel qtest -nodefaults
three=$pid
# the last line has, or has not
now() {
    tail -n 1 "$tmp/stream" | grep -q "$1"
}
now_not() {
    ! now "$1"
}
ok "one that comes is seen" wait_for 10 now '"name":"three"' || diag "$tmp/err"
kill $three
wait $three
ok "one that goes is not" wait_for 10 now_not '"name":"three"' || diag "$tmp/err"
kill -9 $two
wait $two 2>/dev/null
ok "nor one that is killed" wait_for 10 now_not '"name":"two"' || diag "$tmp/err"
kill -STOP $one
start four -accel qtest -nodefaults
four=$pid
ok "one that is stopped delays nobody" wait_for 10 now '"name":"four"' || diag "$tmp/err"
ok "and is listed on" wait_for 10 now '"name":"one"'
kill -CONT $one
kill $stream
wait $stream 2>/dev/null
ok "nothing on stderr" [ ! -s "$tmp/err" ] || diag "$tmp/err"
"$top_program" -b -d 0.1 four >"$tmp/out" 2>"$tmp/err" &
follow=$!
wait_for 10 grep -q '^four' "$tmp/out"
kill $four
wait $four
wait_for 10 sh -c "! readlink /proc/$follow/exe"
ok "-b with a name ends with the machine, code 0" wait $follow || diag "$tmp/err"

socat -u SYSTEM:"head -c 3000 /dev/zero; sleep 600" \
    "unix-listen:$tmp/run/vmx-dm/liar-1,socktype=5,fork" 2>/dev/null &
liar=$!
wait_for 10 test -S "$tmp/run/vmx-dm/liar-1"
ok "something else at a socket is told of, and spoils nothing" wait_for 5 table -b \
    '^liar-1  .*not a vmx-dm of this version' '^one  *[0-9]* running' || diag "$tmp/out"
kill $liar
wait $liar 2>/dev/null
rm -f "$tmp/run/vmx-dm/liar-1"

reading -b nobody
ok "a name that is not there: those that are, code 1" said $? 'no machine "nobody"; there are: one-'
reading -b one two
ok "one name at most" said $? '"two" is one too many'
reading -b -d 0
ok "-d 0" said $? '--delay=0: expected seconds between 0.1 and 3600'
reading -b --sort=size
ok "--sort" said $? '--sort=size: expected one of name, cpu, model, exits, rss'
reading </dev/null
ok "not on a terminal, without -b" said $? 'with -b figures are printed'
"$top_program" -b -n 1 -d 0.1 >/dev/full 2>"$tmp/err"
ok "no room for the output" said $? 'No space left'

# on a terminal

tm() {
    tmux -S "$tmp/tmux" "$@"
}
shows() {
    tm capture-pane -p >"$tmp/screen"
    grep -q -- "$1" "$tmp/screen"
}
shows_not() {
    ! shows "$1"
}
start two -accel qtest -nodefaults
two=$pid
if ! tm -f /dev/null new-session -d -x 100 -y 30 \
    "TERM=screen timeout --foreground 500 '$top_program' -d 0.5; echo code \$?; sleep 30" \
    2>"$tmp/err"; then # the server ends by itself, whatever becomes of this test
    skip "on a terminal" "tmux makes none"
elif ! wait_for 10 shows '^vmx-dm-top: [0-9]' && shows 'built without ncurses'; then
    skip "on a terminal" "built without ncurses"
else
    ok "on a terminal: both machines" wait_for 10 shows "^two  *$two running" || diag "$tmp/screen"
    ok "and the network of the first" wait_for 10 shows '^net7' || diag "$tmp/screen"
    tm send-keys Down
    ok "Down: the second, which has none" wait_for 10 shows_not '^net7' || diag "$tmp/screen"
    tm send-keys k t w
    ok "k, t and w: windows since the start" wait_for 10 shows '^mc146818rtc rtc 0070  *[1-9]' ||
        diag "$tmp/screen"
    tm resize-window -x 50 -y 10
    ok "smaller: nothing is broken at the edge" wait_for 10 shows "^two  *$two running" ||
        diag "$tmp/screen"
    tm resize-window -x 100 -y 30
    tm send-keys t
    ok "larger again, and of the interval" wait_for 10 shows_not '^mc146818rtc' || diag "$tmp/screen"
    qmp one '{"execute":"send-key","arguments":{"keys":[{"type":"qcode","data":"a"}]}}' >/dev/null
    ok "a key is some exits" wait_for 10 shows '^i8042-data' || diag "$tmp/screen"
    tm send-keys s
    ok "s: sorted by CPU" wait_for 10 shows 'by cpu' || diag "$tmp/screen"
    kill $two
    wait $two
    ok "one goes" wait_for 10 shows '1 machine,' || diag "$tmp/screen"
    tm send-keys h
    ok "h: help" wait_for 10 shows 'choose a machine' || diag "$tmp/screen"
    tm send-keys q
    ok "q: the end, code 0" wait_for 10 shows '^code 0' || diag "$tmp/screen"
fi
tm kill-server 2>/dev/null
ok "the machine of the guest noticed nothing" sh -c "kill -0 $one && [ ! -s '$tmp/one.err' ]" || diag "$tmp/one.err"
finish

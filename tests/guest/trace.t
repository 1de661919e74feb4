#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# -trace and vmx-dm-trace: a session of the test protocol and the demo guest are recorded, printed,
# summed and replayed; a trace with a changed answer, and a board with another configuration, must be
# found out; what is no trace is refused.
. "$(dirname "$0")/lib.sh"
TRACE=${TRACE:-$BUILD/vmx-dm-trace}
demo=$BUILD/tests/guest/demo/demo.bin

# replay NAME OPTIONS...: exit code in $code, output in NAME.out
replay() {
    replay_name=$1
    shift
    timeout 120 "$TRACE" --replay --program "$VMX_DM" "$@" >"$tmp/$replay_name.out" \
        2>"$tmp/$replay_name.err" </dev/null
    code=$?
}

# same NAME OPTIONS...: replays without a difference
same() {
    replay "$@"
    ok "$1: the replay gives the same answers" \
        sh -c "[ $code = 0 ] && grep -q 'no difference' '$tmp/$1.out' && [ ! -s '$tmp/$1.err' ]" || {
        diag "$tmp/$1.out"
        diag "$tmp/$1.err"
    }
}

# differs NAME PATTERN OPTIONS...: the replay ends with a difference that is named so
differs() {
    differs_name=$1 pattern=$2
    shift 2
    replay "$differs_name" "$@"
    ok "$differs_name: found and named" \
        sh -c "[ $code = 1 ] && head -n 1 '$tmp/$differs_name.out' | grep -qE '$pattern'" || {
        diag "$tmp/$differs_name.out"
        diag "$tmp/$differs_name.err"
    }
}

# poke FILE RECORD BYTE: change the answer of a record that fits one slot
poke() {
    ring=$(od -An -t u8 -j 40 -N 8 "$1" | tr -d ' ')
    slots=$(od -An -t u8 -j 16 -N 8 "$1" | tr -d ' ')
    printf "\\$(printf %o "$3")" |
        dd of="$1" bs=1 seek=$((ring + ($2 % slots) * 32 + 24)) conv=notrunc 2>/dev/null
}

# -- recorded on the board without a CPU --

truncate -s 1M "$tmp/disk.img"
{
    i=0
    while [ $i -lt 128 ]; do # all of the CMOS
        echo "outb 0x70 $i"
        echo "inb 0x71"
        i=$((i + 1))
    done
    for reg in 0 8 0x10 0x2c; do # of the VGA, the IDE
        echo "outl 0xcf8 $((0x80001000 + reg))"
        echo "inl 0xcfc"
    done
    # bus master at 0xc000, decoding on
    printf 'outl 0xcf8 0x80000920\noutl 0xcfc 0xc001\noutl 0xcf8 0x80000904\noutw 0xcfc 5\n'
    # one sector from 0x20000 to the disk: table at 0x10000
    printf 'write 0x10000 8 0x0000020000020080\nmemset 0x20000 512 0x5a\n'
    printf 'outl 0xc004 0x10000\noutb 0xc002 6\noutb 0x1f6 0xe0\noutb 0x1f2 1\n'
    printf 'outb 0x1f3 3\noutb 0x1f4 0\noutb 0x1f5 0\noutb 0x1f7 0xca\noutb 0xc000 1\n'
    printf 'clock_step 1000000\n'
} >"$tmp/script"
{
    printf 'inb 0xc002\ninb 0x1f7\noutb 0xc000 0\n'
    # the sector back, by program
    printf 'outb 0x1f2 1\noutb 0x1f3 3\noutb 0x1f7 0x20\n'
    i=0
    while [ $i -lt 256 ]; do
        echo "inw 0x1f0"
        i=$((i + 1))
    done
    # a file of the firmware interface by DMA: select 0, 4 bytes to 0x30000
    printf 'write 0x18000 16 0x0000000a000000040000000000030000\n'
    printf 'outl 0x514 0\noutl 0x518 0x00800100\nread 0x30000 4\n'
    printf 'outb 0x3f8 0x41\nclock_step 5000000\ninb 0x3fd\n'
    printf 'writeb 0xa0000 1\nreadb 0xfec00010\ninb 0x999\n'
} >"$tmp/script2"
answered() { # FILES...: all their commands
    [ "$(grep -c . "$tmp/answers")" -ge "$(cat "$@" | wc -l)" ]
}
written() {
    od -An -t x1 -j 1536 -N 2 "$tmp/disk.img" | grep -q '5a 5a'
}
record() { # options...: with the disk idle between the two parts
    : >"$tmp/answers"
    { cat "$tmp/script" && wait_for 20 answered "$tmp/script" && wait_for 20 written && sleep 1 &&
        cat "$tmp/script2" && wait_for 20 answered "$tmp/script" "$tmp/script2"; } |
        timeout 300 "$VMX_DM" -accel qtest -display none -m 32 -hda "$tmp/disk.img" \
            -serial file:"$tmp/serial" -qtest stdio -qtest-log none \
            -trace "file=$tmp/q.trace,size=1M" -pidfile "$tmp/pid" "$@" >"$tmp/answers" 2>"$tmp/err" &
    wait_for 60 answered "$tmp/script" "$tmp/script2"
    kill "$(cat "$tmp/pid")"
    wait
}
record
ok "recorded: the disk was written" written
: >"$tmp/disk.img"
truncate -s 1M "$tmp/disk.img" # as it was before
ok "print" sh -c "'$TRACE' '$tmp/q.trace' >'$tmp/text'"
ok "print: the command line" grep -q '^# -accel qtest .*-m 32' "$tmp/text"
ok "print: an access, with its device" \
    grep -qE ' in  0x0071 1 0x[0-9a-f]{2}  mc146818rtc rtc\+0x1' "$tmp/text"
ok "print: what a device read of memory" grep -qE 'dma-read 0x00020000 512 bytes: 5a5a5a5a' "$tmp/text"
ok "print: nothing there" grep -qE 'in  0x0999 1 0xff  \(nothing\)' "$tmp/text"
count() { # filter options...: how many records
    "$TRACE" "$@" "$tmp/q.trace" | grep -c '^ *[0-9]'
}
ok "filter by port, writes" [ "$(count --port 0x70-0x71 --writes)" = 128 ]
ok "filter by device, reads" [ "$(count --device mc146818rtc --reads)" = 128 ]
ok "filter by address" [ "$(count --address 0xa0000-0xbffff)" = 1 ]
ok "filter by time" [ "$(count --from 0.0055)" = 4 ] || echo "# $(count --from 0.0055)"
ok "filter by CPU" [ "$(count --vcpu 0)" = 0 ]
ok "sum" sh -c "'$TRACE' --sum '$tmp/q.trace' >'$tmp/sum'"
ok "sum: 128 reads of the CMOS" grep -qE '^ +128 +0 +128 .*mc146818rtc rtc\+0x1' "$tmp/sum"
same "test protocol" "$tmp/q.trace"
ok "the disk was not touched by the replay" \
    sh -c "! od -An -t x1 -j 1536 -N 2 '$tmp/disk.img' | grep -q 5a"

cp "$tmp/q.trace" "$tmp/poked.trace"
record_number=$("$TRACE" --port 0x71 --reads "$tmp/q.trace" | awk '/^ *[0-9]/ && ++n == 54 {print $1}')
poke "$tmp/poked.trace" "$record_number" 0xee
differs "changed answer" "record $record_number at .*rtc\\+0x1 \\(CMOS 0x35\\), port 0x71: expected 0xee, got" \
    "$tmp/poked.trace"
same "changed answer, ignored" --ignore rtc:1 "$tmp/poked.trace"
differs "more memory" 'mc146818rtc rtc.0x1 \(CMOS 0x[13][0-9]\), port 0x71: expected' "$tmp/q.trace" \
    -- -m 64 -hda "$tmp/disk.img"
differs "less disk" 'expected 0x' "$tmp/q.trace" -- -m 32
ok "all differences, on demand" sh -c "'$TRACE' --replay --all --program '$VMX_DM' '$tmp/q.trace' \
    -- -m 64 -hda '$tmp/disk.img' | grep -c '^record' | grep -qE '^[2-9]|^1[0-9]'"

# a small ring: the oldest is gone
{ cat "$tmp/script" && cat "$tmp/script"; } >"$tmp/twice"
for i in 1 2 3; do cat "$tmp/twice" "$tmp/twice" >"$tmp/more" && mv "$tmp/more" "$tmp/twice"; done
: >"$tmp/answers"
{ cat "$tmp/twice" && wait_for 20 answered "$tmp/twice"; } |
    timeout 300 "$VMX_DM" -accel qtest -display none -m 32 -qtest stdio -qtest-log none \
        -trace "file=$tmp/ring.trace,size=64K" -pidfile "$tmp/pid" >"$tmp/answers" &
wait_for 20 answered "$tmp/twice"
kill "$(cat "$tmp/pid")"
wait
ok "a full ring says that it begins in the middle" \
    sh -c "'$TRACE' '$tmp/ring.trace' | sed -n 3p | grep -q 'begins in the middle'"
replay "ring" "$tmp/ring.trace"
ok "and so does its replay" grep -q 'begins in the middle' "$tmp/ring.out"

# -- errors --

# refuses "what" PATTERN options of vmx-dm...
refuses() {
    refuses_name=$1 pattern=$2
    shift 2
    "$VMX_DM" -accel qtest -display none "$@" >/dev/null 2>"$tmp/err" </dev/null
    code=$?
    ok "$refuses_name" sh -c "[ $code = 1 ] && [ \$(wc -l <'$tmp/err') = 1 ] &&
        grep -qE -- '$pattern' '$tmp/err'" || diag "$tmp/err"
}
echo precious >"$tmp/precious"
refuses "no such directory" '-trace file=/nowhere/t: No such file' -trace file=/nowhere/t
refuses "not over another file" 'precious: is there already and is no trace' \
    -trace "file=$tmp/precious"
refuses "bad size" '-trace.*size=' -trace "file=$tmp/t,size=lots"
refuses "too small" '-trace file=.*size= is not between 64K and 64G' -trace "file=$tmp/t,size=4K"
refuses "without a file" '-trace .*expected file=PATH' -trace size=1M
if [ "$(id -u)" = 0 ] && mkdir "$tmp/tiny" && mount -t tmpfs -o size=1M none "$tmp/tiny" 2>/dev/null; then
    refuses "no space" '-trace file=.*/tiny/t: cannot get [23] MiB .*No space left.*size=' \
        -trace "file=$tmp/tiny/t,size=2M"
    ok "and nothing is left" [ ! -e "$tmp/tiny/t" ]
    umount "$tmp/tiny"
else
    skip "no space" "needs a small file system"
    skip "and nothing is left" "needs a small file system"
fi
# not_a_trace "what" FILE
not_a_trace() {
    "$TRACE" "$2" >/dev/null 2>"$tmp/err"
    code=$?
    ok "$1" sh -c "[ $code = 2 ] && [ \$(wc -l <'$tmp/err') = 1 ]" || diag "$tmp/err"
}
head -c 100000 "$tmp/q.trace" >"$tmp/short"
not_a_trace "truncated" "$tmp/short"
not_a_trace "something else" "$tmp/script"
not_a_trace "empty" /dev/null
not_a_trace "missing" "$tmp/nowhere"
not_a_trace "a directory" "$tmp"

# a trace from a stranger: files are only read, nothing is opened to the outside
cp "$tmp/q.trace" "$tmp/evil.trace"
config=$(od -An -t u8 -j 32 -N 8 "$tmp/evil.trace" | tr -d ' ')
printf '/\0-m 32\0-serial file:%s\0-pidfile %s\0-qmp unix:%s,server=on,wait=off\0-chardev file,id=a,path=%s\0-hda %s\0' \
    "$tmp/evil" "$tmp/evil" "$tmp/evil" "$tmp/evil" "$tmp/disk.img" >"$tmp/words"
dd if="$tmp/words" of="$tmp/evil.trace" bs=1 seek="$config" conv=notrunc 2>/dev/null
length=$(wc -c <"$tmp/words")
printf "\\$(printf %o $((length % 256)))\\$(printf %o $((length / 256)))" |
    dd of="$tmp/evil.trace" bs=1 seek=68 conv=notrunc 2>/dev/null
same "of a stranger" "$tmp/evil.trace"
ok "and its files were not made" [ ! -e "$tmp/evil" ]

# -- recorded of a guest --

if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
    skip "the demo guest, replayed" "/dev/kvm cannot be opened"
    finish
fi
run_demo() { # NAME, options...
    name=$1
    shift
    cp "$demo" "$tmp/demo.img"
    timeout 90 "$VMX_DM" -m 64 -display none -hda "$tmp/demo.img" \
        -fw_cfg name=opt/demo,string=poweroff -no-reboot -serial "file:$tmp/$name.log" \
        -trace "file=$tmp/$name.trace" "$@" 2>"$tmp/err" </dev/null
    cp "$demo" "$tmp/demo.img"
}
for chips in on split off; do
    run_demo "demo-$chips" -accel kvm,kernel-irqchip=$chips
    ok "demo guest, kernel-irqchip=$chips" grep -q 'demo: all ok' "$tmp/demo-$chips.log"
    same "demo-$chips" "$tmp/demo-$chips.trace"
done
"$TRACE" --sum "$tmp/demo-on.trace" >"$tmp/sum"
ok "sum: the network card" grep -q 'ne2k_isa ne2k_isa+0x7' "$tmp/sum"
ok "print: frames from outside" \
    sh -c "'$TRACE' --device net0 '$tmp/demo-on.trace' | grep -q 'frame [0-9]* bytes: 5254'"
number=$("$TRACE" --device ide-primary --port 0x1f1-0x1f7 --reads "$tmp/demo-on.trace" |
    awk '/^ *[0-9]/ && ++n == 3 {print $1}')
cp "$tmp/demo-on.trace" "$tmp/poked.trace"
poke "$tmp/poked.trace" "$number" 0x13
differs "demo with a changed answer" "record $number at .*piix3-ide ide-primary.*expected 0x13" \
    "$tmp/poked.trace"
differs "demo with other memory" 'CMOS 0x|fw_cfg' "$tmp/demo-on.trace" -- -m 96 \
    -hda "$tmp/demo.img" -fw_cfg name=opt/demo,string=poweroff -nic user
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmx-dm, QEMU and the bare loop, side by side: run.sh BUILDDIR. One guest at a time, each round runs
# all three after another, so that a busy moment of the machine hits all; medians over the rounds.
# BENCH_RUNS: rounds (11). QEMU: the QEMU to compare with. No verdict is made of the figures;
# docs/benchmarks.md says what they mean.
set -u
build=${1:?usage: run.sh BUILDDIR}
runs=${BENCH_RUNS:-11}
here=$(cd "$(dirname "$0")" && pwd)
bench=$build/tests/bench
limit=30
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

. "$here/kvm.sh"

truncate -s 8M "$tmp/disk.img"
console() {
    echo "-chardev stdio,id=debug,signal=off -device isa-debugcon,iobase=$1,chardev=debug"
}
common="-display none -m 64 -net none"
end="-device isa-debug-exit,iobase=0xf4,iosize=1"
first="$common -bios $bench/guests/first.bin $end $(console 0xe9)"
access="$common -bios $bench/guests/access.bin $end $(console 0xe9)
    -drive file=$tmp/disk.img,format=raw,if=ide -serial null
    -netdev user,id=n0,restrict=on -device ne2k_isa,iobase=0x300,irq=9,netdev=n0"
prompt="$common $(console 0x402)"

# take SUBJECT PREFIX WATCH-OPTIONS -- COMMAND...: each line of the stopwatch, by name
take() {
    subject=$1 prefix=$2
    shift 2
    if ! "$bench/watch" -t $limit "$@" >"$tmp/out" 2>"$tmp/err" || grep -q '^failed' "$tmp/out"; then
        echo "$subject $prefix: the guest did not finish" >&2
        cat "$tmp/err" >&2
        return
    fi
    sed "s/^/$subject $prefix/" "$tmp/out" >>"$tmp/all"
}

round() {
    take bare "start:" "$bench/bare" "$bench/guests/first.bin"
    # shellcheck disable=SC2086
    take vmx "start:" "$build/vmx-dm" $first
    # shellcheck disable=SC2086
    [ -z "$qemu" ] || take qemu "start:" "$qemu" -accel kvm $first
    [ $(($1 % 2)) = 1 ] || return 0 # the long ones in every other round
    take bare "" "$bench/bare" "$bench/guests/access.bin" "$tmp/disk.img"
    # shellcheck disable=SC2086
    take vmx "" "$build/vmx-dm" $access
    # shellcheck disable=SC2086
    [ -z "$qemu" ] || take qemu "" "$qemu" -accel kvm $access
    take vmx "" "$bench/sample"
}

i=0
while [ $i -lt "$runs" ]; do
    i=$((i + 1))
    printf '\rround %d of %d' $i "$runs" >&2
    round $i
done
printf '\rmemory at the prompt\n' >&2
# shellcheck disable=SC2086
take vmx "prompt:" -u "No bootable device" -r 65536 "$build/vmx-dm" $prompt
# shellcheck disable=SC2086
[ -z "$qemu" ] ||
    take qemu "prompt:" -u "No bootable device" -r 65536 "$qemu" -accel kvm $prompt

{
    echo "vmx-dm beside QEMU: medians of $runs rounds, $(date -u +%Y-%m-%d)"
    echo "$(uname -sr), $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    [ -z "$qemu" ] || "$qemu" --version | head -n 1
    echo
    awk -f "$here/table.awk" "$tmp/all"
} | tee "$build/bench.txt"
[ -z "${BENCH_RAW:-}" ] || cp "$tmp/all" "$BENCH_RAW"
awk -v markdown=1 -f "$here/table.awk" "$tmp/all" >"$build/bench.md"

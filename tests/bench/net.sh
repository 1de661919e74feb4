#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Frames per second and host CPU time per frame of the NE2000, beside QEMU and the bare loop: net.sh
# BUILDDIR. Everything else as in run.sh: BENCH_RUNS rounds (5 here), QEMU, BENCH_RAW, no verdict.
set -u
build=${1:?usage: net.sh BUILDDIR}
runs=${BENCH_RUNS:-5}
here=$(cd "$(dirname "$0")" && pwd)
bench=$build/tests/bench
tmp=$(mktemp -d) || exit 1
peer=
trap '[ -z "$peer" ] || kill $peer; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

. "$here/kvm.sh"
"$bench/peer" "$tmp/wire" &
peer=$!

guest="-display none -m 64 -net none -bios $bench/guests/net.bin
    -device isa-debug-exit,iobase=0xf4,iosize=1
    -chardev stdio,id=debug,signal=off -device isa-debugcon,iobase=0xe9,chardev=debug
    -netdev stream,id=n0,server=off,addr.type=unix,addr.path=$tmp/wire
    -device ne2k_isa,iobase=0x300,irq=9,netdev=n0"

# take SUBJECT COMMAND...
take() {
    subject=$1
    shift
    if ! "$bench/watch" -t 60 "$@" >"$tmp/out" 2>"$tmp/err" || grep -q '^failed' "$tmp/out"; then
        echo "$subject: the guest did not finish" >&2
        cat "$tmp/err" >&2
        return
    fi
    sed "s/^/$subject /" "$tmp/out" >>"$tmp/all"
}

: >"$tmp/all"
i=0
while [ $i -lt "$runs" ]; do
    i=$((i + 1))
    printf '\rround %d of %d' $i "$runs" >&2
    take bare "$bench/bare" "$bench/guests/net.bin"
    # shellcheck disable=SC2086
    take vmx "$build/vmx-dm" $guest
    # shellcheck disable=SC2086
    [ -z "$qemu" ] || take qemu "$qemu" -accel kvm $guest
done
printf '\r' >&2
{
    echo "NE2000, vmx-dm beside QEMU: medians of $runs rounds, $(date -u +%Y-%m-%d)"
    echo "$(uname -sr), $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    [ -z "$qemu" ] || "$qemu" --version | head -n 1
    echo
    awk -v table=net -f "$here/table.awk" "$tmp/all"
} | tee "$build/bench-net.txt"
[ -z "${BENCH_RAW:-}" ] || cp "$tmp/all" "$BENCH_RAW"
awk -v table=net -v markdown=1 -f "$here/table.awk" "$tmp/all" >"$build/bench-net.md"

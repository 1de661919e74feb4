#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What -trace costs: trace.sh BUILDDIR. The guest of `make bench` and the demo guest, with and without
# a trace, one after another in each round; medians. BENCH_RUNS: rounds (11). No verdict is made.
set -u
build=${1:?usage: trace.sh BUILDDIR}
runs=${BENCH_RUNS:-11}
bench=$build/tests/bench
demo=$build/tests/guest/demo/demo.bin
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
    echo "1..0 # SKIP /dev/kvm cannot be opened"
    exit 0
fi

truncate -s 8M "$tmp/disk.img"
common="-display none -m 64"
debug="-chardev stdio,id=debug,signal=off -device isa-debugcon,iobase=0xe9,chardev=debug"
access="$common -net none -bios $bench/guests/access.bin $debug
    -device isa-debug-exit,iobase=0xf4,iosize=1
    -drive file=$tmp/disk.img,format=raw,if=ide -serial null
    -netdev user,id=n0,restrict=on -device ne2k_isa,iobase=0x300,irq=9,netdev=n0"
power="$common -hda $tmp/demo.img -nic user,model=ne2k_isa -serial null -no-reboot
    -fw_cfg name=opt/demo,string=poweroff"

# take SUBJECT PREFIX COMMAND...: each line of the stopwatch, by name
take() {
    subject=$1 prefix=$2
    shift 2
    if "$bench/watch" -t 60 "$@" >"$tmp/out" 2>"$tmp/err"; then
        sed "s/^/$subject $prefix/" "$tmp/out" >>"$tmp/all"
    else
        echo "$subject $prefix the guest did not finish" >&2
        cat "$tmp/err" >&2
    fi
}

i=0
while [ $i -lt "$runs" ]; do
    i=$((i + 1))
    printf '\rround %d of %d' $i "$runs" >&2
    for how in plain traced; do
        trace=
        [ $how = plain ] || trace="-trace file=$tmp/trace"
        # shellcheck disable=SC2086
        take $how "" "$build/vmx-dm" $access $trace
        cp "$demo" "$tmp/demo.img"
        # shellcheck disable=SC2086
        take $how "demo_" "$build/vmx-dm" $power $trace
    done
done
printf '\r' >&2

echo "-trace: medians of $runs rounds, $(date -u +%Y-%m-%d)"
awk '
function median(key,    n, i, j, t, a) {
    n = count[key]
    for (i = 1; i <= n; i++) {
        t = value[key, i]
        for (j = i - 1; j > 0 && a[j] > t; j--)
            a[j + 1] = a[j]
        a[j + 1] = t
    }
    return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}
{
    value[$1, $2, ++count[$1, $2]] = $3 + 0
    if (!($2 in seen)) {
        seen[$2] = 1
        order[++names] = $2
    }
}
END {
    printf "%-26s %12s %12s %8s\n", "", "plain", "traced", "ratio"
    for (i = 1; i <= names; i++) {
        n = order[i]
        if (n ~ /first_byte|kib/ || !count["plain", n] || !count["traced", n])
            continue
        p = median("plain" SUBSEP n)
        t = median("traced" SUBSEP n)
        if (p > 0) {
            printf "%-26s %12.1f %12.1f %8.3f\n", n, p, t, t / p
            if (n !~ /_us$/) {
                sum += log(t / p)
                rows++
            }
        }
    }
    if (rows)
        printf "%-26s %12s %12s %8.3f\n", "accesses, geometric mean", "", "", exp(sum / rows)
}' "$tmp/all" | tee "$build/bench-trace.txt"

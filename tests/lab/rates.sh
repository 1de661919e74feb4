#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How fast a Linux guest's cards are in the lab, beside QEMU's: rates.sh [BUILDDIR]. The self-test
# guest receives and sends a file through each card, on vmx-dm and on Debian's QEMU, one after
# another in each round, the host's CPU being the same emulated one. Medians, and their ratio (above
# 1: vmx-dm is faster), are printed as a table, also into BUILDDIR/lab-rates.md. RATES_RUNS: rounds
# (3; each takes four minutes). RATES_CARDS: only these, "10 e1000 virtio-net-pci" for 10 MiB through
# two cards; RATES_UP: MiB to send, if not as many. No verdict is made.
set -u
BUILD=${1:-$(dirname "$0")/../../build}
. "$(dirname "$0")/lib.sh"
missing=$(lab_missing)
[ -z "$missing" ] || { echo "$missing" >&2; exit 1; }
runs=${RATES_RUNS:-3}

# rates SUBJECT PROGRAM MIB DEVICE...: a guest with these cards; a line for each way of each
rates() {
    subject=$1 program=$2 words="$selftest_words cpus=1 cards-only down=$3 up=${RATES_UP:-$3}"
    shift 3
    options= n=0
    for device; do
        options="$options $(card $n "$device,romfile=")"
        n=$((n + 1))
    done
    # shellcheck disable=SC2086
    in_lab "$tmp/log" svm --with-qemu --timeout 1000 --file "$tmp/amd64.kernel" \
        --file "$tmp/amd64.gz" --file "$lab/in-linux.sh" -- sh in-linux.sh "$program" 900 \
        -kernel amd64.kernel -initrd amd64.gz -append "$words cards=$n" $options
    grep -q '^selftest: all ok' "$tmp/log" || cat "$tmp/log" "$tmp/log.err" >&2
    sed -n 's/^selftest: \([^ ]*\) ok .* s, \([0-9]*\) KB.*/\1 \2/p' "$tmp/log" |
        awk -v subject="$subject" '{ print subject, $1, 1e6 / $2 }' >>"$tmp/all" # ns a byte
}

selftest amd64
set -- "1 ne2k_pci" "10 rtl8139 pcnet e1000 virtio-net-pci"
[ -z "${RATES_CARDS:-}" ] || set -- "$RATES_CARDS"
i=0
while [ $i -lt "$runs" ]; do
    i=$((i + 1))
    echo "round $i of $runs" >&2
    for size; do
        # shellcheck disable=SC2086
        rates vmx vmx-dm $size
        # shellcheck disable=SC2086
        rates qemu qemu-system-x86_64 $size
    done
done
table="awk -v table=lab -f $tests/bench/table.awk"
echo "Linux on emulated SVM: medians of $runs rounds, $(date -u +%Y-%m-%d)"
$table "$tmp/all"
$table -v markdown=1 "$tmp/all" >"$BUILD/lab-rates.md"

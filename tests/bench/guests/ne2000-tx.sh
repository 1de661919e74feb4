#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NE2000 transmit rate of a device model: ne2000-tx.sh FRAMES SIZE PROGRAM [ARGUMENTS...]
# PROGRAM is vmx-dm or qemu-system-x86_64; both get the same options. Prints one line:
#   PROGRAM frames=N size=S us=T fps=F
# The time is between two bytes that the guest writes to port E9h.
set -u
[ $# -ge 3 ] || { echo "usage: $0 FRAMES SIZE PROGRAM [ARGUMENTS...]" >&2; exit 2; }
frames=$1 size=$2
shift 2
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
nasm -f bin -DFRAMES="$frames" -DSIZE="$size" -o "$dir/tx.rom" "$here/ne2000-tx.asm" || exit 1
"$@" -nodefaults -display none -m 16 -no-reboot -bios "$dir/tx.rom" \
    -chardev stdio,id=e9,signal=off -device isa-debugcon,iobase=0xe9,chardev=e9 \
    -device isa-debug-exit,iobase=0xf4,iosize=4 \
    -netdev user,id=n0,restrict=on -device ne2k_isa,iobase=0x300,irq=9,netdev=n0 \
    </dev/null 2>"$dir/err" | {
    begin= end=
    while IFS= read -r -n1 c; do
        case $c in
        S) begin=${EPOCHREALTIME/./} ;;
        E) end=${EPOCHREALTIME/./} ;;
        X) break ;;
        esac
    done
    if [ -z "$begin" ] || [ -z "$end" ]; then
        echo "ne2000-tx: the guest did not finish" >&2
        cat "$dir/err" >&2
        exit 1
    fi
    us=$((end - begin))
    echo "$(basename "$1") frames=$frames size=$size us=$us fps=$((us > 0 ? frames * 1000000 / us : 0))"
}

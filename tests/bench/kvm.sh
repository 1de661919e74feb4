# SPDX-License-Identifier: GPL-2.0-or-later
# What every benchmark asks for first: KVM, and a QEMU to compare with. Sourced; sets qemu, to nothing
# where there is none.
qemu=${QEMU:-qemu-system-x86_64}
if [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
    echo "1..0 # SKIP /dev/kvm cannot be opened"
    exit 0
fi
command -v "$qemu" >/dev/null || {
    echo "$qemu is not installed: its column stays empty"
    qemu=
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# -kernel, -initrd, -append with a small kernel that says what it was given and powers off by ACPI.
. "$(dirname "$0")/lib.sh"
need_kvm
kernel=$BUILD/tests/guest/linux/kernel.bin

run() { # log, options...
    log=$1
    shift
    timeout 60 "$VMX_DM" -m 32 -display none -nic none -no-reboot -serial "file:$log" \
        -chardev file,id=fw,path="$log.fw" -device isa-debugcon,iobase=0x402,chardev=fw \
        "$@" 2>"$log.err" </dev/null
}

{
    printf 'ramdisk!'
    dd if=/dev/zero bs=1k count=3000 2>/dev/null
} >"$tmp/initrd"
ok "kernel, initrd and command line: power off" run "$tmp/a" -kernel "$kernel" \
    -initrd "$tmp/initrd" -append "root=/dev/hda1 quiet=\"no\""
diag "$tmp/a"
diag "$tmp/a.err"
ok "the command line arrived" grep -qx 'linux: cmdline=root=/dev/hda1 quiet="no"' "$tmp/a"
ok "the initrd arrived" grep -qx 'linux: initrd found' "$tmp/a"
ok "the kernel arrived whole" grep -qx 'linux: ok' "$tmp/a"
ok "the firmware took the ACPI tables" grep -q 'ACPI: parse DSDT' "$tmp/a.fw"
ok "its log has no error line" sh -c \
    "! grep -iE 'error|warn|fail|invalid|unable|timeout|bad' '$tmp/a.fw'"
ok "kernel alone, without HPET" run "$tmp/b" -kernel "$kernel" -no-hpet
ok "an empty command line" grep -qx 'linux: cmdline=' "$tmp/b"
finish

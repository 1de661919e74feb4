#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's kernels, booted by GRUB from an IDE disk, look at every device from inside (guest-init):
# the whole amd64 kernel, and the installer's 32-bit one, which drives the ISA NE2000.
. "$(dirname "$0")/lib.sh"
nic="-netdev user,id=n -device ne2k_isa,netdev=n,irq=5" # IRQ 9 is ACPI's

selftest_amd64 "$tmp/amd64.img" "cpus=1 again"
selftest_amd64 "$tmp/smp2.img" "cpus=2 again"
selftest_amd64 "$tmp/smp4.img" "cpus=4"
selftest_i386 "$tmp/i386.img" "cpus=1"

linux_in svm amd64 150 "$tmp/amd64.img"
linux_in svm "amd64, 2 CPUs" 200 "$tmp/smp2.img" -smp 2
linux_in svm "amd64, 4 CPUs" 240 "$tmp/smp4.img" -smp 4
linux_in svm "amd64, irqchip split" 150 "$tmp/amd64.img" -accel kvm,kernel-irqchip=split
linux_in svm "amd64, irqchip off" 200 "$tmp/amd64.img" -accel kvm,kernel-irqchip=off
linux_in svm i386 120 "$tmp/i386.img" $nic
linux_in vtx amd64 600 "$tmp/amd64.img"
linux_in vtx i386 400 "$tmp/i386.img" $nic
finish

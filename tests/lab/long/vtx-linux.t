#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's whole kernels on VT-x, to the end of their self-test.
. "$(dirname "$0")/../lib.sh"
need_lab
row VT-x "Linux amd64 whole kernel, IDE disk, GRUB"
selftest_disk amd64 "cpus=1"
linux_in vtx 1500 amd64.img -hda amd64.img
row VT-x "Linux i386, IDE disk, GRUB, ISA and PCI NE2000"
selftest_disk i386 "cpus=1 cards=2"
linux_in vtx 1500 i386.img -hda i386.img $(card 0 ne2k_isa,irq=5) $(card 1 ne2k_pci)
finish

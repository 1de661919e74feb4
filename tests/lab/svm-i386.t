#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's 32-bit kernel by GRUB from an IDE disk, with an NE2000 on each bus.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux i386, IDE disk, GRUB, ISA and PCI NE2000"
selftest_disk i386 "cpus=1 cards=2"
linux_in svm 600 i386.img -hda i386.img $(card 0 ne2k_isa,irq=5) $(card 1 ne2k_pci)
finish

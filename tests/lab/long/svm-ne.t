#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 100 MiB in each direction, with checksums, through the ISA NE2000: ten minutes and more, for the
# host's KVM emulates each word that it sends.
. "$(dirname "$0")/../lib.sh"
need_lab
row SVM "Linux i386, 100 MiB each way: ne"
selftest i386
linux_in svm 3600 "i386.kernel i386.gz" -kernel i386.kernel -initrd i386.gz \
    -append "$selftest_words cpus=1 cards-only cards=1 down=100 up=100" $(card 0 ne2k_isa,irq=5)
finish

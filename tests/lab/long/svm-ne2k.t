#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 100 MiB in each direction, with checksums, through the PCI NE2000; see svm-ne.t.
. "$(dirname "$0")/../lib.sh"
need_lab
row SVM "Linux amd64, 100 MiB each way: ne2k-pci"
selftest amd64
linux_in svm 3600 "amd64.kernel amd64.gz" -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words cpus=1 cards-only cards=1 down=100 up=100" $(card 0 ne2k_pci)
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's whole amd64 kernel by -kernel, -initrd and -append, with the PCI NE2000.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 whole kernel, -kernel, PCI NE2000"
selftest amd64
linux_in svm 600 "amd64.kernel amd64.gz" -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words cpus=1 cards=1 down=10" $(card 0 ne2k_pci)
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's amd64 kernel with an RTL8139C+ (8139cp) and a PCnet-PCI II (pcnet32).
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 whole kernel, RTL8139C+ and PCnet-PCI II"
selftest amd64
linux_in svm 400 "amd64.kernel amd64.gz" -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words cpus=1 cards=2 net=10 up=10" -netdev user,id=a -device rtl8139,netdev=a \
    -netdev user,id=b,net=10.0.3.0/24 -device pcnet,netdev=b
finish

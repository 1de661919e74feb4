#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's amd64 kernel with every card that moves its frames by DMA, by their drivers 8139cp,
# 8139too, pcnet32, e1000 and virtio_net: 10 MiB in, 5 out. The first card's network is killed under
# load.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 whole kernel, RTL8139C+, RTL8139C, PCnet-PCI II, 82540EM, virtio-net"
selftest amd64
expected="its process [0-9]* was ended by signal 9"
linux_in svm 600 "amd64.kernel amd64.gz" -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words cpus=1 cards=5 down=10 up=5 outage=8139cp" $(card 0 rtl8139) \
    $(card 1 rtl8139,cplus=off) $(card 2 pcnet) $(card 3 e1000) $(card 4 virtio-net-pci)
finish

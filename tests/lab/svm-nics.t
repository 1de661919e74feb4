#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's amd64 kernel with every card that moves its frames by DMA, by their drivers 8139cp,
# pcnet32, e1000, virtio_net, and 8139too: 10 MiB in, 5 or 2 out. The first card's network is killed
# under load.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 whole kernel, RTL8139C+, PCnet-PCI II, 82540EM, virtio-net"
selftest amd64
expected="its process [0-9]* was ended by signal 9"
linux_in svm 600 "amd64.kernel amd64.gz" -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words cpus=1 cards=4 down=10 up=5 outage=8139cp" $(card 0 rtl8139) \
    $(card 1 pcnet) $(card 2 e1000) $(card 3 virtio-net-pci)
expected=
row SVM "Linux amd64 whole kernel, RTL8139C"
linux_in svm 600 "amd64.kernel amd64.gz" -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words cpus=1 cards-only cards=1 down=10 up=2" $(card 0 rtl8139,cplus=off)
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# 100 MiB in each direction, with checksums, through each card that moves its frames by DMA.
. "$(dirname "$0")/../lib.sh"
need_lab
row SVM "Linux amd64, 100 MiB each way: 8139cp, pcnet32, e1000, virtio_net, 8139too"
selftest amd64
linux_in svm 3600 "amd64.kernel amd64.gz" -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words cpus=1 cards-only cards=5 down=100 up=100" $(card 0 rtl8139) \
    $(card 1 pcnet) $(card 2 e1000) $(card 3 virtio-net-pci) $(card 4 rtl8139,cplus=off)
finish

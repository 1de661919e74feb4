#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# iPXE, a boot ROM that nobody here wrote, in each card's expansion ROM.
. "$(dirname "$0")/lib.sh"
need_lab
cards="ne2k_pci rtl8139 pcnet e1000 virtio-net-pci"
row SVM "iPXE's ROM on each PCI card: DHCP, TFTP, start"
ok "the lab ran" in_lab "$tmp/log" svm --timeout 400 --file tests/guest/pxe/nbp.bin \
    --file "$lab/in-ipxe.sh" -- sh in-ipxe.sh 120 $cards || diag "$tmp/log.err"
for card in $cards; do
    ok "$card: what it fetched was started" grep -q "^$card: nbp: started" "$tmp/log"
    ok "$card: every word of it arrived" grep -q "^$card: nbp: ok" "$tmp/log"
    ok "$card: ACPI power off, exit status 0" grep -q "^$card: exit status 0" "$tmp/log"
done
ok "nothing on stderr" sh -c "! grep '^[^ ]*: errors:' '$tmp/log'"
[ $failures = 0 ] || diag "$tmp/log"
same_binary "$tmp/log"
finish

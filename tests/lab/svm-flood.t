#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# More frames than a card's ring holds: bursts and floods, as they come from a tap interface, into
# cards that lose them as on a wire and such as come by default.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux i386, bursts and floods: NE2000s, RTL8139C+, PCnet-PCI II"
selftest i386 ne ne2k-pci 8139cp pcnet32
shell_in 500 in-flood.sh vmx-dm i386 \
    ne2k_isa,irq=5,hold-ms=0 ne2k_isa,iobase=0x320,irq=7 ne2k_pci,hold-ms=0 ne2k_pci \
    rtl8139,hold-ms=0 pcnet,hold-ms=0
finish

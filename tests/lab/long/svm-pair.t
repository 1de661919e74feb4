#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Two guests with a stream and datagrams between them; each side is killed, twice.
. "$(dirname "$0")/../lib.sh"
need_lab
row SVM "Two Linux i386, stream and dgram between them, each killed twice"
selftest i386 ne2k-pci 8139cp pcnet32
shell_in 1500 in-pair.sh b a b a
finish

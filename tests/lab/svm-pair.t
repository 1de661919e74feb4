#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Two guests with a stream and datagrams between them; the stream's client is killed and comes back.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Two Linux i386, stream and dgram between them, the client killed"
selftest i386 ne2k-pci 8139cp pcnet32
shell_in 500 in-pair.sh b
finish

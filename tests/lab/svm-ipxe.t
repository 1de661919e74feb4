#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# iPXE, a boot ROM that nobody here wrote, in the PCI NE2000's expansion ROM.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "iPXE's NE2000 ROM: DHCP, TFTP, start"
ok "the lab ran" in_lab "$tmp/log" svm --timeout 240 --file tests/guest/pxe/nbp.bin \
    --file "$lab/in-ipxe.sh" -- sh in-ipxe.sh 200 || diag "$tmp/log.err"
ok "what it fetched was started" grep -q '^nbp: started' "$tmp/log"
ok "every word of it arrived" grep -q '^nbp: ok' "$tmp/log"
ok "ACPI power off, exit status 0" grep -q '^result: exit status 0' "$tmp/log"
ok "nothing on stderr" sh -c "! grep '^errors:' '$tmp/log'"
[ $failures = 0 ] || diag "$tmp/log"
same_binary "$tmp/log"
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# memtest86+, a guest without an operating system: one pass over 16 MiB, bit fade and all.
. "$(dirname "$0")/lib.sh"
memtest_disk "$tmp/memtest.img"
ok "the lab ran" in_lab "$tmp/log" svm --timeout 600 --file "$tmp/memtest.img" \
    --file "$lab/in-memtest.sh" -- sh in-memtest.sh memtest.img 560 || diag "$tmp/log.err"
ok "a pass without an error" grep -q 'Pass:  *1 .*Errors: 0 ' "$tmp/log" || diag "$tmp/log"
ok "nothing on stderr" sh -c "! grep '^errors:' '$tmp/log'"
finish

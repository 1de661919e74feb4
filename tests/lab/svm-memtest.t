#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# memtest86+, a guest without an operating system: one pass over 32 MiB, bit fade and all.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "memtest86+, one pass over 32 MiB"
memtest_disk "$tmp/memtest.img"
ok "the lab ran" in_lab "$tmp/log" svm --timeout 800 --file "$tmp/memtest.img" \
    --file "$lab/in-memtest.sh" -- sh in-memtest.sh memtest.img 760 || diag "$tmp/log.err"
ok "a pass without an error" grep -q 'Pass:  *1 .*Errors: 0 ' "$tmp/log" || diag "$tmp/log"
ok "nothing on stderr" sh -c "! grep '^errors:' '$tmp/log'"
same_binary "$tmp/log"
finish

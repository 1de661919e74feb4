#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The lab itself: what tests/lab/run promises.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "tests/lab/run: exit status, files, timeout, QEMU beside"
ok "an exit status comes back" sh -c "'$lab/run' svm -- sh -c 'exit 42'; [ \$? = 42 ]"
ok "files come back" in_lab "$tmp/get" svm --get a --get b --out "$tmp" -- \
    sh -c 'echo one >a; seq 100000 >b'
ok "as they were" sh -c "[ \$(cat '$tmp/a') = one ] && seq 100000 | cmp - '$tmp/b'"
ok "a hang ends at the timeout" sh -c "'$lab/run' svm --timeout 30 -- \
    sh -c 'echo last words; sleep 1000' 2>'$tmp/hang'; [ \$? = 124 ]"
ok "and its last words are shown" grep -q 'lab| last words' "$tmp/hang"
ok "QEMU is there when asked for" in_lab "$tmp/qemu" svm --with-qemu -- \
    qemu-system-x86_64 -version
ok "it says so" grep -q 'QEMU emulator' "$tmp/qemu"
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The KVM backend's own test and the demo guest on a host with SVM.
. "$(dirname "$0")/lib.sh"

ok "the demo guest: the lab ran" in_lab "$tmp/demo" svm --file tests/guest/demo/demo.bin \
    --file "$lab/in-demo.sh" --timeout 400 -- sh in-demo.sh || diag "$tmp/demo.err"
for name in on split off smp2 smp4 smp2-split; do
    ok "the demo guest: $name" grep -q "^result: $name ok" "$tmp/demo"
done
[ $failures = 0 ] || diag "$tmp/demo"

ok "test-kvm" in_lab "$tmp/kvm" svm --timeout 240 -- tests/guest/test-kvm --tap || {
    diag "$tmp/kvm"
    diag "$tmp/kvm.err"
}
ok "an exit status comes back" sh -c "'$lab/run' svm -- sh -c 'exit 42'; [ \$? = 42 ]"
ok "files come back" in_lab "$tmp/get" svm --get a --get b --out "$tmp" -- \
    sh -c 'echo one >a; seq 100000 >b'
ok "as they were" sh -c "[ \$(cat '$tmp/a') = one ] && seq 100000 | cmp - '$tmp/b'"
ok "a hang ends at the timeout" sh -c "'$lab/run' svm --timeout 20 -- \
    sh -c 'echo last words; sleep 1000' 2>'$tmp/hang'; [ \$? = 124 ]"
ok "and its last words are shown" grep -q 'lab| last words' "$tmp/hang"
finish

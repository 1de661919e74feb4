#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The KVM backend's own test and the demo guest on a host with VT-x.
. "$(dirname "$0")/lib.sh"

ok "the demo guest: the lab ran" in_lab "$tmp/demo" vtx --file tests/guest/demo/demo.bin \
    --file "$lab/in-demo.sh" --timeout 400 -- sh in-demo.sh || diag "$tmp/demo.err"
for name in on split off smp2 smp4 smp2-split; do
    ok "the demo guest: $name" grep -q "^result: $name ok" "$tmp/demo"
done
[ $failures = 0 ] || diag "$tmp/demo"

# two-cpus, irq, pause and save have guests that spin with IF clear. Under Bochs 2.7 the host's one
# CPU is then not interrupted and everything stops; svm.t runs them.
for name in pio strings mmio coalesced zone-left triple-fault reset dirty-log errors; do
    echo "./test-kvm --tap -p /kvm/$name || exit"
done >"$tmp/in-kvm.sh"
ok "test-kvm" in_lab "$tmp/kvm" vtx --timeout 300 --file "$BUILD/tests/guest/test-kvm" \
    --file "$tmp/in-kvm.sh" -- sh in-kvm.sh || {
    diag "$tmp/kvm"
    diag "$tmp/kvm.err"
}
finish

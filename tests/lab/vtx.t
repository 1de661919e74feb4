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

# Bochs 2.7 does not interrupt a guest that was entered with IF clear and loops there: the programs
# of two-cpus and pause do that on the host's one CPU, so they have no place here.
for name in pio strings mmio coalesced zone-left triple-fault reset dirty-log errors irq save; do
    echo "tests/guest/test-kvm --tap -p /kvm/$name || exit"
done >"$tmp/in-kvm.sh"
ok "test-kvm" in_lab "$tmp/kvm" vtx --timeout 300 --file "$BUILD/tests/guest/test-kvm" \
    --file "$tmp/in-kvm.sh" -- sh -c 'mkdir -p tests/guest; mv test-kvm tests/guest; sh in-kvm.sh' || {
    diag "$tmp/kvm"
    diag "$tmp/kvm.err"
}
finish

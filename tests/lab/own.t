#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The machine's own KVM, whatever it is: the same program as in the lab.
. "$(dirname "$0")/lib.sh"
need_kvm
row own "SeaBIOS and the demo guest: irqchip on, split, off"
cp "$lab/in-demo.sh" "$BUILD/tests/guest/demo/demo.bin" "$tmp/"
(cd "$tmp" && PATH="$BUILD:$PATH" SECONDS_EACH=90 sh in-demo.sh on split off >log 2>&1)
for name in on split off; do
    ok "$name" grep -q "^result: $name ok" "$tmp/log"
done
[ $failures = 0 ] || diag "$tmp/log"
finish

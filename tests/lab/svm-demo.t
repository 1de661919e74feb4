#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# SeaBIOS and the demo guest, with the interrupt chips in each place and with more CPUs.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "SeaBIOS and the demo guest: irqchip on, split, off; 1, 2, 4 CPUs"
ok "the lab ran" in_lab "$tmp/log" svm --file tests/guest/demo/demo.bin --file "$lab/in-demo.sh" \
    --timeout 400 -- sh in-demo.sh || diag "$tmp/log.err"
for name in on split off smp2 smp4 smp2-split; do
    ok "$name" grep -q "^result: $name ok" "$tmp/log"
done
[ $failures = 0 ] || diag "$tmp/log"
same_binary "$tmp/log"
finish

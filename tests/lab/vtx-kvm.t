#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The KVM backend's own test on kvm-intel.
. "$(dirname "$0")/lib.sh"
need_lab
row VT-x "test-kvm: small guests for each kind of exit"
# These have guests that spin with IF clear. Under Bochs 2.7 the host's one CPU is then not
# interrupted, and everything stops; svm-kvm.t runs them.
kvm_in vtx irq two-cpus pause save
finish

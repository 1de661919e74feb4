#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The KVM backend's own test on kvm-amd.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "test-kvm: small guests for each kind of exit"
kvm_in svm
finish

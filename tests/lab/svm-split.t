#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The interrupt chips elsewhere: kernel-irqchip=split.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 whole kernel, kernel-irqchip=split"
selftest amd64
linux_in svm 400 "amd64.kernel amd64.gz" -accel kvm,kernel-irqchip=split -kernel amd64.kernel \
    -initrd amd64.gz -append "$selftest_words cpus=1 again"
finish

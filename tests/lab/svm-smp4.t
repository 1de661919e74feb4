#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's whole amd64 kernel on 4 virtual CPUs.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 whole kernel, 4 CPUs"
selftest amd64
linux_in svm 400 "amd64.kernel amd64.gz" -smp 4 -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words cpus=4 again"
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's kernel for virtual machines by -kernel, -initrd and -append.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 cloud kernel, -kernel"
selftest cloud
linux_in svm 400 "cloud.kernel cloud.gz" -kernel cloud.kernel -initrd cloud.gz \
    -append "$selftest_words cpus=1 again"
finish

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's kernels on VT-x, to the end of their self-test.
. "$(dirname "$0")/lib.sh"
need_lab
row VT-x "Linux amd64 cloud kernel, -kernel"
selftest cloud
linux_in vtx 1000 "cloud.kernel cloud.gz" -kernel cloud.kernel -initrd cloud.gz \
    -append "$selftest_words cpus=1"
finish

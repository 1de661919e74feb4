#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's amd64 kernel and cards that are plugged and unplugged while it runs, by ACPI.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 whole kernel, PCI hotplug"
selftest amd64
selftest_in in-hotplug.sh svm 300 "amd64.kernel amd64.gz" -kernel amd64.kernel -initrd amd64.gz \
    -append "$selftest_words hotplug"
finish

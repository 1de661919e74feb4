#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's whole amd64 kernel by GRUB from an IDE disk, twice: it reboots.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "Linux amd64 whole kernel, IDE disk, GRUB, reboot"
selftest_disk amd64 "cpus=1 again"
linux_in svm 400 amd64.img -hda amd64.img
finish

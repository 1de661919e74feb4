#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# GRUB's rescue image shows its menu and reads keys with the interrupt chips in the kernel.
. "$(dirname "$0")/lib.sh"
need_lab
row SVM "GRUB rescue: menu, keyboard, kernel-irqchip=on"
grub_in svm
finish

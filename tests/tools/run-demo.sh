#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# make run: the demo guest, or a disk of the user's: run-demo.sh BUILDDIR IMAGE [OPTION...]
# In a window where the session has a display, else on this terminal.
set -eu
build=$1
image=$2
shift 2
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ -e "$build/vmx-dm-view" ]; then
    set -- -display sdl,window-close=on -serial stdio "$@"
else
    set -- -display none -serial stdio "$@"
    echo "no display: the guest's serial port is this terminal; Ctrl-C ends it"
fi
trap echo INT # what follows begins a line of its own
if [ -z "$image" ]; then
    # the image is a build product: a copy takes what the guest may write
    image=$(mktemp)
    trap 'rm -f "$image"' EXIT TERM HUP
    cp "$build/tests/guest/demo/demo.bin" "$image"
    set -- -name demo -m 64 -no-reboot -nic user,model=ne2k_isa "$@"
fi
"$build/vmx-dm" -hda "$image" "$@"

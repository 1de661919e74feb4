#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Install the Debian packages that a goal of the Makefile needs: deps.sh GOAL...
set -eu

build="gcc make pkg-config libc6-dev linux-libc-dev libglib2.0-dev liburcu-dev libslirp-dev
libsdl2-dev libpixman-1-dev libxkbcommon-dev xkb-data libvncserver-dev libncurses-dev libjson-glib-dev seabios nasm"
check="perl procps qemu-utils grub-rescue-pc xvfb xauth openbox xdotool iproute2 tigervnc-viewer tigervnc-tools xtightvncviewer x11-apps x11-utils
imagemagick socat tmux xclip acpica-tools"
bench="qemu-system-x86 qemu-system-gui procps xvfb xdotool"
fuzz="clang libclang-rt-14-dev"
lab="qemu-system-x86 bochs bochsbios vgabios busybox-static cpio grub-pc-bin grub-common xorriso
mtools socat ipxe-qemu chromium novnc"

want=$build
for goal; do
    case $goal in
    check-lab* | lab) want="$want $check $lab" ;;
    check-walk) ;;
    coverage) want="$want $check lcov" ;;
    check*) want="$want $check" ;;
    bench*) want="$want $check $bench" ;;
    fuzz) want="$want $fuzz" ;;
    all) want="$want $check $bench $fuzz $lab clang-tidy clang-format cppcheck lcov" ;;
    esac
done

command -v dpkg-query >/dev/null 2>&1 || {
    echo "deps: not a Debian system; install by hand what these packages hold:" $want >&2
    exit 0
}
missing=
for p in $want; do
    dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -q '^installed$' ||
        missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "deps: as root, run: apt-get install$missing" >&2
        exit 1
    }
    sudo=sudo
fi
log=$(mktemp)
if ! { $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    echo "deps: apt-get failed; the whole log is $log" >&2
    exit 1
fi
rm -f "$log"

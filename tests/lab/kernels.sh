# SPDX-License-Identifier: GPL-2.0-or-later
# Where the lab keeps what it does not install, and what it takes from there. Sourced.
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/vmx-dm-lab

# The packages that are only unpacked: a meta package stands for what it depends on.
#   linux-image-cloud-amd64            the host inside the lab, and a guest with few drivers
#   linux-image-amd64                  a guest with every driver but ISA cards'
#   linux-image-686:i386               a 32-bit guest; the only kernel of Debian with an ISA NE2000
#   busybox-static:i386                its programs
#   memtest86+                         a guest without an operating system
unpacked="linux-image-cloud-amd64 linux-image-amd64 linux-image-686:i386 busybox-static:i386
memtest86+"

# One line, the reason, if `tests/lab/deps` has to run first.
lab_missing() {
    for p in $unpacked; do
        [ -e "$cache/$p/version" ] || {
            echo "$p is not in $cache: make lab-deps"
            return
        }
    done
    for c in qemu-system-x86_64 bochs busybox cpio xorriso grub-mkrescue socat; do
        command -v $c >/dev/null 2>&1 || {
            echo "$c is not installed: make lab-deps"
            return
        }
    done
}

# kernel_of PACKAGE: its kernel image
kernel_of() {
    echo "$cache/$1"/boot/vmlinuz-*
}

# modules_of PACKAGE NAME...: the files, each behind those that it needs
modules_of() {
    modules_tree=$(echo "$cache/$1"/lib/modules/*)
    shift
    modules_seen=" "
    for m; do
        module_and_needs "$m"
    done
}
module_and_needs() {
    case $modules_seen in *" $1 "*) return ;; esac
    modules_seen="$modules_seen$1 "
    # - and _ are the same in a module's name; what is built in has no file
    set -- "$(find "$modules_tree" -name "$(echo "$1" | sed 's/[-_]/[-_]/g').ko")"
    [ -n "$1" ] || return 0
    for m in $(tr '\0' '\n' <"$1" | sed -n 's/^depends=//p' | tr , ' '); do
        module_and_needs "$m"
    done
    echo "$1"
}

# pack DIRECTORY FILE: an initramfs archive
pack() {
    (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet) >"$2"
}

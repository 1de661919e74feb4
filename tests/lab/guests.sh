# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that nobody here wrote, from packages in the lab's cache. Sourced, after kernels.sh.

# boot_disk IMAGE DIRECTORY: an image of GRUB and DIRECTORY, which holds boot/grub/grub.cfg
boot_disk() {
    grub-mkrescue -o "$1" --fonts= --themes= --locales= \
        --install-modules="normal echo linux linux16 iso9660 biosdisk serial terminal" "$2" \
        >"$1.log" 2>&1 || {
        cat "$1.log" >&2
        return 1
    }
}

# selftest KERNEL [CARD...]: the initramfs of a self-test guest, KERNEL.gz, and its kernel,
# KERNEL.kernel, in the scratch directory. KERNEL is cloud (Debian's amd64 kernel for virtual
# machines), amd64 (the whole one) or i386 (the whole 32-bit one; it has ISA cards). What is built in
# has no module. With the kernel word shell it is a guest for in-shell.sh.
selftest() {
    tree=$tmp/tree
    rm -rf "$tree"
    mkdir -p "$tree/bin" "$tree/proc" "$tree/sys" "$tree/dev" "$tree/modules"
    busybox=$(command -v busybox)
    case $1 in
    cloud) package=linux-image-cloud-amd64 cards=ne2k-pci ;;
    amd64)
        package=linux-image-amd64
        cards="ne2k-pci 8139cp pcnet32 e1000 virtio_pci virtio_net 8139too"
        ;;
    i386)
        package=linux-image-686:i386 cards="ne ne2k-pci"
        busybox=$cache/busybox-static:i386/bin/busybox
        ;;
    esac
    kernel=$1
    shift
    [ $# = 0 ] || cards=$*
    cp "$busybox" "$tree/bin/busybox"
    ln -s busybox "$tree/bin/sh"
    cp "$lab/guest-init" "$tree/init"
    cp "$lab/guest-board" "$lab/guest-hotplug" "$lab/guest-net" "$tree/"
    chmod 755 "$tree/init"
    : >"$tree/modules/order"
    for m in $(modules_of $package sd_mod ata_piix psmouse bochs $cards); do
        cp "$m" "$tree/modules/"
        case $m in
        */ne.ko) echo "ne.ko io=0x300 irq=5" ;; # 9 is ACPI's
        *) echo "${m##*/}" ;;
        esac >>"$tree/modules/order"
    done
    pack "$tree" "$tmp/$kernel.cpio"
    gzip -1 <"$tmp/$kernel.cpio" >"$tmp/$kernel.gz"
    cp "$(kernel_of $package)" "$tmp/$kernel.kernel"
    rm -rf "$tree" "$tmp/$kernel.cpio"
}

# The command line of a self-test guest, but for words of its own. Its watchdog would take a pause of
# the whole machine for a fault of the guest.
selftest_words="console=ttyS0,115200 quiet panic=-1 nowatchdog"

# card NUMBER DEVICE: the options of a card of a self-test guest, from 0 on in their order; the host
# reaches the guest's web server through it
card() {
    echo "-netdev user,id=n$1,net=10.0.$(($1 + 2)).0/24,hostfwd=tcp:127.0.0.1:$((9000 + $1))-:80" \
        "-device $2,netdev=n$1"
}

# selftest_disk KERNEL WORDS: KERNEL.img, a disk that boots it by GRUB, all on COM1
selftest_disk() {
    selftest "$1"
    tree=$tmp/$1.dir
    mkdir -p "$tree/boot/grub"
    mv "$tmp/$1.kernel" "$tree/kernel"
    mv "$tmp/$1.gz" "$tree/initramfs"
    cat >"$tree/boot/grub/grub.cfg" <<END
serial --unit=0 --speed=115200
terminal_output serial console
echo guest: GRUB
linux /kernel $selftest_words $2
initrd /initramfs
boot
END
    boot_disk "$tmp/$1.img" "$tree"
    rm -rf "$tree"
}

# memtest_disk IMAGE: memtest86+ on COM1
memtest_disk() {
    mkdir -p "$1.dir/boot/grub"
    cp "$cache/memtest86+/boot/memtest86+x64.bin" "$1.dir/memtest"
    cat >"$1.dir/boot/grub/grub.cfg" <<END
serial --unit=0 --speed=115200
terminal_output serial
echo guest: GRUB
linux16 /memtest console=ttyS0,115200 nosmp nobench nopause
boot
END
    boot_disk "$1" "$1.dir"
    rm -rf "$1.dir"
}

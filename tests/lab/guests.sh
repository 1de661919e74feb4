# SPDX-License-Identifier: GPL-2.0-or-later
# Disk images of guests that nobody here wrote, made from packages in the lab's cache. Sourced,
# after kernels.sh.

# boot_disk IMAGE DIRECTORY: an image of GRUB and DIRECTORY, which holds boot/grub/grub.cfg
boot_disk() {
    grub-mkrescue -o "$1" --fonts= --themes= --locales= \
        --install-modules="normal echo linux linux16 iso9660 biosdisk serial terminal" "$2" \
        >"$1.log" 2>&1 || {
        cat "$1.log" >&2
        return 1
    }
}

# linux_disk IMAGE KERNEL INITRAMFS WORDS: a disk that boots Linux by GRUB, all on COM1
linux_disk() {
    rm -rf "$1.dir"
    mkdir -p "$1.dir/boot/grub"
    cp "$2" "$1.dir/kernel"
    gzip -1 <"$3" >"$1.dir/initramfs"
    cat >"$1.dir/boot/grub/grub.cfg" <<END
serial --unit=0 --speed=115200
terminal_output serial console
echo guest: GRUB
linux /kernel console=ttyS0,115200 quiet panic=-1 $4
initrd /initramfs
boot
END
    boot_disk "$1" "$1.dir"
    rm -rf "$1.dir"
}

# selftest_modules DIRECTORY FILE...: drivers that guest-init loads in this order (IRQ 9 is ACPI's)
selftest_modules() {
    modules_dir=$1/modules
    mkdir -p "$modules_dir"
    shift
    for m; do
        cp "$m" "$modules_dir/"
        case $m in
        */ne.ko) echo "ne.ko io=0x300 irq=5" ;;
        *) echo "${m##*/}" ;;
        esac >>"$modules_dir/order"
    done
}

# selftest_amd64 IMAGE WORDS: Debian's whole amd64 kernel; it has every driver but ISA cards'
selftest_amd64() {
    tree=$1.tree
    rm -rf "$tree"
    mkdir -p "$tree/bin" "$tree/proc" "$tree/sys" "$tree/dev"
    cp "$(command -v busybox)" "$tree/bin/busybox"
    ln -s busybox "$tree/bin/sh"
    cp "$lab/guest-init" "$tree/init"
    chmod 755 "$tree/init"
    selftest_modules "$tree" $(modules_of linux-image-amd64 sd_mod ata_piix psmouse bochs ne2k-pci)
    pack "$tree" "$1.initramfs"
    linux_disk "$1" "$(kernel_of linux-image-amd64)" "$1.initramfs" "$2"
    rm -rf "$tree" "$1.initramfs"
}

# selftest_i386 IMAGE WORDS: the installer's 32-bit kernel, with the driver of the ISA NE2000
selftest_i386() {
    installer=$cache/debian-installer-12-netboot-i386/usr/lib/debian-installer/images/12/i386
    installer=$installer/text/debian-installer/i386
    tree=$1.tree
    rm -rf "$tree" "$1.all"
    mkdir -p "$1.all" "$tree"
    (cd "$1.all" && gzip -dc "$installer/initrd.gz" |
        cpio -i -d --quiet --no-absolute-filenames 2>/dev/null)
    # its shell and what that needs, not its programs
    (cd "$1.all" && find bin sbin usr/bin usr/sbin lib/ld-linux.so.2 lib/i386-linux-gnu -type l -o \
        -name busybox -o -name 'ld-linux*' -o -name 'libc.so*' -o -name 'libresolv*' |
        cpio -p -d --quiet "$tree" 2>/dev/null)
    mkdir -p "$tree/proc" "$tree/sys" "$tree/dev"
    cp "$lab/guest-init" "$tree/init"
    chmod 755 "$tree/init"
    drivers=$(echo "$1.all"/lib/modules/*/kernel/drivers/net/ethernet/8390)
    selftest_modules "$tree" "$drivers/8390p.ko" "$drivers/ne.ko"
    pack "$tree" "$1.initramfs"
    linux_disk "$1" "$installer/linux" "$1.initramfs" "$2"
    rm -rf "$tree" "$1.all" "$1.initramfs"
}

# memtest_disk IMAGE: memtest86+ on COM1
memtest_disk() {
    rm -rf "$1.dir"
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

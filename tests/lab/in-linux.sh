# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: a guest of the lab's own disks on vmx-dm or QEMU, COM1 on the console:
# in-linux.sh PROGRAM IMAGE SECONDS [OPTION...]
program=$1 image=$2 seconds=$3
shift 3
truncate -s 8M second.img
case $program in
qemu*)
    set -- -accel kvm -M pc -nodefaults -vga std -L /usr/share/seabios -L /usr/share/qemu "$@"
    ;;
esac
timeout "$seconds" $program -m 256 -display none -drive "file=$image,format=raw,if=ide" \
    -drive file=second.img,format=raw,if=ide -serial stdio -serial null \
    -device isa-debug-exit,iobase=0x501,iosize=1 "$@" 2>errors.log
status=$?
sed 's/^/errors: /' errors.log
echo "result: exit status $status"

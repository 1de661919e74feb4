# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: a self-test guest on vmx-dm or QEMU, COM1 on the console, and the host's end of
# its network: in-linux.sh PROGRAM SECONDS [OPTION...]
program=$1 seconds=$2
shift 2
truncate -s 8M second.img
mkdir net
for n in 1 10; do
    dd if=/dev/urandom of=net/data$n bs=1M count=$n 2>/dev/null
    sha256sum <net/data$n >net/data$n.sum
done
httpd -p 127.0.0.1:8000 -h net
mkfifo silence # for nc, which ends the connection where its input ends
exec 9<>silence
for n in 0 1; do
    {
        nc -l -p $((5000 + n)) <&9 2>/dev/null | sha256sum >net/up$n.new
        mv net/up$n.new net/up$n.sum
    } &
done

case $program in
qemu*)
    set -- -accel kvm -M pc -nodefaults -vga std -L /usr/share/seabios -L /usr/share/qemu "$@"
    ;;
*) set -- -nic none "$@" ;;
esac
timeout "$seconds" $program -m 256 -display none -drive file=second.img,format=raw,if=ide,index=1 \
    -serial stdio -serial null -device isa-debug-exit,iobase=0x501,iosize=1 "$@" 2>errors.log
status=$?
sed 's/^/errors: /' errors.log
echo "result: exit status $status"

# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: iPXE's ROM on the PCI NE2000 finds an address by DHCP and a file by TFTP, and
# starts it: in-ipxe.sh SECONDS
mkdir tftp
cp nbp.bin tftp/
timeout "$1" vmx-dm -m 64 -display none -nic none -boot n -serial file:com1 \
    -chardev file,id=fw,path=firmware -device isa-debugcon,iobase=0x402,chardev=fw \
    -netdev user,id=a,tftp=tftp,bootfile=nbp.bin -device ne2k_pci,netdev=a \
    -no-reboot 2>errors.log </dev/null
echo "result: exit status $?"
sed 's/^/errors: /' errors.log
grep -a rom firmware | sed 's/^/firmware: /'
cat com1

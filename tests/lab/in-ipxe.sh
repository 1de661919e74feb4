# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: each card's iPXE ROM finds an address by DHCP and a file by TFTP, and starts it:
# in-ipxe.sh SECONDS CARD...
seconds=$1
shift
mkdir tftp
cp nbp.bin tftp/
for card; do
    begin=$(cut -d . -f 1 /proc/uptime)
    timeout "$seconds" vmx-dm -m 64 -display none -nic none -boot n -serial file:com1 \
        -chardev file,id=fw,path=firmware -device isa-debugcon,iobase=0x402,chardev=fw \
        -netdev user,id=a,tftp=tftp,bootfile=nbp.bin -device "$card,netdev=a" \
        -no-reboot 2>errors.log </dev/null
    echo "$card: exit status $? after $(($(cut -d . -f 1 /proc/uptime) - begin)) s"
    sed "s/^/$card: errors: /" errors.log
    grep -a rom firmware | sed "s/^/$card: firmware: /"
    sed "s/^/$card: /" com1
    rm -f com1 firmware
done

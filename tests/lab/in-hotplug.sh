# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: a self-test guest that says when a card shall come and go, COM1 on the console:
# in-hotplug.sh SECONDS [OPTION...]
seconds=$1
shift
mkfifo words
: >serial.log
timeout "$seconds" vmx-dm -m 256 -display none -nic none -serial file:serial.log -serial null \
    -device isa-debug-exit,iobase=0x501,iosize=1 -monitor stdio "$@" <words >monitor.log 2>errors.log &
machine=$!
exec 3>words
tail -f serial.log &
follower=$!

# order PATTERN LINE...: when the guest has said that once more, type this
said=0
order() {
    said=$((said + 1))
    until [ "$(grep -ac 'selftest: ready to' serial.log)" -ge $said ]; do
        kill -0 $machine 2>/dev/null || return
        sleep 0.2
    done
    for line; do
        echo "$line" >&3
    done
}
for model in rtl8139 virtio-net-pci rtl8139; do
    order "netdev_add user,id=net" "device_add $model,id=card,netdev=net"
    order "device_del card" "netdev_del net"
done
wait $machine
status=$?
sleep 1
kill $follower
grep -a 'Error' monitor.log | sed 's/^/errors: /'
sed 's/^/errors: /' errors.log
echo "result: exit status $status"

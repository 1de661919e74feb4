#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo guest from power on to power off: firmware, VGA, IDE DMA, NE2000, DHCP, ping; then the
# same as an ordinary user, and with the interrupt chips in each place.
. "$(dirname "$0")/lib.sh"
need_kvm
demo=$BUILD/tests/guest/demo/demo.bin

run_demo() { # log, options...
    log=$1
    shift
    cp "$demo" "$tmp/demo.img"
    timeout 90 "$VMX_DM" -m 64 -display none -hda "$tmp/demo.img" -nic user,model=ne2k_isa \
        -fw_cfg name=opt/demo,string=poweroff -no-reboot -serial "file:$log" \
        -chardev file,id=fw,path="$log.fw" -device isa-debugcon,iobase=0x402,chardev=fw \
        "$@" 2>"$log.err" </dev/null
}

ok "power on to power off, exit code 0" run_demo "$tmp/on"
diag "$tmp/on"
diag "$tmp/on.err"
ok "IDE DMA read the pattern" grep -q 'pattern found, ok' "$tmp/on"
ok "DHCP gave an address" grep -q 'DHCP .*10\.0\.2\.15.* ok' "$tmp/on"
ok "the gateway answered a ping" grep -q 'Ping .*answered.* ok' "$tmp/on"
ok "all ok" grep -q 'demo: all ok' "$tmp/on"
ok "SeaBIOS wrote its log" grep -q 'SeaBIOS (version' "$tmp/on.fw"
ok "its log has no error line" sh -c "! grep -iE 'error|warn|fail|invalid|unable|timeout' '$tmp/on.fw'"
ok "nothing on stderr" sh -c "! grep -v '^$' '$tmp/on.err'"

for chips in split off; do
    ok "kernel-irqchip=$chips" run_demo "$tmp/$chips" -accel kvm,kernel-irqchip=$chips
    ok "kernel-irqchip=$chips: all ok" grep -q 'demo: all ok' "$tmp/$chips" || {
        diag "$tmp/$chips"
        diag "$tmp/$chips.err"
    }
done
ok "two CPUs" run_demo "$tmp/smp" -smp 2
ok "two CPUs: all ok" grep -q 'demo: all ok' "$tmp/smp" || diag "$tmp/smp"

# An ordinary user with the rights of group kvm and no others: in a mount namespace of its own,
# /dev/kvm gets another owner there.
as_user() {
    cp "$demo" "$tmp/user.img"
    mknod "$tmp/kvm" c 10 232
    chmod 755 "$tmp"
    chmod 666 "$tmp/kvm" "$tmp/user.img"
    : >"$tmp/user.log"
    chmod 666 "$tmp/user.log"
    unshare -m sh -c "mount --bind '$tmp/kvm' /dev/kvm && exec timeout 90 \
        setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all \
        '$VMX_DM' -m 64 -display none -hda '$tmp/user.img' -nic user,model=ne2k_isa \
        -fw_cfg name=opt/demo,string=poweroff -no-reboot -serial 'file:$tmp/user.log'"
}
if [ "$(id -u)" != 0 ]; then
    skip "as an ordinary user" "this is one already"
elif ! unshare -m true 2>/dev/null || ! su -s /bin/sh nobody -c "test -x '$VMX_DM'"; then
    skip "as an ordinary user" "no mount namespaces, or the build is not readable for others"
else
    ok "as an ordinary user" as_user
    ok "as an ordinary user: lease and ping" grep -q 'demo: all ok' "$tmp/user.log" ||
        diag "$tmp/user.log"
fi
finish

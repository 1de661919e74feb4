#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A boot loader that nobody here wrote: GRUB's rescue image, attached as a disk, shows its menu, goes
# to its prompt, and reads keys. QMP types and reads the screen.
#
# The interrupt chips are ours: GRUB opens interrupts for two instructions at a time, and a KVM that
# emulates the guest's instructions looks at its own PIC too seldom to see that.
. "$(dirname "$0")/lib.sh"
need_kvm
image=${IMAGE:-/usr/lib/grub-rescue/grub-rescue-cdrom.iso}
if [ ! -e $image ]; then
    echo "1..0 # SKIP $image is not installed (grub-rescue-pc)"
    exit 0
fi
cp $image "$tmp/grub.img"

"$VMX_DM" -m 64 -display none -accel kvm,kernel-irqchip=${IRQCHIP:-off} -hda "$tmp/grub.img" -net none \
    -qmp "unix:$tmp/qmp,server=on,wait=off" -no-reboot 2>"$tmp/err" </dev/null &
dm=$!
wait_for 10 test -S "$tmp/qmp"

screen() {
    qmp '{"execute":"x-screen-text"}'
}
shows() {
    screen | grep -q "$1"
}
press() {
    qmp "{\"execute\":\"send-key\",\"arguments\":{\"keys\":[{\"type\":\"qcode\",\"data\":\"$1\"}],
        \"hold-time\":50}}" >/dev/null
}
ok "GRUB is loaded" wait_for 60 shows 'Welcome to GRUB' || screen | sed 's/^/# /'
ok "it shows its menu" wait_for 180 shows 'GNU GRUB .*GNU/Linux' || screen | sed 's/^/# /'
press c
ok "its prompt is there" wait_for 60 shows 'grub>' || screen | sed 's/^/# /'
# one key after the other has been seen: interrupts come seconds apart, a keyboard holds 16 codes
typed=
for key in e c h o spc v m x; do
    press $key
    [ $key = spc ] && typed="$typed " && continue
    typed=$typed$key
    wait_for 20 shows "grub> $typed"
done
press ret
ok "it reads keys and answers" wait_for 30 shows '\\nvmx *\\n' || screen | sed 's/^/# /'
qmp '{"execute":"quit"}' >/dev/null
ok "it ends when told" wait $dm
finish

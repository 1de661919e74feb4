# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: the demo guest with the interrupt chips in each place and with more CPUs, or what
# of this is named. One line "result: NAME ok" or "result: NAME FAILED" each.
[ $# -gt 0 ] || set -- on split off smp2 smp4 smp2-split
for name; do
    case $name in
    on | split | off) options="-accel kvm,kernel-irqchip=$name" ;;
    smp2-split) options="-smp 2 -accel kvm,kernel-irqchip=split" ;;
    smp*) options="-smp ${name#smp}" ;;
    esac
    cp demo.bin disk.img
    timeout "${SECONDS_EACH:-60}" vmx-dm -m 64 -display none -hda disk.img \
        -nic user,model=ne2k_isa -no-reboot -fw_cfg name=opt/demo,string=poweroff \
        -serial "file:$name.log" $options 2>"$name.err" </dev/null
    status=$?
    if [ $status = 0 ] && grep -q 'demo: all ok' "$name.log" && [ ! -s "$name.err" ]; then
        echo "result: $name ok"
    else
        echo "result: $name FAILED, exit status $status"
        cat "$name.log" "$name.err"
    fi
done

# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: the demo guest with the interrupt chips in each place and with more CPUs. One line
# "result: NAME ok" or "result: NAME FAILED" each.
demo() { # name, options...
    name=$1
    shift
    cp demo.bin disk.img
    timeout 60 vmx-dm -m 64 -display none -hda disk.img -nic user,model=ne2k_isa -no-reboot \
        -fw_cfg name=opt/demo,string=poweroff -serial "file:$name.log" "$@" 2>"$name.err"
    status=$?
    if [ $status = 0 ] && grep -q 'demo: all ok' "$name.log" && [ ! -s "$name.err" ]; then
        echo "result: $name ok"
    else
        echo "result: $name FAILED, exit status $status"
        cat "$name.log" "$name.err"
    fi
}
demo on
demo split -accel kvm,kernel-irqchip=split
demo off -accel kvm,kernel-irqchip=off
demo smp2 -smp 2
demo smp4 -smp 4
demo smp2-split -smp 2 -accel kvm,kernel-irqchip=split

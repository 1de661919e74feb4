#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# QEMU and vmx-dm side by side, the same machine, stopped: each command that both have is answered
# in the same shape, and so are the events that come of it; what is wrong is refused with the same
# words. A command that both have and nobody compares here fails the test, unless parity.pl has a
# reason. Needs no KVM; parity-cpu.t does.
. "$(dirname "$0")/lib.sh"

machine="-M pc -m 16 -S -display none -nodefaults -vga std -serial null -name parity
-uuid 12345678-1234-1234-1234-123456789abc -drive if=ide,id=hd,format=raw,file=hd.img -netdev user,id=n0 -device ne2k_isa,netdev=n0,id=nic0
-vnc 127.0.0.1:77,to=99,password=on"
. "$here/parity-lib.sh"

# What there is: not compared by number, but to see what is left out.
{
    echo '{"execute":"qmp_capabilities"}'
    echo '{"execute":"query-commands","id":"commands"}'
    echo '{"execute":"query-qmp-schema","id":"schema"}'
    echo '{"execute":"human-monitor-command","id":"help","arguments":{"command-line":"help"}}'
    echo '{"execute":"human-monitor-command","id":"help info","arguments":{"command-line":"help info"}}'
} >"$tmp/requests"
for c in query-status query-vnc query-vnc-servers query-version query-commands query-target query-current-machine query-machines query-cpus-fast query-pci \
    query-block query-blockstats query-chardev query-name query-uuid query-kvm query-mice \
    query-fdsets query-iothreads query-memory-size-summary query-cpu-definitions query-qmp-schema; do
    ask $c
done
ask qom-list '{"path":"/machine/peripheral/nic0"}'
ask qom-list '{"path":"/machine/unattached"}'
ask qom-list '{"path":"/nowhere"}'
ask qom-get '{"path":"/machine/peripheral/nic0","property":"type"}'
ask qom-get '{"path":"/machine/peripheral/nic0","property":"iobase"}'
ask qom-get '{"path":"/machine/peripheral/nic0","property":"mac"}'
ask qom-get '{"path":"/machine/peripheral/nic0","property":"realized"}'
ask qom-get '{"path":"/machine/peripheral/nic0","property":"nothing"}'
ask qom-get '{"path":"/nowhere","property":"type"}'
ask qom-list-types '{"implements":"isa-device"}'
ask device-list-properties '{"typename":"ne2k_isa"}'
ask device-list-properties '{"typename":"nothing"}'
ask device-list-properties '{"typename":"pci-device"}'
ask device-list-properties
ask qom-list '{"path":"nic0/"}'
ask qom-list '{"path":"peripheral"}'
ask qom-list '{"path":""}'
ask qom-list '{"path":5}'
ask qom-list
ask qom-get '{"path":"nic0","property":"iobase"}'
ask qom-get '{"path":"/machine","property":"rtc-time"}'
ask qom-get '{"path":"/machine"}'
ask query-command-line-options '{"option":5}'
ask query-fdsets '{"x":1}'
ask query-command-line-options '{"option":"nothing"}'
# cards and networks that come and go
device() { # QMP members, without the braces
    ask device_add "{$1}"
}
network() {
    ask netdev_add "{$1}"
}
network '"type":"user","id":"n1","restrict":true,"dnssearch":[{"str":"a.b"}]'
network '"type":"user","id":"n1"'
network '"type":"user","id":"n2","frob":1'
network '"type":"user","id":"1 2"'
network '"type":"user"'
network '"id":"n2"'
network '"type":"pigeon","id":"n2"'
network '"type":"hubport","id":"h0","hubid":0'
network '"type":"hubport","id":"h1"'
network '"type":"hubport","id":"h1","hubid":"x"'
network '"type":"stream","id":"s0","addr":{"type":"unix"}'
device '"driver":"rtl8139","id":"r1","netdev":"n1","addr":"5"'
device '"driver":"rtl8139","id":"r1"'
device '"driver":"rtl8139","id":"r2","netdev":"n1"'
device '"driver":"rtl8139","id":"r2","netdev":"nothing"'
device '"driver":"rtl8139","id":"r2","addr":"5"'
device '"driver":"rtl8139","id":"r2","addr":"5.1"'
device '"driver":"rtl8139","id":"r2","mac":"x"'
device '"driver":"rtl8139","id":"r2","frob":"x"'
device '"driver":"rtl8139","id":"r2","bus":"isa.0"'
device '"driver":"rtl8139","id":"r2","bus":"pci.7"'
device '"driver":"VGA"'
device '"driver":"ne2k_isa"'
device '"driver":"frob"'
device '"id":"r2"'
device '"driver":"virtio-net-pci","id":"v1","mac":"52:54:00:00:00:01"'
device '"driver":"e1000"'
ask query-rx-filter
ask query-rx-filter '{"name":"v1"}'
ask query-rx-filter '{"name":"nic0"}'
ask query-rx-filter '{"name":"nothing"}'
ask query-pci
ask qom-list '{"path":"/machine/peripheral"}'
ask qom-list '{"path":"/machine/peripheral-anon"}'
for property in hotplugged hotpluggable addr netdev; do
    ask qom-get "{\"path\":\"/machine/peripheral/r1\",\"property\":\"$property\"}"
done
ask device_del '{"id":"r1"}'
ask device_del '{"id":"r1"}' # has not been heard yet
ask device_del '{"id":"/machine/peripheral-anon/device[0]"}'
ask device_del '{"id":"v1"}'
ask device_del '{"id":"nic0"}'
ask device_del '{"id":"/machine"}'
ask device_del '{"id":"nothing"}'
ask device_del
ask netdev_del '{"id":"n1"}'
ask netdev_del '{"id":"n1"}'
ask netdev_del
ask system_reset # takes out what was asked for
# the display for VNC clients, which this machine has not
for c in query-vnc query-vnc-servers; do
    ask $c
done
ask set_password '{"protocol":"pigeon","password":"x"}'
ask set_password '{"protocol":"vnc"}'
ask set_password '{"protocol":"vnc","password":"x"}'
ask expire_password '{"protocol":"vnc"}'
ask expire_password '{"protocol":"vnc","time":"never"}'
ask change-vnc-password '{"password":"x"}'
hmp "info vnc"
# media
for words in '"device":"hd"' '"device":"nothing"' '"id":"nothing"' '"device":"hd","id":"x"' ''; do
    ask eject "{$words}"
    ask blockdev-change-medium "{$words${words:+,}\"filename\":\"/nowhere/x\"}"
done
ask blockdev-change-medium '{"device":"hd"}'
ask blockdev-change-medium '{"device":"hd","filename":"x","read-only-mode":"perhaps"}'
# what is no right request: one answer each, and the next is heard
for line in '{"execute":"query-name","id":[{},[],{"a":[1,-5,0.5,1e100,true,null]}]}' \
    '{"execute":"query-name","id":"a\u00e4\ud83d\ude00\u007f\"\\\/\t"}' '{"execute":"query-name","id":'"'a\"}\\'b'"'}' \
    '{"execute":5,"id":"x"}' '{"id":"x"}' '{"execute":"query-name","exec-oob":"query-name","id":"x"}' \
    '{"exec-oob":"query-name","id":"x"}' '{"execute":"query-name","control":{}}' \
    '{"execute":"query-name","arguments":[]}' '{"execute":"query-name","arguments":null,"id":null}' \
    '[1,2]' '[]' '[{"execute":"query-name"}]' '"x"' '12' '{"execute":"query-name","execute":"query-uuid"}' \
    '{"execute":"query-name" "id":1}' '{"execute":"query-name",}' '{"execute" "query-name"}' '{"execute":}' \
    '{"execute":"query-name","id":tru}' '{"execute":"query-name","id":"\q"}' '{"execute":"query-name","id":"\ud83d"}' \
    '{"execute":"query-name","id":[1 2]}' '{5:"query-name"}' '{"execute":"query-name","id":[1,]}' \
    '{"execute":"qmp_capabilities"}' '{"execute":""}'; do
    raw "$line"
done
# errors
ask no-such-command
ask query-status '{"x":1}'
ask stop
ask stop
ask query-status
ask system_wakeup
ask set_link '{"name":"nic0","up":false}'
ask set_link '{"name":"nothing","up":false}'
ask set_link '{"name":"nic0"}'
ask set_link '{"name":"nic0","up":1}'
ask pmemsave "{\"val\":0,\"size\":4096,\"filename\":\"$tmp/saved\"}"
ask pmemsave '{"val":0,"size":4096,"filename":"/nowhere/x"}'
ask pmemsave '{"val":0,"filename":"/nowhere/x"}'
ask memsave "{\"val\":0,\"size\":4096,\"cpu-index\":9,\"filename\":\"$tmp/saved\"}"
ask memsave '{"val":0,"size":4096}'
ask screendump "{\"filename\":\"$tmp/screen\"}"
ask screendump "{\"filename\":\"$tmp/screen\",\"format\":\"png\"}"
ask screendump "{\"filename\":\"$tmp/screen\",\"format\":\"gif\"}"
ask screendump '{"filename":"/nowhere/x"}'
ask screendump '{"filename":"/nowhere/x","head":0}'
ask screendump '{"filename":"/nowhere/x","device":"nothing"}'
ask screendump '{"filename":"/nowhere/x","device":"nic0"}'
ask send-key '{"keys":[{"type":"qcode","data":"a"}]}'
ask send-key '{"keys":[{"type":"qcode","data":"nokey"}]}'
ask send-key '{"keys":[{"type":"number","data":30}],"hold-time":1}'
ask send-key '{"keys":[{"type":"qcode"}]}'
ask send-key '{"keys":[{"type":"qcode","data":"unmapped"},{"type":"qcode","data":"lang1"}]}'
ask send-key '{"keys":[{"type":"qcode","data":"a"},5]}'
ask send-key '{"keys":[]}'
ask send-key '{"keys":"a"}'
ask send-key
ask input-send-event '{"events":[{"type":"key","data":{"down":5,"key":{"type":"qcode","data":"a"}}}]}'
ask input-send-event '{"events":[{"type":"key","data":{"down":true,"x":1,"key":{"type":"qcode","data":"a"}}}]}'
ask input-send-event '{"events":[],"device":"nothing"}'
ask input-send-event '{"events":[],"device":"nic0"}'
ask input-send-event '{"events":[{"type":"rel","data":{"axis":"x","value":1}}]}'
ask input-send-event '{"events":[{"type":"btn","data":{"button":"left","down":true}}]}'
ask input-send-event '{"events":[{"type":"btn","data":{"button":"left","down":false}}]}'
ask input-send-event '{"events":[{"type":"rel","data":{"axis":"q","value":1}}]}'
ask input-send-event '{"events":[{"type":"rel"}]}'
ask set_password '{"protocol":"vnc","password":"x"}'
ask set_password '{"protocol":"vnc","password":"x","connected":"fail"}'
ask set_password '{"protocol":"nothing","password":"x"}'
ask set_password '{"protocol":"spice","password":"x"}'
ask expire_password '{"protocol":"spice","time":"now"}'
ask set_password '{"protocol":"vnc"}'
ask expire_password '{"protocol":"vnc","time":"+3600"}'
ask expire_password '{"protocol":"vnc","time":"never"}'
ask change-vnc-password '{"password":"y"}'
ask getfd '{"fdname":"f"}'
ask closefd '{"fdname":"f"}'
ask add-fd
ask remove-fd '{"fdset-id":3}'
ask inject-nmi
# people
for line in "info status" "info vnc" "set_password vnc x" "expire_password vnc now" "set_password" "info name" "info uuid" "info kvm" "info mice" "info cpus" "info pci" \
    "info blockstats" "info block" "info block hd" "info block -v" "info block -v hd" "info block nothing" \
    "info block -x" "info block hd x" "info usernet" "frobnicate" "info frobnicate" "help frobnicate" \
    "xp /4xw 0xfffffff0" "xp /20xb 0xf0000" "xp /3og 0xf0000" "xp /3uw 0xf0000" "xp /2uh 0xf0000" \
    "xp /10cb 0xf0000" "xp 0xf0000" "xp /3dw 0xf0010" "print 1+2*3" "print /d 0x10" \
    "print (1+2)*3-1" "print 1/0" "i /xw 0xcf8" "o /b 0x80 1" "sendkey nokey" "sendkey ctrl-a" \
    "mouse_set 9" "mouse_move 1 2" "mouse_button 1" "mouse_button 0" "boot_set c" "cpu 0" "cpu 9" \
    "set_link nothing off" "set_link nic0 on" "eject nothing" "pmemsave 0 16" "pmemsave 0 x y" "stop 1" \
    "system_wakeup" "info memory_size_summary" "nmi" "eject" "eject -x" "cpu" "i" "xp" "info kvm x" \
    "screendump" "memsave 0 16" "log none" "change nothing x" "change nothing" \
    "device_add rtl8139,id=h1" "device_add rtl8139,id=h1" "device_add frob" "device_add ne2k_isa" \
    "device_del" "device_del nothing" "device_del h1" "netdev_add user" "netdev_add user,id=u1" \
    "qom-list" "qom-list peripheral-anon" "qom-list nowhere" "qom-get nic0 iobase" "qom-get nic0 mac" "qom-get nic0 realized" \
    "qom-get nic0 nothing" "qom-get nic0" "info qom-tree /nowhere" "info history" \
    "info iothreads" "getfd" "getfd x" "closefd x" "help nothing" "set_link n0" "set_link n0 up" "x /4xz 0" "xp /z 0" \
    "xp 0xa0000000" "xp /2xw 0x00ffffff" "print 99999999999999999999" "print /d 5" "print 7" "print /x 7" "print (1" \
    "xp /xw 0" "change vnc" "change vnc x" "change vnc password" "sendkey unmapped" "sendkey 0x1ex" "sendkey a-" \
    "boot_set z" "boot_set cc" "boot_set" "expire_password" "expire_password vnc" "device_add" "device_add rtl8139,frob=1" \
    "device_add rtl8139,netdev=nothing" "device_add rtl8139,mac=x" "netdev_add" "mouse_move 1" "mouse_set" "mouse_button x" \
    "info registers 5" "info registers -x" "info status x" "screendump -f" "screendump /nowhere/x vga 0" "nmi 0" "log" \
    "netdev_del" "netdev_del nothing" "netdev_del u1" "hostfwd_add nothing tcp::1-:2" "hostfwd_add" \
    "hostfwd_remove nothing tcp::1" "system_reset" "cont" "stop" \
    "system_powerdown" "c" "s" "p 2" "info frobnicate" "? frobnicate"; do
    hmp "$line"
done
# only now: QEMU's CPU runs in between, and what memory holds after that is a matter of time
ask cont
ask query-status
ask stop
ask query-status
ask system_reset
ask query-status
ask cont
ask stop
ask system_powerdown
# the last: both go on to the end of it, in their own time
echo '{"execute":"quit"}' >>"$tmp/requests"

talk qemu qemu-system-x86_64 -accel tcg
talk ours "$VMX_DM" -accel qtest
said

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Bad input from the outside: each is a one-line error that names the thing and a remedy, exit
# code 1. Needs no guest: everything ends before one starts, or runs on the qtest board.
. "$(dirname "$0")/lib.sh"

# refuses "what" PATTERN options...: exit code 1, one line on stderr that matches
refuses() {
    refuse_name=$1
    refuse_pattern=$2
    shift 2
    timeout 20 "$VMX_DM" -accel qtest -display none "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
    refuse_code=$?
    ok "$refuse_name" sh -c "[ $refuse_code = 1 ] && [ \$(wc -l <'$tmp/err') = 1 ] &&
        grep -qE -- '$refuse_pattern' '$tmp/err'" || {
        echo "# exit code $refuse_code"
        diag "$tmp/err"
    }
}

truncate -s 1M "$tmp/good.img"
: >"$tmp/empty.img"
truncate -s 1M "$tmp/locked.img"

refuses "unknown option, nearest named" 'unknown option -disply, did you mean -display' -disply none
refuses "missing argument" '-m: needs an argument' -m
refuses "bad memory size" '-m: size=lots: expected a size' -m lots
refuses "memory size too small" '-m 0: expected' -m 0
refuses "too many CPUs" '-smp: cpus=9: expected a number from 1 to 8' -smp 9
refuses "unknown machine" 'machine "q35" is not known' -M q35
refuses "unknown accelerator" 'accelerator "hax" is not one of' -accel hax
refuses "bad irqchip" 'kernel-irqchip=maybe: expected on, split or off' -M pc,kernel-irqchip=maybe
refuses "bad boot order" '-boot x: expected' -boot x
refuses "bad display" 'display "gtk" is not one of' -display gtk
refuses "bad vga" '-vga cirrus: expected' -vga cirrus
refuses "bad date" '-rtc .*expected base=' -rtc base=yesterday
refuses "bad uuid" '-uuid 1234: expected' -uuid 1234

refuses "image missing" '/nowhere/x.img.*No such file' -hda /nowhere/x.img
refuses "image is a directory" "$tmp.*[Dd]irectory" -hda "$tmp"
refuses "image empty" 'empty.img.*(empty|size)' -hda "$tmp/empty.img"
refuses "image given twice" '(lock|another process|in use)' -hda "$tmp/good.img" -hdb "$tmp/good.img"
refuses "index taken" 'index=0.* taken' -hda "$tmp/good.img" -drive "file=$tmp/locked.img,index=0"
refuses "unknown drive word" 'unknown word "fromat"; did you mean "format"' \
    -drive "file=$tmp/good.img,fromat=raw"
refuses "unknown format" 'format' -drive "file=$tmp/good.img,format=vmdk"
refuses "drive without file" 'file=' -drive format=raw
refuses "bad interface" 'if=scsi: expected' -drive "file=$tmp/good.img,if=scsi"

refuses "BIOS missing" 'nobios.bin.*(not found|No such)' -bios nobios.bin
printf x >"$tmp/odd.bin"
refuses "BIOS of odd size" 'odd.bin' -bios "$tmp/odd.bin"
refuses "unknown device, nearest named" 'no device "ne2k_iso", did you mean "ne2k_isa"' \
    -device ne2k_iso
refuses "unknown property" 'unknown property "ioport"; it has: ' -device ne2k_isa,ioport=1
refuses "bad property value" 'irq=99' -device ne2k_isa,irq=99
refuses "bad MAC" 'mac=.*' -device ne2k_isa,mac=00:11
refuses "netdev missing" 'no -netdev has that id' -device ne2k_isa,netdev=none0
refuses "port conflict named" 'ne2000.*overlaps|overlaps.*ne2000|ne2k.*overlaps' \
    -device ne2k_isa,iobase=0x300 -device ne2k_isa,iobase=0x300
refuses "unknown netdev type" 'sock' -netdev sockt,id=a
refuses "netdev type, nearest named" 'type strem is not known, did you mean stream' -netdev strem,id=a
refuses "word of a user network" 'unknown word "hostwfd"; did you mean "hostfwd"' \
    -nic user,hostwfd=tcp::1-:1
refuses "word of a card" 'unknown word "modle"; did you mean "model"' -nic user,modle=ne2k_isa
refuses "nobody to connect to" '/nowhere/s.*reconnect=' \
    -netdev stream,id=a,addr.type=unix,addr.path=/nowhere/s
refuses "tap without such an interface" '(ifname=lo|/dev/net/tun)' -netdev tap,id=a,ifname=lo,script=no
refuses "guestfwd without target" 'guestfwd=tcp:10.0.2.9:1.*such as' -nic user,guestfwd=tcp:10.0.2.9:1
refuses "smb" 'smb= is not supported.*10\.0\.2\.2' -nic user,smb=/tmp
refuses "redir" '-redir tcp:80: expected .*tcp:2222::22' -redir tcp:80
refuses "redir to nowhere" '-redir .*no user network' -redir tcp:2222::22 -nic none
refuses "multicast MAC" 'mac=.*multicast' -nic user,mac=01:00:5e:00:00:01
refuses "dump of nothing" 'netdev=n9: no -netdev' -object filter-dump,id=f,netdev=n9,file=/dev/null
refuses "unknown object" 'there are filter-dump and secret' -object rng-random,id=r
refuses "hub without number" 'hubid= is missing' -netdev hubport,id=h
refuses "bad hostfwd" 'hostfwd' -nic user,model=ne2k_isa,hostfwd=tcp:80
refuses "serial file in no directory" '/nowhere/log' -serial file:/nowhere/log
refuses "unknown serial" 'serial.*"?warble' -serial warble
refuses "chardev without id" 'id=' -chardev null
refuses "unknown audiodev" 'driver "alsa" is not one of: none, sdl, wav' -audiodev alsa,id=a
refuses "audiodev without id" 'id=NAME is missing' -audiodev none
refuses "audiodev in no directory" 'path=/nowhere/a.wav: No such file' -audiodev wav,id=a,path=/nowhere/a.wav
refuses "audiodev path of none" 'path= is for' -audiodev none,id=a,path=/tmp/a
refuses "speaker of no audiodev" 'pcspk-audiodev=b: no -audiodev' -M pc,pcspk-audiodev=b -audiodev none,id=a
refuses "vmport" 'vmport=maybe: expected on, off or auto' -M pc,vmport=maybe
refuses "five serial ports" 'there are four' -serial null -serial null -serial null -serial null \
    -serial null
refuses "fw_cfg without content" 'either file= or' -fw_cfg name=opt/a
refuses "pidfile in no directory" '/nowhere/pid' -pidfile /nowhere/pid
refuses "qmp socket in no directory" '/nowhere/qmp' -qmp unix:/nowhere/qmp,server=on,wait=off

# a port in use for hostfwd
perl -MIO::Socket -e '$s = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or exit 1;
    $| = 1; print $s->sockport, "\n"; sleep 600' >"$tmp/port" &
if wait_for 5 grep -q . "$tmp/port"; then
    port=$(cat "$tmp/port")
    refuses "hostfwd port in use" "$port" \
        -nic "user,model=ne2k_isa,hostfwd=tcp:127.0.0.1:$port-:22"
else
    skip "hostfwd port in use" "no perl, or no network"
fi

# without rights: as another user
if [ "$(id -u)" = 0 ] && su -s /bin/sh nobody -c "test -x '$VMX_DM'"; then
    chmod 755 "$tmp"
    truncate -s 1M "$tmp/secret.img"
    chmod 600 "$tmp/secret.img"
    as_nobody() {
        setpriv --reuid 65534 --regid 65534 --clear-groups "$VMX_DM" -display none "$@" \
            >/dev/null 2>"$tmp/err" </dev/null
        [ $? = 1 ] && [ "$(wc -l <"$tmp/err")" = 1 ]
    }
    ok "image unreadable: one line, code 1" as_nobody -accel qtest -hda "$tmp/secret.img" ||
        diag "$tmp/err"
    ok "and it says so" grep -q 'secret.img.*Permission denied' "$tmp/err"
    if [ -e /dev/kvm ] && [ "$(stat -c %a /dev/kvm)" = 600 ]; then
        ok "/dev/kvm forbidden: one line, code 1" as_nobody -net none || diag "$tmp/err"
        ok "and it names the remedy" grep -qE '/dev/kvm.*(group|usermod|permission)' "$tmp/err"
    else
        skip "/dev/kvm forbidden" "everybody may open it here"
        skip "and it names the remedy" "everybody may open it here"
    fi
else
    skip "rights" "needs root, to become somebody else"
fi

# answers that are no errors
ok "-help" sh -c "'$VMX_DM' -help | grep -q -- '-netdev'"
ok "-version" sh -c "'$VMX_DM' -version | grep -q '^vmx-dm [0-9]'"
ok "-device help" sh -c "'$VMX_DM' -device help | grep -q ne2k_isa"
ok "-device ne2k_isa,help" sh -c "'$VMX_DM' -device ne2k_isa,help | grep -q iobase"
ok "-cpu help" sh -c "'$VMX_DM' -cpu help | grep -q qemu64"
finish

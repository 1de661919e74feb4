# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: a self-test guest on vmx-dm or QEMU, COM1 on the console, and the host's end of
# its networks, guest-net's other side: in-linux.sh PROGRAM SECONDS [OPTION...]
program=$1 seconds=$2
shift 2
truncate -s 8M second.img
mkdir -p net/cgi-bin

# data?N: from now on there are data$N, N MiB of noise, and their checksum, which is the answer
cat >net/cgi-bin/data <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
cd ..
[ -e "data$QUERY_STRING" ] || dd if=/dev/urandom of="data$QUERY_STRING" bs=1M count="$QUERY_STRING" 2>/dev/null
sha256sum <"data$QUERY_STRING"
END
# up?N: the checksum of what the guest's web server sends through card N
cat >net/cgi-bin/up <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
wget -q -O - "http://127.0.0.1:$((9000 + QUERY_STRING))/net" | sha256sum
END
# kill: the network itself, at once
cat >net/cgi-bin/kill <<'END'
#!/bin/sh
killall -9 vmx-dm-slirp
END
chmod 755 net/cgi-bin/*
httpd -p 127.0.0.1:8000 -h net

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

# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: Linux guests that do what the host tells them, by a shell on COM2. Sourced. Their
# kernels' words are in NAME.log, what they answered in NAME.out.
: ${program:=vmx-dm}
asked=0

# guest NAME KERNEL OPTION...: start, or start again, a guest
guest() {
    name=$1 kernel=$2
    shift 2
    case $program in
    qemu*) set -- -accel kvm -M pc -nodefaults -L /usr/share/seabios -L /usr/share/qemu "$@" ;;
    *) set -- -nic none "$@" ;;
    esac
    rm -f $name.*
    mkfifo $name.in
    $program -m 128 -display none -kernel $kernel.kernel -initrd $kernel.gz \
        -append "console=ttyS0,115200 quiet panic=-1 nowatchdog shell" -serial file:$name.log \
        -serial stdio "$@" <>$name.in >$name.out 2>$name.errors &
    echo $! >$name.pid
}

# tell NAME COMMAND: its exit status, its output in $answer
tell() {
    asked=$((asked + 1))
    { printf 'echo @begin %s\n%s\necho "\n@end %s $?"\n' $asked "$2" $asked; } >$1.in
    patience=600
    until grep -q "^@end $asked " $1.out; do
        patience=$((patience - 1))
        [ $patience -gt 0 ] && kill -0 "$(cat $1.pid)" 2>/dev/null || {
            answer="no answer to: $2"
            echo "$1: $answer"
            return 1
        }
        usleep 200000
    done
    answer=$(sed "1,/^@begin $asked\$/d;/^@end $asked /d" $1.out | grep .)
    return "$(sed -n "s/^@end $asked //p" $1.out)"
}

# up NAME [MODULE OPTIONS]: wait until it listens, and load its modules, one with options
up() {
    patience=1500
    until grep -q 'run shell' $1.log 2>/dev/null || [ $patience = 0 ]; do
        patience=$((patience - 1))
        usleep 200000
    done
    tell $1 "cd /modules
    while read -r m o; do
        [ \"\$m\" != \"${2:-}\" ] || o='${3:-}'
        insmod \$m \$o
    done <order
    cd /
    card() { grep -l \"\$1\" /sys/class/net/*/address | cut -d / -f 5; }
    ip link set lo up; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6"
}

# down NAME: power off; what it wrote to stderr
down() {
    echo 'poweroff -f' >$1.in
    wait "$(cat $1.pid)"
    status=$?
    [ $status = 0 ]
    verdict $1-off $? "power off, exit status $status"
    sed "s/^/errors: $1: /" $1.errors
}

# verdict NAME STATUS DETAIL
failed=0
verdict() {
    if [ "$2" = 0 ]; then
        echo "selftest: $1 ok $3"
    else
        echo "selftest: $1 FAILED $3"
        failed=$((failed + 1))
    fi
}

# quiet NAME: no complaint in the kernel's log
quiet() {
    tell $1 'dmesg | grep -E "NETDEV WATCHDOG|bogus|mismatched|next (frame|pointer)|[Tt]x timed out|nobody cared|BUG:|Call Trace"'
    [ -z "$answer" ]
    verdict $1-quiet $? "no complaint in the kernel's log $answer"
}

# What serves 1 MiB and its checksum at port 8000, and what fetches them from $1, on either side.
serve='mkdir -p /tmp/www
    dd if=/dev/urandom of=/tmp/www/data bs=1M count=1 2>/dev/null
    sha256sum </tmp/www/data >/tmp/www/sum
    httpd -p 8000 -h /tmp/www'
fetch() {
    echo "rm -f /tmp/data
    wget -q -O /tmp/data http://$1:8000/data &&
        [ \"\$(sha256sum </tmp/data)\" = \"\$(wget -q -O - http://$1:8000/sum)\" ]"
}

# all_ok: the last lines
all_ok() {
    if [ $failed = 0 ]; then
        echo "result: exit status 0"
        echo "selftest: all ok"
    else
        echo "selftest: $failed FAILED"
        tail -n 5 ./*.errors ./*.out
        tail -n 30 ./*.log
    fi
}

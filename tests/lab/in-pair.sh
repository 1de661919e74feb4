# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: two guests with two wires between them, a stream (10.1.0.0) and datagrams
# (10.2.0.0). Then some are killed, one after the other, and started again: in-pair.sh NAME...
. ./in-shell.sh

# start NAME: a serves the stream, b connects, and again when a has gone
start() {
    case $1 in
    a)
        guest a i386 -netdev stream,id=s,server=on,addr.type=unix,addr.path=wire \
            -device pcnet,romfile=,netdev=s,mac=52:54:00:00:01:01 \
            -netdev dgram,id=d,local.type=unix,local.path=wire.a,remote.type=unix,remote.path=wire.b \
            -device ne2k_pci,romfile=,netdev=d,mac=52:54:00:00:02:01
        ;;
    b)
        guest b i386 -netdev stream,id=s,server=off,addr.type=unix,addr.path=wire,reconnect=1 \
            -device ne2k_pci,romfile=,netdev=s,mac=52:54:00:00:01:02 \
            -netdev dgram,id=d,local.type=unix,local.path=wire.b,remote.type=unix,remote.path=wire.a \
            -device rtl8139,romfile=,netdev=d,mac=52:54:00:00:02:02
        ;;
    esac
}

# join NAME: its two addresses
join() {
    case $1 in a) host=1 ;; b) host=2 ;; esac
    up $1
    for n in 1 2; do
        tell $1 "d=\$(card 52:54:00:00:0$n:0$host); ip addr add 10.$n.0.$host/24 dev \$d; ip link set \$d up"
    done
    tell $1 "$serve"
}

# talk WHEN: both ways, both wires
talk() {
    for n in 1 2; do
        case $n in 1) wire=stream ;; 2) wire=dgram ;; esac
        tell b "ping -c 3 -i 0.3 10.$n.0.1"
        verdict "$1-$wire-ping" $? "$(echo "$answer" | grep loss)"
    done
    tell b "$(fetch 10.1.0.1)"
    verdict "$1-stream-data" $? "1 MiB, checksum $answer"
    tell a "$(fetch 10.2.0.2)"
    verdict "$1-dgram-data" $? "1 MiB, checksum $answer"
}

# killed NAME
killed() {
    kill -9 "$(cat $1.pid)"
    wait "$(cat $1.pid)" 2>/dev/null
}

start a
start b
join a
join b
talk first
for name; do
    killed $name
    start $name
    join $name
    talk "$name-again"
done
for name in a b; do
    quiet $name
    down $name
done
all_ok

# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: bursts and floods of frames from tap interfaces into the cards of a guest:
# in-flood.sh PROGRAM KERNEL CARD...
# A card with hold-ms=0 must lose frames by overflows of its ring. The others lose one for each time
# that the guest was not run for the time that frames wait, which is seldom.
program=$1 kernel=$2
shift 2
. ./in-shell.sh
echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
eval "$serve"
cards=$*

# -- the guest, each card on a tap of its own, 10.9.1.0, 10.9.2.0 and so on --

n=0
set --
for card in $cards; do
    n=$((n + 1))
    case $card in
    ne2k_isa*) ;;
    *) card=$card,romfile= ;;
    esac
    set -- "$@" -netdev tap,id=n$n,ifname=tap$n,script=no,downscript=no \
        -device "$card,netdev=n$n,mac=52:54:00:00:00:0$n"
done
guest g "$kernel" "$@"
up g ne.ko "io=0x300,0x320 irq=5,7"
n=0
for card in $cards; do
    n=$((n + 1))
    ip addr add 10.9.$n.1/24 broadcast 10.9.$n.255 dev tap$n
    ip link set tap$n up
    arp -s 10.9.$n.2 52:54:00:00:00:0$n
    tell g "d$n=\$(card 52:54:00:00:00:0$n); ip addr add 10.9.$n.2/24 dev \$d$n
        ip link set \$d$n up; arp -s 10.9.$n.1 $(cat /sys/class/net/tap$n/address)"
    verdict card$n $? "$card $answer"
done
sleep 2 # for the links

# count N NAME...: the sum of these counters of the guest's card, in $counted
count() {
    where=/sys/class/net/\$d$1/statistics
    shift
    tell g "cd $where; cat $*; cd /" || answer=-1
    counted=$(($(echo $answer | tr ' ' +)))
}

# send N SIZE COUNT: UDP to everybody there, COUNT datagrams of SIZE bytes
send() {
    socat -u -b $2 OPEN:/dev/zero,readbytes=$(($2 * $3)) \
        UDP-SENDTO:10.9.$1.255:9,broadcast,sndbuf=4000000
}

# burst N WHEN TURNS: 30 small frames at once, so often; all arrive, with nothing behind them
burst() {
    came= all=
    for _ in $(seq $3); do
        all="$all 30"
        count $1 rx_packets
        before=$counted
        send $1 18 30
        for _ in $(seq 25); do
            count $1 rx_packets
            [ $((counted - before)) -lt 30 ] || break
            usleep 200000
        done
        came="$came $((counted - before))"
    done
    [ "$came" = "$all" ]
    verdict card$1-burst-$2 $? "of 30 small frames at once arrived:$came"
}

# flood N: three sizes at once while the guest sends, too; what each side has lost, in $over, $dropped
flood() {
    lost="rx_over_errors rx_missed_errors rx_fifo_errors"
    count $1 $lost
    over=$counted
    count $1 rx_packets
    taken=$counted
    dropped=$(cat /sys/class/net/tap$1/statistics/tx_dropped)
    send $1 18 1000 &
    one=$!
    send $1 500 500 &
    two=$!
    send $1 1472 300 &
    tell g "ping -A -w 2 10.9.$1.1 >/dev/null"
    wait $one $two $!
    sleep 1 # what waits in the tap's queue
    count $1 rx_packets
    taken=$((counted - taken))
    count $1 $lost
    over=$((counted - over))
    dropped=$(($(cat /sys/class/net/tap$1/statistics/tx_dropped) - dropped))
}

n=0
for card in $cards; do
    n=$((n + 1))
    burst $n before 3
    flood $n
    case $card in
    *hold-ms=0*) [ $over -gt 0 ] ;;
    *) [ $((over * 20)) -lt $taken ] ;;
    esac
    verdict card$n-flood $? "$card took $taken frames; lost in its ring $over, by the tap $dropped"
    tell g "ping -c 3 -i 0.3 10.9.$n.1"
    verdict card$n-ping $? "$(echo "$answer" | grep loss)"
    tell g "$(fetch 10.9.$n.1)"
    verdict card$n-receive $? "1 MiB from the host, checksum $answer"
    burst $n after 1
done
quiet g
down g
all_ok

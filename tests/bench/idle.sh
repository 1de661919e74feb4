#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What an idle guest costs the host, beside QEMU: idle.sh BUILDDIR. SeaBIOS waits at its prompt, the timer
# ticks 18.2 times a second; without a display, with a window on an Xvfb, and with vmx-dm-top looking.
# BENCH_RUNS: rounds (3). IDLE_SECONDS: of each measurement (20). QEMU, BENCH_RAW as in run.sh.
set -u
build=${1:?usage: idle.sh BUILDDIR}
runs=${BENCH_RUNS:-3}
seconds=${IDLE_SECONDS:-20}
here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d) || exit 1
x=
trap 'jobs -p >"$tmp/jobs"; kill $(cat "$tmp/jobs") 2>/dev/null; rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

. "$here/kvm.sh"
mkdir -m 700 "$tmp/run"
export XDG_RUNTIME_DIR="$tmp/run"
unset WAYLAND_DISPLAY XAUTHORITY SDL_VIDEODRIVER
export LC_ALL=C.UTF-8 TERM=xterm

windows=yes
for tool in Xvfb xdotool; do
    command -v $tool >/dev/null || {
        echo "$tool is not installed: no windows"
        windows=
    }
done
[ -e "$build/vmx-dm-view" ] || windows=
if [ -n "$windows" ]; then
    Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp 3>"$tmp/display" >/dev/null 2>&1 &
    x=$!
    until [ -s "$tmp/display" ]; do sleep 0.1; done
    DISPLAY=:$(cat "$tmp/display")
    export DISPLAY
fi

# used PID...: CPU time in ns, and how often a thread was given a CPU
used() {
    for p; do
        cat /proc/"$p"/task/*/schedstat
    done 2>/dev/null | awk '{ns += $1; n += $3} END {printf "%.0f %.0f\n", ns, n}'
}
# kib PID FIELD
kib() {
    awk -v f="$2:" '$1 == f {print $2}' /proc/"$1"/smaps_rollup
}
# watch_idle WHAT PID..., then watched WHAT PID...: these processes together
watch_idle() {
    what=$1
    shift
    used "$@" >"$tmp/$what.before"
}
watched() {
    what=$1
    shift
    used "$@" | cat "$tmp/$what.before" - | awk -v s="$subject" -v w="$what" -v t="$elapsed" '
        NR == 1 {ns = $1; n = $2}
        NR == 2 {printf "%s %s_cpu %.4f\n%s %s_runs %.2f\n", s, w, ($1 - ns) / t / 1e7,
                 s, w, ($2 - n) / t}' >>"$tmp/all"
}
now() {
    awk '{print $1}' /proc/uptime
}

# measure SUBJECT MODE COMMAND...: MODE none, window or top
measure() {
    subject=$1 mode=$2
    shift 2
    rm -f "$tmp/fw"
    "$@" >/dev/null 2>"$tmp/err" </dev/null &
    machine=$!
    viewer=
    for _ in $(seq 200); do
        grep -q 'No bootable device' "$tmp/fw" 2>/dev/null && break
        sleep 0.1
    done
    if ! kill -0 $machine 2>/dev/null || ! grep -q 'No bootable device' "$tmp/fw"; then
        echo "$subject $mode: the guest did not come to its prompt" >&2
        cat "$tmp/err" >&2
        kill $machine 2>/dev/null
        wait $machine 2>/dev/null
        return
    fi
    if [ "$mode" = window ]; then
        for _ in $(seq 100); do
            xdotool search --name 'idle' >/dev/null 2>&1 && break
            sleep 0.1
        done
        viewer=$(pgrep -P $machine -f '[v]mx-dm-view')
    elif [ "$mode" = top ]; then
        "$build/vmx-dm-top" -b >/dev/null &
        viewer=$!
    fi
    sleep 5 # what begins has ended
    begin=$(now)
    # shellcheck disable=SC2086
    watch_idle "$mode" $machine $viewer
    [ -z "$viewer" ] || watch_idle "${mode}_viewer" $viewer
    [ "$mode" != window ] || watch_idle x $x
    sleep "$seconds"
    elapsed=$(now | awk -v b="$begin" '{print $1 - b}')
    # shellcheck disable=SC2086
    watched "$mode" $machine $viewer
    [ -z "$viewer" ] || watched "${mode}_viewer" $viewer
    [ "$mode" != window ] || watched x $x
    for p in $machine $viewer; do
        echo "$p $(kib "$p" Rss) $(kib "$p" Pss)"
    done | awk -v s="$subject" -v w="$mode" '{rss += $2; pss += $3; last = $2}
        END {printf "%s %s_rss %d\n%s %s_pss %d\n", s, w, rss, s, w, pss
             if (NR > 1) printf "%s %s_viewer_rss %d\n", s, w, last}' >>"$tmp/all"
    kill $machine
    wait $machine 2>/dev/null
    [ -z "$viewer" ] || kill $viewer 2>/dev/null
}

common="-name idle -m 64 -net none -chardev file,id=fw,path=$tmp/fw
    -device isa-debugcon,iobase=0x402,chardev=fw"
: >"$tmp/all"
i=0
while [ $i -lt "$runs" ]; do
    i=$((i + 1))
    printf '\rround %d of %d' $i "$runs" >&2
    # shellcheck disable=SC2086
    measure vmx none "$build/vmx-dm" $common -display none
    # shellcheck disable=SC2086
    [ -z "$qemu" ] || measure qemu none "$qemu" -accel kvm $common -display none
    # shellcheck disable=SC2086
    measure vmx top "$build/vmx-dm" $common -display none
    [ -n "$windows" ] || continue
    # shellcheck disable=SC2086
    measure vmx window "$build/vmx-dm" $common -display sdl
    # shellcheck disable=SC2086
    [ -z "$qemu" ] || measure qemu window "$qemu" -accel kvm $common -display sdl
done
printf '\r' >&2
{
    echo "an idle guest, vmx-dm beside QEMU: medians of $runs rounds of $seconds s, $(date -u +%Y-%m-%d)"
    echo "$(uname -sr), $(nproc) CPUs, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    [ -z "$qemu" ] || "$qemu" --version | head -n 1
    echo
    awk -v table=idle -f "$here/table.awk" "$tmp/all"
} | tee "$build/bench-idle.txt"
[ -z "${BENCH_RAW:-}" ] || cp "$tmp/all" "$BENCH_RAW"
awk -v markdown=1 -v table=idle -f "$here/table.awk" "$tmp/all" >"$build/bench-idle.md"

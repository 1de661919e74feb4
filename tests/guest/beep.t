#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A guest that beeps twice, into a file: with the timer in KVM, and with our own.
. "$(dirname "$0")/lib.sh"
need_kvm

cp "$BUILD/tests/guest/beep/beep.bin" "$tmp/disk.img"
truncate -s 64K "$tmp/disk.img"

# Of the left channel, for each stretch of sound: its length in ms and its frequency, by the time
# between rises.
tones() {
    od -An -v -td2 -w4 -j44 "$1" | awk '
        function tell() { if (high) printf "%d %d\n", (last - first) / 48, 48000 * n / (sum + 1) }
        { at++ }
        $1 > 1500 {
            if (high && at - last > 2400) { tell(); high = 0 }
            if (!high) { high = 1; first = rise = at; n = sum = 0; low = 0 }
            last = at
            if (low && at - rise < 200) { sum += at - rise; n++ }
            if (low) { rise = at; low = 0 }
        }
        $1 < -1500 { low = 1 }
        END { tell() }'
}

# tone LENGTH HZ LOW HIGH: is it between those? A busy host is late with the end.
tone() {
    [ "$1" -gt 200 ] && [ "$2" -ge "$3" ] && [ "$2" -le "$4" ]
}

for chips in on split; do
    mkfifo "$tmp/$chips"
    "$VMX_DM" -M "pc,kernel-irqchip=$chips" -net none -display none -m 16 \
        -drive "file=$tmp/disk.img,format=raw" -debugcon "file:$tmp/log" \
        -audiodev "wav,id=w,path=$tmp/$chips.wav" -qmp stdio \
        <"$tmp/$chips" >"$tmp/out" 2>"$tmp/err" &
    vm=$!
    exec 3>"$tmp/$chips"
    ok "irqchip $chips: the guest has beeped" wait_for 60 grep -q done "$tmp/log" || diag "$tmp/err"
    echo '{"execute": "qmp_capabilities"}{"execute": "quit"}' >&3
    exec 3>&-
    wait $vm
    tones "$tmp/$chips.wav" >"$tmp/tones"
    ok "irqchip $chips: twice" [ "$(wc -l <"$tmp/tones")" -eq 2 ] || diag "$tmp/tones"
    { read -r ms1 hz1; read -r ms2 hz2; } <"$tmp/tones"
    ok "irqchip $chips: A4" tone "$ms1" "$hz1" 438 442 || diag "$tmp/tones"
    ok "irqchip $chips: A5" tone "$ms2" "$hz2" 876 884 || diag "$tmp/tones"
    rm -f "$tmp/log"
done
finish

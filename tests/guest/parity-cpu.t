#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# As parity.t, of what needs a CPU: registers, and memory by virtual addresses.
. "$(dirname "$0")/lib.sh"

need_kvm
machine="-M pc -m 16 -S -display none -nodefaults -serial null -drive if=ide,id=hd,format=raw,file=hd.img"
. "$here/parity-lib.sh"

echo '{"execute":"qmp_capabilities"}' >"$tmp/requests"
ask query-kvm
ask query-cpus-fast
ask memsave "{\"val\":4294967280,\"size\":16,\"filename\":\"$tmp/saved\"}"
ask memsave "{\"val\":0,\"size\":16,\"filename\":\"$tmp/saved\",\"cpu-index\":0}"
ask memsave "{\"val\":0,\"size\":16,\"filename\":\"$tmp/saved\",\"cpu-index\":7}"
ask memsave '{"val":0,"size":16,"filename":"/nowhere/x"}'
ask memsave '{"val":0,"size":"16","filename":"/nowhere/x"}'
for line in "info registers" "info registers 0" "info registers -a" "info registers 7" "info registers x" \
    "info kvm" "info cpus" "cpu 0" "cpu 7" 'print $eip' 'print $cs' 'print $frob' 'print $eip + 1' 'x /4xb 0xfffffff0' \
    'x /2xw 0' 'x 0xa0000000' 'x /2cb $eip' "memsave 0 16 \\\"$tmp/saved\\\"" 'memsave 0 16 \"/nowhere/x\"' 'memsave 0 16'; do
    hmp "$line"
done
echo '{"execute":"quit"}' >>"$tmp/requests"

talk qemu qemu-system-x86_64 -accel kvm
talk ours "$VMX_DM" -accel kvm
said part

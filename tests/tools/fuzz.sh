#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run each fuzzer for a while: fuzz.sh BUILDDIR SECONDS PROGRAM... FUZZ_SEED: the same way each time.
set -u
build=$1
seconds=$2
shift 2
sources=${0%/*}/../fuzz
failed=0
for f; do
    name=${f##*/}
    corpus=$build/corpus/$name
    dict=$sources/$name.dict
    [ -f "$dict" ] || dict=
    seeds=$sources/seeds/$name
    [ -d "$seeds" ] || seeds=
    mkdir -p "$corpus"
    if timeout $((seconds + 120)) "$f" -max_total_time="$seconds" -rss_limit_mb=4096 -timeout=60 \
        -len_control=20 ${FUZZ_SEED:+"-seed=$FUZZ_SEED"} ${dict:+"-dict=$dict"} \
        -artifact_prefix="$build/corpus/$name-" "$corpus" \
        ${seeds:+"$seeds"} >"$build/$name.log" 2>&1; then
        echo "ok   $name: $(grep -aE '^Done ' "$build/$name.log")"
    else
        echo "FAIL $name: see $build/$name.log"
        tail -n 15 "$build/$name.log"
        failed=1
    fi
done
exit $failed

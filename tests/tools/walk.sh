#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Walk devices at random, as many at once as there are processors:
# walk.sh BUILDDIR SEED STEPS [DEVICE[/PROPERTY]]
# SEED may be empty: then it is drawn, and told. The same seed and steps give the same walk.
set -u
build=$(cd "$1" && pwd)
seed=$2
steps=$3
only=${4:-}
program=$build/tests/unit/test-walk
logs=$build/walk-logs

[ -n "$seed" ] || seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
devices=$("$program" -l | sed -n 's,^/walk/\([^/]*\)/.*,\1,p' | sort -u)
if [ -n "$only" ]; then
    echo "$devices" | grep -qx -- "${only%%/*}" || {
        echo "walk: no device is called ${only%%/*}; there are:" $devices >&2
        exit 2
    }
    devices=$only
fi
mkdir -p "$logs"
echo "SEED=$seed STEPS=$steps, $(echo "$devices" | wc -l) devices"
export SEED="$seed" STEPS="$steps" program logs
export ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:abort_on_error=1:${UBSAN_OPTIONS:-}"

# One that hangs is stopped by a signal on which it tells its last steps.
echo "$devices" | xargs -P "$(nproc)" -n 1 sh -c '
    log=$logs/$(echo "$1" | tr / -).log
    begin=$(date +%s)
    timeout -k 10 "${WALK_SECONDS:-1200}" "$program" -p "/walk/$1" >"$log" 2>&1 </dev/null
    status=$?
    took=$(($(date +%s) - begin))
    if [ $status = 0 ]; then
        echo "  ok    $1 ($took s)"
        exit 0
    fi
    echo "  FAIL  $1 ($took s, status $status): the end of $log:
$(tail -n 60 "$log" | sed "s/^/    /")
  again: make check-walk SEED=$SEED STEPS=$STEPS DEVICE=$1"
    exit 1' walk
status=$?
[ $status = 0 ] || echo "walk: failed with SEED=$seed STEPS=$steps"
exit $status

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run TAP programs under prove and end with totals: prove.sh BUILDDIR NAME PROGRAM...
# One at a time, or JOBS beside each other.
set -u
build=$(cd "$1" && pwd)
name=$2
shift 2
log=$build/check-$name.tap
export BUILD="$build" VMX_DM="${VMX_DM:-$build/vmx-dm}"
prove -v --timer --merge ${JOBS:+-j "$JOBS"} -e "sh $(dirname "$0")/tap-exec.sh" "$@" 3>&1 >"$log" 2>&1 </dev/null
status=$?
grep -aE '^(not ok|\[[0-9:]+\] .* (ok|skipped|Failed|Dubious)|.*(Dubious|Failed|skipped:)|Result:|  Parse errors)|# SKIP' "$log" |
    grep -avE '^\[.*\.\. ?$' | cut -c1-160
# An `ok` is a pass unless it says SKIP; a program that skips everything counts once.
awk -v status=$status '
    /^not ok/ && !/# TODO/ { f++; next }
    /^ok .*# SKIP/ { s++; next }
    /^1\.\.0 *# *[Ss][Kk][Ii][Pp]/ { s++; next }
    /^ok / { p++ }
    END {
        if (status != 0 && f == 0) f = 1
        printf "%d passed, %d failed, %d skipped\n", p, f, s
    }' "$log" | tee "$build/check-$name.totals"
# Random tests print the seed that they took: with it the same failure comes again.
[ $status = 0 ] || awk '
    /\.\. ?$/ { program = $(NF - 1) }
    /^# random seed: / { seed = $NF; told = 0 }
    /^(not ok|Bail out!)/ && seed && !told { told = 1; print "again: " program " --seed " seed }
' "$log"
# What stands behind a failure, for who has nothing but this.
[ $status = 0 ] || awk '
    /^ok |^1\.\.|\.\. ?$/ { n = 0 }
    /^(not ok|Bail out!)/ { n = 20 }
    n-- > 0 && ++all <= 200 { print "  | " substr($0, 1, 200) }
' "$log"
[ $status = 0 ] || echo "the whole output is in $log"
exit $status

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How prove runs a test program. One that hangs is a failure: each gets ten minutes at most,
# unless PROGRAM_SECONDS says otherwise. What it leaves running is ended with it, and could not
# hold up prove anyway: it writes to a file. Descriptor 3, where open, hears of the progress.
# Programs that draw random numbers draw others each time, or those of TEST_SEED.
name=$1
case $name in
*.t) set -- sh "$name" ;;
*) set -- "$name" --tap ${TEST_SEED:+--seed "$TEST_SEED"} ;;
esac
limit=${PROGRAM_SECONDS:-600}
out=$(mktemp) || exit 1
begin=$(date +%s)
setsid -w sh -c 'echo $$ >"$0"; exec timeout -k 10 "$@"' "$out.session" "$limit" "$@" \
    >"$out" 2>&1 </dev/null 3>&-
status=$?
pkill -KILL -s "$(cat "$out.session")" 2>/dev/null
[ $status = 124 ] && echo "not ok - $name: still running after $limit s" >>"$out"
{ echo "  TEST    $name ($(($(date +%s) - begin)) s)" >&3; } 2>/dev/null
# GLib's word for one program's end would end them all.
sed 's/^Bail out!/not ok - &/' "$out"
rm -f "$out" "$out.session"
exit $status

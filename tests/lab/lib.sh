# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of this folder: what tests/guest/lib.sh has, and the lab. Sourced.
. "$(dirname "$0")/../guest/lib.sh"
lab=$here
. "$lab/kernels.sh"
. "$lab/guests.sh"
export BUILD
missing=$(lab_missing)
if [ -n "$missing" ]; then
    echo "1..0 # SKIP $missing"
    exit 0
fi

# in_lab LOG LAB OPTION...: run, with its output in LOG
in_lab() {
    log=$1
    shift
    "$lab/run" "$@" >"$log" 2>"$log.err" </dev/null
}

# linux_in LAB NAME SECONDS IMAGE OPTION...: a self-test guest; every line of it is a test
linux_in() {
    where=$1 name=$2 seconds=$3 image=$4
    shift 4
    ok "$where: $name: starts and ends" in_lab "$tmp/log" "$where" --timeout $((seconds + 120)) \
        --file "$image" --file "$lab/in-linux.sh" -- \
        sh in-linux.sh vmx-dm "${image##*/}" "$seconds" "$@" || diag "$tmp/log.err"
    ok "$where: $name: exit status 0" grep -q '^result: exit status 0' "$tmp/log"
    ok "$where: $name: nothing on stderr" sh -c "! grep '^errors:' '$tmp/log'" ||
        grep '^errors:' "$tmp/log" | sed 's/^/# /'
    grep -a '^selftest: ' "$tmp/log" >"$tmp/verdicts"
    while read -r _ what verdict detail; do
        case $verdict in
        ok | FAILED) ok "$where: $name: $what $detail" test "$verdict" = ok ;;
        skipped) skip "$where: $name: $what" "$detail" ;;
        esac
    done <"$tmp/verdicts"
    ok "$where: $name: all ok" grep -q '^selftest: all ok' "$tmp/log" || diag "$tmp/log"
}

# SPDX-License-Identifier: GPL-2.0-or-later
# For the shell tests of this folder: TAP, a scratch directory, and running vmx-dm. Sourced.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
BUILD=${BUILD:-$top/build}
VMX_DM=${VMX_DM:-$BUILD/vmx-dm}
tmp=$(mktemp -d)
# Not kill $(jobs -p): in dash a substitution has no jobs.
trap 'jobs -p >"$tmp/jobs"; kill $(cat "$tmp/jobs") 2>/dev/null; rm -rf "$tmp"' EXIT
test_number=0
failures=0

# ok "name" CONDITION...: one TAP line
ok() {
    ok_name=$1
    shift
    test_number=$((test_number + 1))
    if "$@" >/dev/null 2>&1; then
        echo "ok $test_number $ok_name"
    else
        echo "not ok $test_number $ok_name"
        failures=$((failures + 1))
        return 1
    fi
}

skip() {
    test_number=$((test_number + 1))
    echo "ok $test_number $1 # SKIP $2"
}

diag() {
    sed 's/^/# /' "$1"
}

finish() {
    echo "1..$test_number"
    [ $failures = 0 ]
    exit $?
}

# qmp COMMAND: its answer from the monitor at $tmp/qmp; events in between are none
qmp() {
    printf '{"execute":"qmp_capabilities"}\n%s\n' "$1" | socat -t 10 - "unix:$tmp/qmp" |
        grep -v '"event"' | tail -n 1
}
hmp() {
    qmp "{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"$1\"}}"
}
status_is() {
    qmp '{"execute":"query-status"}' | grep -q "\"status\" *: *\"$1\""
}
# The machine $dm has ended, or does so soon, with this code.
exit_code_is() {
    wait_for 20 sh -c "! readlink /proc/$dm/exe" || kill -9 $dm # a zombie has none
    wait $dm
    [ $? = "$1" ]
}

# need_tools PROGRAM...: the whole test is skipped where one is missing
need_tools() {
    for tool; do
        command -v "$tool" >/dev/null 2>&1 || {
            echo "1..0 # SKIP $tool is not installed"
            exit 0
        }
    done
}
# Leave at once where no KVM guest can run.
need_kvm() {
    if [ ! -e /dev/kvm ]; then
        echo "1..0 # SKIP there is no /dev/kvm on this machine"
        exit 0
    elif [ ! -r /dev/kvm ] || [ ! -w /dev/kvm ]; then
        echo "1..0 # SKIP no permission for /dev/kvm"
        exit 0
    fi
}

# wait_for SECONDS CONDITION...: poll until it holds. So long it may take on a machine that has nothing
# else to do; others get much longer. Nothing may depend on its not coming true in time.
wait_for() {
    local wait_until=$(($(date +%s) + $1 * 6)) # conditions may wait, too
    shift
    while ! "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt $wait_until ] || return 1
        sleep 0.1
    done
}

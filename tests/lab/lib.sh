# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of this folder: what tests/guest/lib.sh has, the lab, and rows of the table that
# table.sh makes. Sourced.
tests=$(cd "$(dirname "$0")/.." && pwd)
[ -e "$tests/guest/lib.sh" ] || tests=${tests%/*} # from long/
BUILD=${BUILD:-${tests%/*}/build}
. "$tests/guest/lib.sh"
lab=$tests/lab
. "$lab/kernels.sh"
. "$lab/guests.sh"
export BUILD
mkdir -p "$BUILD/lab"
binary=$(sha256sum "$VMX_DM" | cut -d ' ' -f 1)
echo "# vmx-dm is $binary"
row=

# row KVM GUEST: what follows is one row of the table, until the next or the end
row() {
    end_row
    row=$(basename "$0" .t)-$1$test_number
    row_kvm=$1 row_guest=$2
    row_begin=$(date +%s) row_tests=$test_number row_failures=$failures row_skipped=$skipped
    # what is found if it never comes to its end
    echo "$row_guest|$row_kvm|not finished||$binary" >"$BUILD/lab/$row"
}
end_row() {
    [ -n "$row" ] || return 0
    row_failed=$((failures - row_failures))
    row_skips=$((skipped - row_skipped))
    result="passed: $((test_number - row_tests - row_failed - row_skips))"
    [ $row_failed = 0 ] || result="FAILED: $row_failed, $result"
    [ $row_skips = 0 ] || result="$result, skipped: $row_skips"
    echo "$row_guest|$row_kvm|$result|$(($(date +%s) - row_begin))|$binary" >"$BUILD/lab/$row"
    row=
}
finish() {
    end_row
    echo "1..$test_number"
    [ $failures = 0 ]
    exit $?
}
skipped=0
skip() {
    test_number=$((test_number + 1))
    skipped=$((skipped + 1))
    echo "ok $test_number $1 # SKIP $2"
}

need_lab() {
    missing=$(lab_missing)
    if [ -n "$missing" ]; then
        echo "1..0 # SKIP $missing"
        exit 0
    fi
}

# in_lab LOG LAB OPTION...: run, with its output in LOG and its own words in LOG.err
in_lab() {
    log=$1
    shift
    "$lab/run" "$@" >"$log" 2>"$log.err" </dev/null
}

# same_binary LOG: what ran in the lab is the program of the build tree, byte by byte
same_binary() {
    ok "the program is the same one, $binary" grep -q "vmx-dm is $binary" "$1.err" || diag "$1.err"
}

# linux_in LAB SECONDS FILES OPTION...: a self-test guest; every line of it is a test. What vmx-dm
# has to say on stderr stands in $expected.
expected=
linux_in() {
    linux_where=$1 linux_seconds=$2 linux_files=$3
    shift 3
    selftest_in "in-linux.sh vmx-dm" "$linux_where" "$linux_seconds" "$linux_files" "$@"
}

# selftest_in SCRIPT LAB SECONDS FILES OPTION...: the same by another script, which may have words
selftest_in() {
    script=$1 where=$2 seconds=$3
    files=
    for file in $4; do files="$files --file $tmp/$file"; done
    shift 4
    ok "starts and ends" in_lab "$tmp/log" "$where" --timeout $((seconds + 120)) $files \
        --file "$lab/${script%% *}" -- sh $script "$seconds" "$@" || diag "$tmp/log.err"
    verdicts
}

# shell_in SECONDS SCRIPT [ARGUMENT...]: guests of in-shell.sh on SVM, of selftest i386, as SCRIPT says
shell_in() {
    seconds=$1 script=$2
    shift 2
    ok "starts and ends" in_lab "$tmp/log" svm --timeout "$seconds" --file "$tmp/i386.kernel" \
        --file "$tmp/i386.gz" --file "$lab/in-shell.sh" --file "$lab/$script" \
        --file "$(command -v socat)" -- sh "$script" "$@" || diag "$tmp/log.err"
    verdicts
}

# verdicts: each line "selftest: NAME ok|FAILED|skipped DETAIL" of the log is a test; and how it ended
verdicts() {
    grep -a '^selftest: ' "$tmp/log" >"$tmp/verdicts"
    while read -r _ what verdict detail; do
        case $verdict in
        ok) [ "$what" = all ] || ok "$what: $detail" true ;;
        FAILED) [ -z "${what##[0-9]*}" ] || ok "$what: $detail" false ;;
        skipped) skip "$what" "$detail" ;;
        esac
    done <"$tmp/verdicts"
    ok "it came to its end" grep -q '^selftest: all ok' "$tmp/log" || diag "$tmp/log"
    ok "ACPI power off, exit status 0" grep -q '^result: exit status 0' "$tmp/log"
    if [ -n "$expected" ]; then
        ok "on stderr: $expected" grep -q "^errors: .*$expected" "$tmp/log"
    fi
    grep '^errors:' "$tmp/log" | grep -v "${expected:-^$}" >"$tmp/errors"
    ok "nothing ${expected:+else }on stderr" test ! -s "$tmp/errors" || diag "$tmp/errors"
    same_binary "$tmp/log"
}

# kvm_in LAB [NOT...]: tests/guest/test-kvm, without some
kvm_in() {
    where=$1
    shift
    cat >"$tmp/in-kvm.sh" <<END
./test-kvm -l | cut -d / -f 3 | uniq | while read -r name; do
    case " $* " in
    *" \$name "*) ./test-kvm -l | grep "^/kvm/\$name" | sed 's/.*/ok & # SKIP not on this CPU/' ;;
    *) ./test-kvm --tap -p "/kvm/\$name" || echo "not ok /kvm/\$name ended" ;;
    esac
done
echo "result: end"
END
    ok "the lab ran" in_lab "$tmp/log" "$where" --timeout 300 --file tests/guest/test-kvm \
        --file "$tmp/in-kvm.sh" -- sh in-kvm.sh || diag "$tmp/log.err"
    grep -aE '^(not )?ok ' "$tmp/log" >"$tmp/verdicts"
    while read -r verdict rest; do
        case $verdict,$rest in
        *SKIP*) skip "${rest%% #*}" "not under this emulation of a CPU" ;;
        ok,*) ok "${rest#* }" true ;;
        *) ok "${rest#ok * }" false ;;
        esac
    done <"$tmp/verdicts"
    ok "it came to its end" grep -q '^result: end' "$tmp/log"
    [ $failures = 0 ] || diag "$tmp/log"
    same_binary "$tmp/log"
}

# grub_in LAB: tests/guest/grub.t, with the chips in the kernel
grub_in() {
    cp "$tests/guest/grub.t" "$tmp/grub.sh"
    ok "the lab ran" in_lab "$tmp/log" "$1" --timeout 500 --file "$tmp/grub.sh" \
        --file "$tests/guest/lib.sh" --file "$(command -v socat)" \
        --file /usr/lib/grub-rescue/grub-rescue-cdrom.iso -- \
        sh -c 'VMX_DM=vmx-dm IRQCHIP=on IMAGE=grub-rescue-cdrom.iso sh grub.sh' ||
        diag "$tmp/log.err"
    grep -aE '^(not )?ok ' "$tmp/log" >"$tmp/verdicts"
    while read -r verdict rest; do
        case $verdict in
        ok) ok "${rest#* }" true ;;
        *) ok "${rest#ok * }" false ;;
        esac
    done <"$tmp/verdicts"
    ok "it came to its end" grep -q '^1\.\.' "$tmp/log"
    [ $failures = 0 ] || diag "$tmp/log"
    same_binary "$tmp/log"
}

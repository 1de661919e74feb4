#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Which lines tests run: coverage.sh SOURCEDIR BUILDDIR UNIT QTEST GUEST KIND...
# UNIT, QTEST and GUEST are lists of programs; those of the kinds that follow are run. Prints a table,
# the worst first, and leaves pages in BUILDDIR/html (not with HTML=no). Fails when a test failed.
set -u
source=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
unit=$3 qtest=$4 guest=$5
shift 5
status=0

find "$build" -name '*.gcda' -delete
for kind; do
    case $kind in
    unit) programs=$unit ;;
    qtest) programs=$qtest ;;
    guest) programs=$guest ;;
    *)
        echo "coverage: no tests are called $kind; there are unit, qtest and guest" >&2
        exit 2
        ;;
    esac
    echo "$kind tests"
    sh "$source/tests/tools/prove.sh" "$build" "$kind" $programs || status=1
done

cd "$build" || exit 1
log=$build/coverage.log
set --
for f in core hw accel block net ui chardev system monitor; do
    [ ! -d $f ] || set -- "$@" $f
done
# A file of which nothing ran has no counts: it stands at zero, not outside the table.
ran= never=
for f in $(find "$@" -name '*.gcno') main.gcno; do
    [ -e "$source/${f%.gcno}.c" ] || continue # left by an earlier build
    if [ -e "${f%.gcno}.gcda" ]; then
        ran="$ran ${f%.gcno}.gcda"
    else
        never="$never $f"
    fi
done
geninfo="geninfo --quiet --base-directory $source --no-external"
rm -f ran.info never.info
{
    { [ -z "$ran" ] || $geninfo --output-filename ran.info $ran; } &&
        { [ -z "$never" ] || $geninfo --initial --output-filename never.info $never; } &&
        cat ran.info never.info 2>/dev/null >coverage.info
} >"$log" 2>&1
[ -s coverage.info ] || {
    echo "coverage: no counts; see $log" >&2
    exit 1
}

# SF: a file, LF: its lines, LH: those that ran. Inline functions of a header are in many objects.
awk -v root="$source/" '
    /^SF:/ { file = substr($0, 4); sub(root, "", file) }
    /^DA:/ {
        split(substr($0, 4), da, ",")
        key = file SUBSEP da[1]
        if (!(key in seen)) { seen[key] = 0; lines[file]++ }
        if (da[2] > 0 && !seen[key]) { seen[key] = 1; hit[file]++ }
    }
    END {
        for (f in lines) {
            printf "%6.1f %6d %6d  %s\n", 100 * hit[f] / lines[f], hit[f], lines[f], f
        }
    }' coverage.info | grep -v ' tests/' | LC_ALL=C sort -k1,1n -k4 >coverage.txt
echo "     %    run  lines  file"
cat coverage.txt
awk '{ h += $2; n += $3 } END { printf "%6.1f %6d %6d  all %d files\n", 100 * h / n, h, n, NR }' \
    coverage.txt
if [ "${HTML:-yes}" != no ]; then
    genhtml --quiet --legend --prefix "$source" --title vmx-dm --output-directory html \
        coverage.info >>"$log" 2>&1 && echo "by line: $build/html/index.html"
fi
exit $status

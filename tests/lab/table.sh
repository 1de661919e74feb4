#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The rows that a run of the lab's tests left in BUILDDIR/lab, as a table: table.sh BUILDDIR FILE.
# A FILE with the lines <!-- lab table --> and <!-- end --> gets it between them.
set -eu
table=$(mktemp)
trap 'rm -f "$table"' EXIT
{
    echo "| guest | KVM | result | seconds |"
    echo "| --- | --- | --- | --- |"
    cat "$1"/lab/* | sort -t '|' -k2,2 -k1,1 | awk -F '|' '
        { printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4; n[$5]++ }
        END { for (b in n) printf "\n%d rows by the vmx-dm with SHA-256 `%s`.\n", n[b], b }'
} >"$table"
cat "$table"
if grep -qs '^<!-- lab table -->' "$2"; then
    sed -i -e '/^<!-- lab table -->/,/^<!-- end -->/{/^<!--/!d}' -e "/^<!-- lab table -->/r $table" "$2"
else
    cp "$table" "$2"
fi

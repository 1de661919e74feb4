#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The rows that a run of the lab's tests left in BUILDDIR/lab, as a table: table.sh BUILDDIR FILE
set -eu
{
    echo "| guest | KVM | result | seconds |"
    echo "| --- | --- | --- | --- |"
    cat "$1"/lab/* | sort -t '|' -k2,2 -k1,1 | awk -F '|' '
        { printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4; n[$5]++ }
        END { for (b in n) printf "\n%d rows by the vmx-dm with SHA-256 `%s`.\n", n[b], b }'
} >"$2"
cat "$2"

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A file includes only from the floors below its own (docs/architecture.md): floors.sh SOURCEDIR
cd "$1" || exit 1
status=0
check() { # folder, allowed folders as a pattern
    bad=$(find "$1" -name '*.[ch]' -exec grep -nE '^#include "' {} + 2>/dev/null |
        grep -vE "#include \"($2)/")
    if [ -n "$bad" ]; then
        echo "$bad" | sed 's/^/floors: /'
        status=1
    fi
}
check core 'core'
check hw 'core|hw'
for f in accel block net ui chardev; do
    check $f "core|$f"
done
check system 'core|hw|accel|block|net|ui|chardev|system'
check tests/tools 'core|system|tests/tools'
check monitor 'core|hw|accel|block|net|ui|chardev|system|monitor'
[ $status = 0 ] && echo "floors: every include goes down"
exit $status

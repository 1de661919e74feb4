#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# How prove runs a test program. One that hangs is a failure: each gets ten minutes at most,
# unless PROGRAM_SECONDS says otherwise.
case $1 in
*.t) exec timeout "${PROGRAM_SECONDS:-600}" sh "$1" ;;
*) exec timeout "${PROGRAM_SECONDS:-600}" "$1" --tap ;;
esac

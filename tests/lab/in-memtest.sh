# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the lab: memtest86+ for one pass, or SECONDS: in-memtest.sh IMAGE SECONDS
truncate -s 0 com1
timeout "$2" vmx-dm -m 32 -display none -hda "$1" -serial file:com1 2>errors.log &
until grep -aq 'Pass:  *1' com1 || ! kill -0 $! 2>/dev/null; do
    sleep 2
done
kill $! 2>/dev/null
wait $!
sed 's/^/errors: /' errors.log
cat com1 | tr '\033' '\n' | sed -n 's/^\[9;1H//p' | tail -n 1

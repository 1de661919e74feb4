#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# vmx-dm-term and its terminal, without a guest: modes of the screen, beginnings and ends, errors.
. "$(dirname "$0")/term-lib.sh"

# The standard mode 3, by its registers.
mode_3() {
    printf 'outb 0x3c2 0x67\noutw 0x3d4 0x0e11\n'
    perl -e 'sub set { my ($port, @v) = @_; print map { "outb $port $_\noutb " . ($port + 1) .
            " $v[$_]\n" } 0 .. $#v }
        set(0x3c4, 3, 0, 3, 0, 2);
        set(0x3d4, 0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0, 0x4f, 0x0d, 0x0e, 0, 0, 0, 0,
            0x9c, 0x0e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff);
        set(0x3ce, 0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff);
        print "inb 0x3da\n";
        my @a = (0 .. 5, 0x14, 7, 0x38 .. 0x3f, 0x0c, 0, 0x0f, 8, 0);
        print map { "outb 0x3c0 $_\noutb 0x3c0 $a[$_]\n" } 0 .. $#a;
        print "outb 0x3c0 0x20\n"'
}
# put ROW COLUMN ATTRIBUTE HEX-CHARACTERS
put() {
    perl -e 'my ($y, $x, $a, $text) = @ARGV; $text =~ s/(..)/$1$a/g;
        printf "write %#x %d 0x%s\n", 0xb8000 + ($y * 80 + $x) * 2, length($text) / 2, $text' "$@"
}
cursor() { # ROW COLUMN
    printf 'outw 0x3d4 0x%02x0e\noutw 0x3d4 0x%02x0f\n' $((($1 * 80 + $2) >> 8)) \
        $((($1 * 80 + $2) & 255))
}
qtest() {
    socat -t 10 - "unix-connect:$tmp/qtest" >"$tmp/qtest.out"
}
# What it is sent to show so matches, @ being an Escape.
colours() { # NAME PATTERN
    screen "$1" -e | tr '\033' @ | grep -q -- "$2"
}
cursor_at() { # NAME X,Y
    [ "$(T display-message -p -t "$1" '#{cursor_flag} #{cursor_x},#{cursor_y}')" = "1 $2" ]
}

machine one -accel qtest -display term -qtest "unix:$tmp/qtest,server=on,wait=off"
ok "a screen that is off is told" wait_for 5 shows one 'the screen is off'
{
    mode_3
    put 0 0 1f dac4c4c4bf
    put 1 0 9e b3424cb3
    put 20 70 07 3e2081e1
    cursor 20 74
} | qtest
ok "characters of code page 437" wait_for 5 shows one '┌───┐'
ok "of all kinds" wait_for 5 shows one '> üß'
ok "the cursor" wait_for 5 cursor_at one 74,20
ok "white on blue" wait_for 5 colours one '\[97m.*@\[44m'
ok "what blinks blinks, yellow on blue" wait_for 5 colours one '\[5m.*93m.*BL'
T resize-window -t one -x 30 -y 10
ok "a smaller terminal shows where the cursor is" wait_for 5 shows one '> üß'
cursor 0 3 | qtest
ok "and follows it" wait_for 5 shows one '┌───┐'
keys one C-a Down
keys one C-a Down
keys one C-a Down
keys one C-a Right
keys one C-a Right
keys one C-a Right
keys one C-a Right
ok "Ctrl-A and arrows show other parts" wait_for 5 shows one '> üß'
keys one C-a Home
ok "Ctrl-A Home that of the cursor" wait_for 5 shows one '┌───┐'
T resize-window -t one -x 90 -y 30
pane latin "LC_ALL=C $term"
ok "without Unicode: line drawing, and the next best of ASCII" \
    wait_for 5 sh -c "tmux -S $tmp/tmux capture-pane -e -p -t latin | tr '\016' @ | grep -q @lqqqk"
ok "of all kinds" wait_for 5 shows latin '> us' || screen latin | sed 's/^/# /'
pane mono "TERM=vt100 $term"
ok "without colours" wait_for 5 shows mono '> üß'
pane eight "TERM=screen $term"
ok "of eight colours: bright is bold" wait_for 30 colours eight '\[1m.*@\[44m' || screen eight -e
# sixteen, but too few pairs of them
infocmp -x tmux-256color | sed 's/colors#[^,]*/colors#16/; s/pairs#[^,]*/pairs#256/; s/^tmux-256color[^,]*/few/' \
    >"$tmp/few.ti" && tic -x -o "$tmp/terminfo" "$tmp/few.ti"
pane few "TERM=few TERMINFO=$tmp/terminfo $term"
ok "of sixteen, but not each on each: as of eight" wait_for 30 colours few '\[1m.*@\[44m' ||
    screen few -e
gone latin
gone mono
gone eight
gone few
{
    for write in 1:640 2:480 3:32 4:0x41; do
        printf 'outw 0x1ce %s\noutw 0x1d0 %s\n' "${write%:*}" "${write#*:}"
    done
    printf 'inb 0x3da\noutb 0x3c0 0x20\n'
} | qtest
ok "a graphics mode is named" wait_for 5 shows one '640x480 graphics mode; vmx-dm-view shows it'
T resize-window -t one -x 20 -y 5
ok "on a small terminal, too" wait_for 5 shows one '640x480 graphics'
kill -TSTP "$viewer"
ok "SIGTSTP: the terminal is given back" \
    wait_for 5 sh -c "tmux -S $tmp/tmux display-message -p -t one '#{alternate_on}' | grep -qx 0"
kill -CONT "$viewer"
ok "SIGCONT: taken again" wait_for 5 shows one '640x480 graphics'
T resize-window -t one -x 90 -y 30
keys one C-a x
ok "Ctrl-A x asks" wait_for 5 shows one 'End the machine?'
keys one n
ok "no" wait_for 5 lacks one 'End the machine?'
keys one C-a x
keys one y
ok "yes: the machine ends, the terminal is as before" ended one 0
gone one

machine one -accel qtest -curses
keys one C-a x
keys one d
ok "d: it is left alone, which is said" \
    wait_for 5 shows one 'the terminal is left, the guest runs on: vmx-dm-term a_test-'
pane two "$term"
ok "others may look" wait_for 5 shows two 'the screen is off'
kill "$dm"
ok "SIGTERM ends it, code 0" ended one 0
ok "with a word to who looks" ended two 0
ok "on its terminal" wait_for 5 shows two 'vmx-dm-term: the machine has ended'
gone one
gone two

machine one -accel qtest -display curses,window-close=on
keys one C-a x
ok "window-close=on: it ends at once" ended one 0
gone one
machine one -accel qtest -display term,window-close=off
kill -9 "$dm"
ok "the machine is killed: its terminal is given back" \
    wait_for 5 sh -c "tmux -S $tmp/tmux display-message -p -t one '#{alternate_on}' | grep -qx 0"
ok "with what there is to say" wait_for 5 shows one 'vmx-dm-term: the machine has gone'
ok "in its modes" ended one 137
gone one

# refused WHAT TEXT OPTIONS...
refused() {
    refused_text=$1
    shift
    pane bad "$VMX_DM -accel qtest $*"
    ended bad 1 && wait_for 5 shows bad "$refused_text"
    refused_result=$?
    gone bad
    return $refused_result
}
ok "-nographic beside it" refused '-display term: -nographic has the terminal' -nographic -curses
ok "in either order" refused '-display term: -nographic has the terminal' -curses -nographic
ok "-serial stdio" refused '-serial: stdio is in use by -display term' -display term \
    -serial stdio
ok "-monitor stdio" refused '-monitor: stdio is in use by -display term' -display term \
    -monitor stdio
ok "-daemonize" refused '-display term: -daemonize leaves the terminal' -display term -daemonize
ok "a layout that is not there" refused 'no keyboard layout "xx"' -display term -k xx
ok "a word of windows" refused 'full-screen' -display term,full-screen=on
timeout 20 "$VMX_DM" -accel qtest -display term >"$tmp/out" 2>"$tmp/err" </dev/null
ok "no terminal: one line, code 1" [ "$? $(cat "$tmp/err")" = \
    "1 vmx-dm: -display term: standard input is not a terminal" ] || diag "$tmp/err"
"$term" >"$tmp/out" 2>"$tmp/err" </dev/null
ok "no machine: one line, code 1" sh -c "[ $? = 1 ] && grep -q '^vmx-dm-term: no machine' '$tmp/err'"
ok "no viewer is left" wait_for 5 sh -c '! pgrep -s 0 -f "[v]mx-dm-term"'
finish

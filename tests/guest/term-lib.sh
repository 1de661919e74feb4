# SPDX-License-Identifier: GPL-2.0-or-later
# Panes of a tmux of a test's own, with vmx-dm-term in them. Sourced.
. "$(dirname "$0")/lib.sh"
term=${VMX_DM%/*}/vmx-dm-term
if [ ! -e "$term" ]; then
    echo "1..0 # SKIP built without ncurses"
    exit 0
fi
need_tools tmux socat perl stty
unset DISPLAY WAYLAND_DISPLAY TMUX
export XDG_RUNTIME_DIR="$tmp/run" LC_ALL=C.UTF-8
mkdir -m 700 "$tmp/run"

T() {
    tmux -S "$tmp/tmux" -f "$tmp/tmux.conf" "$@"
}
echo 'set -g default-terminal tmux-256color' >"$tmp/tmux.conf"
T -D >/dev/null 2>&1 &
wait_for 10 [ -S "$tmp/tmux" ]

# pane NAME COMMAND...: in a terminal of 90 columns and 30 rows, which stays when it has ended
pane() {
    pane_name=$1
    shift
    rm -f "$tmp/$pane_name".*
    cat >"$tmp/$pane_name.sh" <<END
stty -a >"$tmp/$pane_name.before"
$*
echo \$? >"$tmp/$pane_name.code"
for i in \$(seq 100); do # a viewer may outlive its machine for a moment
    stty -a >"$tmp/$pane_name.now"
    cmp -s "$tmp/$pane_name.before" "$tmp/$pane_name.now" && break
    sleep 0.3
done
mv "$tmp/$pane_name.now" "$tmp/$pane_name.after"
sleep 600
END
    T new-session -d -s "$pane_name" -x 90 -y 30 "sh $tmp/$pane_name.sh"
}
# machine NAME OPTIONS...: sets dm and viewer
machine() {
    machine_name=$1
    shift
    rm -f "$tmp/pid"
    pane "$machine_name" "$VMX_DM -name a_test -pidfile $tmp/pid -no-reboot $*"
    wait_for 20 [ -s "$tmp/pid" ]
    dm=$(cat "$tmp/pid")
    viewer=$(pgrep -P "$dm" -f vmx-dm-term)
}
screen() { # NAME [OPTIONS...]: what it shows
    screen_name=$1
    shift
    T capture-pane -p -t "$screen_name" "$@"
}
shows() { # NAME TEXT
    screen "$1" | grep -qF -- "$2"
}
lacks() {
    ! shows "$1" "$2"
}
keys() { # NAME KEYS...
    T send-keys -t "$@"
}
# The command has ended so, and the terminal is as it was before.
ended() { # NAME CODE
    wait_for 10 [ -s "$tmp/$1.after" ] && [ "$(cat "$tmp/$1.code")" = "$2" ] &&
        cmp -s "$tmp/$1.before" "$tmp/$1.after" &&
        wait_for 5 plain "$1"
}
plain() {
    [ "$(T display-message -p -t "$1" '#{alternate_on}#{cursor_flag}')" = 01 ]
}
gone() { # NAME
    T kill-session -t "$1"
}

#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The screen in a browser: noVNC in Chromium, as its user has it, under an X server of this test's own.
# No guest is needed: this test drives the board, draws by VBE and reads the keyboard controller.
# KEEP=folder keeps the picture.
. "$(dirname "$0")/../guest/lib.sh"
novnc=${NOVNC:-/usr/share/novnc}
. "$here/../guest/x.sh"
need_tools convert chromium
if [ ! -e "${VMX_DM%/*}/vmx-dm-vnc" ] || [ ! -e "$novnc/core/rfb.js" ]; then
    echo "1..0 # SKIP built without VNC, or noVNC is not in $novnc"
    exit 0
fi
export HOME="$tmp"
WIDTH=1000
HEIGHT=800
start_x openbox

"$VMX_DM" -name browser -accel qtest -qtest "unix:$tmp/qtest,server=on,wait=off" -qtest-log /dev/null \
    -qmp "unix:$tmp/qmp,server=on,wait=off" -object secret,id=s,data=geheim \
    -vnc :40,to=90,websocket=5790,password-secret=s 2>"$tmp/err" </dev/null &
dm=$!
wait_for 20 test -S "$tmp/qmp"
qmp() {
    printf '{"execute":"qmp_capabilities"}\n%s\n' "$1" | socat -t 10 - "unix:$tmp/qmp" | tail -n 1
}
# The lines of stdin to the board; its answers
board() {
    socat -t 10 - "unix:$tmp/qtest" >"$tmp/answers"
    cat "$tmp/answers"
}
# VGA at 00:02.0 decodes its memory at E0000000h; 640x480, 32 bits; stripes, and colours in them
{
    printf 'outl 0xcf8 0x80001010\noutl 0xcfc 0xe0000000\noutl 0xcf8 0x80001004\noutw 0xcfc 0x3\n'
    for r in 4:0 1:640 2:480 3:32 4:0x41; do
        printf 'outw 0x1ce %s\noutw 0x1cf %s\n' "${r%:*}" "${r#*:}"
    done
    printf 'inb 0x3da\noutb 0x3c0 0x20\n'
    for i in 0 1 2 3 4 5 6 7; do
        printf 'memset %d 153600 %d\n' $((0xe0000000 + i * 153600)) $((i * 36))
    done
    for i in $(seq 0 200); do
        printf 'writel %d %d\n' $((0xe0000000 + i * 2564)) $((i * 1234577 % 16777216))
    done
    # the keyboard: no interrupts, translated, scanning
    printf 'outb 0x64 0x60\noutb 0x60 0x40\nclock_step 10000000\noutb 0x60 0xf4\nclock_step 10000000\n'
    printf 'inb 0x60\n'
} | board >/dev/null

cat >"$tmp/page.html" <<EOF
<!DOCTYPE html><meta charset="utf-8"><title>wait</title>
<style>body { margin: 0; overflow: hidden } #screen { width: 1000px; height: 780px }
canvas { margin: 0 !important }</style><div id="screen"></div><script type="module">
import RFB from "file://$novnc/core/rfb.js";
const rfb = new RFB(document.getElementById("screen"), "ws://127.0.0.1:5790/",
    {credentials: {password: location.hash.slice(1)}});
rfb.showDotCursor = false;
rfb.addEventListener("connect", () => { document.title = "connected"; rfb.focus(); });
rfb.addEventListener("securityfailure", () => { document.title = "refused"; });
</script>
EOF
# browse PASSWORD: sets browser
browse() {
    rm -rf "$tmp/profile"
    chromium --no-sandbox --kiosk --no-first-run --disable-gpu --force-device-scale-factor=1 \
        --allow-file-access-from-files --password-store=basic --disable-dev-shm-usage \
        --disable-features=Translate --user-data-dir="$tmp/profile" \
        --window-position=0,0 --window-size=1000,800 "file://$tmp/page.html#$1" \
        >"$tmp/browser.log" 2>&1 &
    browser=$!
}
size=640x480
shows_screen() {
    qmp "{\"execute\":\"screendump\",\"arguments\":{\"filename\":\"$tmp/dump.ppm\"}}" &&
        import -window root -crop "$size+0+0" +repage "$tmp/browser.png" &&
        compare -metric AE "$tmp/dump.ppm" "$tmp/browser.png" null: 2>"$tmp/differ" &&
        [ "$(cat "$tmp/differ")" = 0 ]
}
titled() {
    xdotool search --name "$1"
}
browse geheim
ok "the browser connects" wait_for 60 titled '^connected' || diag "$tmp/browser.log"
xdotool mousemove 900 700
ok "and shows the screen, pixel by pixel" wait_for 10 shows_screen || diag "$tmp/differ"
ok "which has colours" sh -c "[ \"\$(convert '$tmp/dump.ppm' -unique-colors -format %w info:)\" -gt 100 ]"
if [ -n "${KEEP:-}" ]; then
    import -window root "$KEEP/novnc.png"
fi
xdotool mousemove 300 200 click 1
xdotool key a
xdotool key Right
# make and break of A, then of the prefixed cursor key: as keys, not as characters
: >"$tmp/codes"
last_came() {
    for i in $(seq 1 24); do
        printf 'clock_step 5000000\ninb 0x64\ninb 0x60\n'
    done | board | tr -d '\n' | sed 's/OK 0x0*/ /g' >>"$tmp/codes"
    grep -q ' cd' "$tmp/codes"
}
wait_for 5 last_came
for code in '1e' '9e' 'e0' '4d' 'cd'; do
    ok "the keyboard sends ${code}h" grep -q " $code" "$tmp/codes" || diag "$tmp/codes"
done
ok "QMP says that it came by a WebSocket" sh -c "printf '{\"execute\":\"qmp_capabilities\"}
    {\"execute\":\"query-vnc\"}' | socat -t 10 - unix:$tmp/qmp | grep -q '\"websocket\" *: *true'"
# another size, while it looks
for r in 4:0 1:800 2:600 4:0x41; do
    printf 'outw 0x1ce %s\noutw 0x1cf %s\n' "${r%:*}" "${r#*:}"
done | board >/dev/null
size=800x600
xdotool mousemove 900 700
ok "another size is followed" wait_for 10 shows_screen || diag "$tmp/differ"
kill $browser
wait $browser 2>/dev/null
browse wrong
ok "a wrong password is refused" wait_for 60 titled '^refused' || diag "$tmp/browser.log"
kill $browser
ok "nothing on stderr" [ ! -s "$tmp/err" ] || diag "$tmp/err"
kill $dm
wait $dm
finish

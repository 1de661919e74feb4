/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a VNC client says that libvncserver hands to us: keysyms, key codes, the pointer, and the
 * messages of QEMU's extension, cut anywhere, while the guest's lights and its pointing device
 * change. When the client has released all that it pressed, the guest has no key held.
 */
#include "tests/fuzz/board.h"
#include "ui/client/remote.h"
#include "ui/vnc/extension.h"
#include "ui/vnc/vnc.h"

#include <rfb/rfb.h>

#define PRESSED_MAX 64

/* -- the guest -- */

static bool held[0x10000];

void input_key(uint16_t code, bool down)
{
    held[code] = down;
}

void input_motion(int32_t dx, int32_t dy, int32_t dz)
{
    if (dx < -65535 || dx > 65535 || dy < -65535 || dy > 65535 || dz < -1 || dz > 1) {
        fuzz_fail("motion", "out of range");
    }
}

void input_position(uint32_t x, uint32_t y)
{
    if (x > INPUT_POSITION_MAX || y > INPUT_POSITION_MAX) {
        fuzz_fail("position", "out of range");
    }
}

void input_buttons(uint32_t buttons)
{
    if (buttons > 0x1f) {
        fuzz_fail("buttons", "that no mouse has");
    }
}

/* -- text consoles: two -- */

static unsigned console;

unsigned remote_consoles(void)
{
    return 2;
}

unsigned remote_console(void)
{
    return console;
}

void remote_turn(unsigned n)
{
    if (n > remote_consoles()) {
        fuzz_fail("console", "that is not there");
    }
    console = n;
    memset(held, 0, sizeof(held));
}

void remote_type(const char *bytes, size_t n)
{
    if (n == 0 || n > 8 || console == 0 || (n > 1 && memchr(bytes, 0, n))) {
        fuzz_fail("typed", "nothing, too much or nowhere");
    }
}

void remote_scroll(int lines)
{
    if (lines == 0 || console == 0) {
        fuzz_fail("scrolled", "not at all, or nowhere");
    }
}

/* -- libvncserver, as far as the extension calls it -- */

static rfbProtocolExtension *registered;
static struct fuzz_in *stream;
static bool closed;

void rfbRegisterProtocolExtension(rfbProtocolExtension *e)
{
    registered = e;
}

int rfbReadExact(rfbClientPtr cl, char *buf, int len)
{
    (void)cl;
    return stream->left >= (size_t)len && in_bytes(stream, buf, (uint32_t)len) ? 1 : -1;
}

int rfbWriteExact(rfbClientPtr cl, const char *buf, int len)
{
    (void)cl;
    (void)buf;
    return len > 0 && len <= 20 ? 1 : -1;
}

void rfbCloseClient(rfbClientPtr cl)
{
    (void)cl;
    closed = true;
}

/* -- the client -- */

static struct {
    uint32_t key;
    bool is_code;
} pressed[PRESSED_MAX];
static unsigned npressed;

static void press(bool is_code, uint32_t key, uint32_t keysym, bool down)
{
    if (down && npressed < PRESSED_MAX) {
        pressed[npressed].key = key;
        pressed[npressed++].is_code = is_code;
    }
    if (down && npressed == PRESSED_MAX) {
        return;
    }
    if (is_code) {
        keys_code(down, key, keysym);
    } else {
        keys_keysym(down, key);
    }
}

/* Mostly one that a layout has. */
static uint32_t keysym(struct fuzz_in *in)
{
    static const uint32_t some[] = {0xffe1, 0xffe2, 0xffe3, 0xffe5, 0xff7f, 0xffea,    0xfe03,
                                    0xffb4, 0xff96, 0xffae, 0x20ac, 0xff51, 0x1000000, 0x10000fc};
    uint8_t what = in8(in);

    return what < G_N_ELEMENTS(some) ? some[what]
           : what < 0xf0             ? what
           : what < 0xf8             ? 0xff00u + in8(in)
                                     : in32(in);
}

static void step(struct fuzz_in *in, rfbClientPtr cl)
{
    static const int encodings[] = {-257, -258, -261, 0};
    rfbClientToServerMsg message = {.type = 255};
    uint8_t what = in8(in);
    int x, y;
    void *data = NULL;

    switch (what & 7) {
    case 0:
        keys_leds(in8(in));
        break;
    case 1:
        pointer_absolute(what & 8);
        extension_pointer(cl, what & 8);
        break;
    case 2:
        x = in16(in);
        y = in16(in);
        pointer_event(what >> 3, x, y, in16(in) % 4097, in16(in) % 4097);
        break;
    case 3:
        registered->enablePseudoEncoding(cl, &data, encodings[what >> 3 & 3]);
        break;
    case 4:
        registered->handleMessage(cl, NULL, &message);
        break;
    case 5:
        x = in8(in);
        press(true, (uint32_t)x, keysym(in), what & 8);
        break;
    default:
        press(false, keysym(in), 0, what & 8);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const layouts[] = {"en-us", "de", "fr", "ja"};
    static struct vnc_config all[G_N_ELEMENTS(layouts)];
    rfbScreenInfo screen = {.width = 640, .height = 400};
    rfbClientRec client = {.sock = 1, .screen = &screen};
    struct fuzz_in in = {data, len};
    uint8_t how = in8(&in);

    if (!registered) {
        for (unsigned i = 0; i < G_N_ELEMENTS(layouts); i++) {
            all[i].keymap = keymap_new(layouts[i], NULL);
            all[i].lock_sync = i != 3;
            if (!all[i].keymap) {
                fuzz_fail("no layout", layouts[i]);
            }
        }
        extension_open();
    }
    keys_open(&all[how & 3]);
    stream = &in;
    closed = false;
    npressed = 0;
    while (in.left && !closed) {
        step(&in, &client);
    }
    while (npressed) {
        npressed--;
        press(pressed[npressed].is_code, pressed[npressed].key, 0, false);
    }
    for (uint32_t code = 1; code <= 0xff; code++) { /* what the extension's messages pressed */
        keys_code(false, code, 0);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(held); i++) {
        if (held[i]) {
            fuzz_fail("a key", "is still held");
        }
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's additions to RFB: see extension.h. */
#include "ui/vnc/extension.h"

#include "ui/vnc/vnc.h"

#include <rfb/rfb.h>

#define POINTER_MOTION (-257)
#define KEY_EVENT (-258)
#define LED_STATE (-261)
#define QEMU_MESSAGE 255
#define QEMU_KEY_EVENT 0

static struct {
    bool pointer, leds; /* the client likes to hear of them */
    uint8_t lights;
} extension;

/* A pseudo rectangle as an update of its own. */
static void send_rect(rfbClientPtr cl, uint32_t x, uint32_t width, uint32_t height, int encoding,
                      const uint8_t *more, size_t more_len)
{
    uint32_t e = (uint32_t)encoding;
    uint8_t b[20] = {rfbFramebufferUpdate, 0, 0, 1, (uint8_t)(x >> 8), (uint8_t)x};
    size_t len = 16;

    b[8] = (uint8_t)(width >> 8);
    b[9] = (uint8_t)width;
    b[10] = (uint8_t)(height >> 8);
    b[11] = (uint8_t)height;
    b[12] = (uint8_t)(e >> 24);
    b[13] = (uint8_t)(e >> 16);
    b[14] = (uint8_t)(e >> 8);
    b[15] = (uint8_t)e;
    for (size_t i = 0; i < more_len && len < sizeof(b); i++) {
        b[len++] = more[i];
    }
    if (cl->sock != RFB_INVALID_SOCKET && rfbWriteExact(cl, (const char *)b, (int)len) < 0) {
        rfbCloseClient(cl);
    }
}

void extension_leds(struct _rfbClientRec *cl, uint8_t leds)
{
    extension.lights = leds;
    if (cl && extension.leds) {
        send_rect(cl, 0, 1, 1, LED_STATE, &leds, 1);
    }
}

void extension_pointer(struct _rfbClientRec *cl, bool absolute)
{
    if (cl && extension.pointer) {
        send_rect(cl, absolute, (uint32_t)cl->screen->width, (uint32_t)cl->screen->height,
                  POINTER_MOTION, NULL, 0);
    }
}

static rfbBool begin(rfbClientPtr cl, void **data)
{
    (void)cl;
    (void)data;
    return TRUE;
}

static rfbBool enable(rfbClientPtr cl, void **data, int encoding)
{
    (void)data;
    switch (encoding) {
    case KEY_EVENT:
        send_rect(cl, 0, (uint32_t)cl->screen->width, (uint32_t)cl->screen->height, KEY_EVENT, NULL,
                  0);
        return TRUE;
    case LED_STATE:
        extension.leds = true;
        extension_leds(cl, extension.lights);
        return TRUE;
    case POINTER_MOTION:
        extension.pointer = true;
        pointer_differences();
        extension_pointer(cl, pointer_is_absolute());
        return TRUE;
    default:
        return FALSE;
    }
}

static uint32_t big_endian(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static rfbBool handle(rfbClientPtr cl, void *data, const rfbClientToServerMsg *message)
{
    uint8_t b[11]; /* submessage, down (2), keysym (4), code (4) */

    (void)data;
    if (message->type != QEMU_MESSAGE) {
        return FALSE;
    }
    if (rfbReadExact(cl, (char *)b, sizeof(b)) <= 0 || b[0] != QEMU_KEY_EVENT) {
        rfbCloseClient(cl);
        return TRUE;
    }
    keys_code(b[1] || b[2], big_endian(b + 7), big_endian(b + 3));
    return TRUE;
}

void extension_open(void)
{
    static int encodings[] = {POINTER_MOTION, KEY_EVENT, LED_STATE, 0};
    static rfbProtocolExtension qemu = {.newClient = begin,
                                        .pseudoEncodings = encodings,
                                        .enablePseudoEncoding = enable,
                                        .handleMessage = handle};

    rfbRegisterProtocolExtension(&qemu);
}

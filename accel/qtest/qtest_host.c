/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "host WHAT ...": what comes to the board from outside and not from its CPU, for replaying a
 * trace. Not in QEMU's protocol.
 *
 *   host frame LINK 0xHEX     a frame for the NIC on that link
 *   host bytes LINE 0xHEX     bytes for the device on that line
 *   host key CODE DOWN        as in core/surface.h
 *   host motion DX DY DZ      32 bits each
 *   host buttons HELD
 *   host position X Y         as input_position()
 *   host regs AX BX CX DX SI DI  64 bits each, as devices find them in the accesses that follow
 *   host regs                 as they left them: "OK 0x..." six times
 *   host reset                of all devices
 */
#include "accel/qtest/qtest_priv.h"

#include "core/device.h"
#include "core/link.h"
#include "core/surface.h"

#include <errno.h>
#include <string.h>

/* At most `max` bytes after 0x; how many, or -1. */
static int hex_bytes(const char *text, uint8_t *out, size_t max)
{
    size_t n = strlen(text);

    if (n < 4 || n % 2 || text[0] != '0' || text[1] != 'x' || n / 2 - 1 > max) {
        return -1;
    }
    for (size_t i = 0; i < n / 2 - 1; i++) {
        int hi = g_ascii_xdigit_value(text[2 * i + 2]);
        int lo = g_ascii_xdigit_value(text[2 * i + 3]);

        if (hi < 0 || lo < 0) {
            return -1;
        }
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return (int)(n / 2 - 1);
}

static bool numbers(char *const *w, unsigned n, uint32_t *out)
{
    for (unsigned i = 0; i < n; i++) {
        char *end;
        uint64_t v;

        errno = 0;
        v = g_ascii_strtoull(w[i], &end, 0);
        if (!g_ascii_isdigit(w[i][0]) || errno || *end || v > UINT32_MAX) {
            return false;
        }
        out[i] = (uint32_t)v;
    }
    return true;
}

static bool frame(char *const *w)
{
    uint8_t data[LINK_FRAME_MAX];
    struct link *l = link_find(w[0]);
    int n = hex_bytes(w[1], data, sizeof(data));

    return l && n > 0 && link_deliver(l, data, (uint32_t)n);
}

static bool bytes(char *const *w)
{
    uint8_t data[4096];
    struct line *l = line_find(w[0]);
    int n = hex_bytes(w[1], data, sizeof(data));

    return l && n > 0 && line_deliver(l, data, (uint32_t)n) == (uint32_t)n;
}

static bool key(char *const *w)
{
    uint32_t v[2];

    if (!numbers(w, 2, v) || v[0] > UINT16_MAX) {
        return false;
    }
    input_key((uint16_t)v[0], v[1] != 0);
    return true;
}

static bool motion(char *const *w)
{
    uint32_t v[3];

    if (!numbers(w, 3, v)) {
        return false;
    }
    input_motion((int32_t)v[0], (int32_t)v[1], (int32_t)v[2]);
    return true;
}

static bool buttons(char *const *w)
{
    uint32_t v;

    if (!numbers(w, 1, &v)) {
        return false;
    }
    input_buttons(v);
    return true;
}

static bool position(char *const *w)
{
    uint32_t v[2];

    if (!numbers(w, 2, v)) {
        return false;
    }
    input_position(v[0], v[1]);
    return true;
}

static bool reset(char *const *w)
{
    (void)w;
    device_reset_all();
    return true;
}

static bool regs(struct qtest_session *s, char *const *w)
{
    struct cpu_regs r;

    for (unsigned i = 0; i < CPU_REGS; i++) {
        char *end;

        errno = 0;
        r.r[i] = g_ascii_strtoull(w[i], &end, 0);
        if (!g_ascii_isdigit(w[i][0]) || errno || *end) {
            return false;
        }
    }
    s->regs = r;
    return true;
}

static void tell_regs(struct qtest_session *s)
{
    g_autoptr(GString) text = g_string_new("OK");

    for (unsigned i = 0; i < CPU_REGS; i++) {
        g_string_append_printf(text, " 0x%016" G_GINT64_MODIFIER "x", s->regs.r[i]);
    }
    qtest_send(s, "%s\n", text->str);
}

void qtest_host(struct qtest_session *s, char *const *words, unsigned n)
{
    static const struct {
        const char *name;
        unsigned words;
        bool (*run)(char *const *w);
    } what[] = {
        {"frame", 2, frame},   {"bytes", 2, bytes},     {"key", 2, key},
        {"motion", 3, motion}, {"buttons", 1, buttons}, {"position", 2, position},
        {"reset", 0, reset},
    };

    if (n && strcmp(words[0], "regs") == 0 && (n == 1 || n == 1 + CPU_REGS)) {
        if (n == 1) {
            tell_regs(s);
        } else {
            qtest_send(s, regs(s, words + 1) ? "OK\n" : "FAIL not taken\n");
        }
        return;
    }
    for (size_t i = 0; n && i < G_N_ELEMENTS(what); i++) {
        if (strcmp(words[0], what[i].name) == 0 && n == what[i].words + 1) {
            qtest_send(s, what[i].run(words + 1) ? "OK\n" : "FAIL not taken\n");
            return;
        }
    }
    qtest_send(s,
               "ERR host: expected frame, bytes, key, motion, buttons, position, regs or reset\n");
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes that are not for the guest: telnet commands (RFC 854, 857, 858, 856) and the Ctrl-A
 * sequences of a terminal that is the guest's console.
 */
#include "chardev/priv.h"
#include "core/power.h"

#define IAC 255u
#define DONT 254u
#define WILL 251u
#define SB 250u
#define BREAK 243u
#define IP 244u
#define SE 240u

#define OPT_BINARY 0u
#define OPT_ECHO 1u
#define OPT_SGA 3u

#define CTRL_A 0x01u

void filter_telnet_start(struct stream *s)
{
    static const uint8_t hello[] = {
        IAC, WILL, OPT_ECHO, IAC, WILL, OPT_SGA, IAC, WILL, OPT_BINARY, IAC, 253, OPT_BINARY,
    };

    s->telnet_state = TELNET_DATA;
    stream_send(s, hello, sizeof(hello));
}

/* True when the byte is the guest's. */
static bool telnet_byte(struct stream *s, uint8_t byte)
{
    switch (s->telnet_state) {
    case TELNET_DATA:
        if (byte == IAC) {
            s->telnet_state = TELNET_IAC;
            return false;
        }
        return true;
    case TELNET_IAC:
        s->telnet_state = byte == SB                     ? TELNET_SUB
                          : byte >= WILL && byte <= DONT ? TELNET_OPTION
                                                         : TELNET_DATA;
        if (byte == BREAK || byte == IP) {
            line_host_event(s->base.line, LINE_BREAK);
        }
        return byte == IAC;
    case TELNET_OPTION: /* the peer's answers to our four: nothing to do */
        s->telnet_state = TELNET_DATA;
        return false;
    case TELNET_SUB:
        s->telnet_state = byte == IAC ? TELNET_SUB_IAC : TELNET_SUB;
        return false;
    case TELNET_SUB_IAC:
        s->telnet_state = byte == SE ? TELNET_DATA : TELNET_SUB;
        return false;
    }
    return true;
}

static void escape_help(struct stream *s)
{
    static const char help[] = "\r\nCtrl-A h    this help\r\n"
                               "Ctrl-A x    end vmx-dm\r\n"
                               "Ctrl-A c    the monitor, and back\r\n"
                               "Ctrl-A b    send a break\r\n"
                               "Ctrl-A Ctrl-A    send Ctrl-A\r\n";

    stream_send(s, (const uint8_t *)help, sizeof(help) - 1);
}

static bool escape_byte(struct stream *s, uint8_t byte)
{
    if (!s->escape_on) {
        s->escape_on = byte == CTRL_A;
        return !s->escape_on && !mux_input(s, byte);
    }
    s->escape_on = false;
    switch (byte) {
    case CTRL_A:
        return !mux_input(s, byte);
    case 'c':
        mux_toggle(s);
        return false;
    case 'x':
        power_request(POWER_EXIT, 0);
        return false;
    case 'b':
        line_host_event(s->base.line, LINE_BREAK);
        return false;
    case 'h':
    case '?':
        escape_help(s);
        return false;
    default: /* not ours, and not the guest's either */
        return false;
    }
}

uint32_t filter_input(struct stream *s, uint8_t *buf, uint32_t n)
{
    uint32_t kept = 0;

    if (!s->telnet && !s->escape) {
        return n;
    }
    for (uint32_t i = 0; i < n; i++) {
        if ((!s->telnet || telnet_byte(s, buf[i])) && (!s->escape || escape_byte(s, buf[i]))) {
            buf[kept++] = buf[i];
        }
    }
    return kept;
}

uint32_t filter_output(const uint8_t *buf, uint32_t n, uint8_t *out)
{
    uint32_t len = 0;

    for (uint32_t i = 0; i < n; i++) {
        out[len++] = buf[i];
        if (buf[i] == IAC) {
            out[len++] = IAC;
        }
    }
    return len;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PS/2 mouse. IBM PS/2 Hardware Interface Technical Reference, "Auxiliary Device"; Microsoft
 * IntelliMouse (wheel, after sample rates 200, 100, 80) and IntelliMouse Explorer (buttons 4 and 5,
 * after 200, 200, 80).
 *
 * Modelled: stream, remote and wrap modes; sample rate as the pace of packets; 2:1 scaling; status
 * request; both knocks. Movement beyond a packet's nine bits goes into the next packet. Button
 * changes are queued one by one, so that a click shorter than a sample is not lost.
 *
 * Not modelled: the effect of the resolution (one count is one pixel of the host).
 *
 * Threading: the lock of the i8042 is held everywhere.
 */
#include "hw/input/ps2_mouse.h"

#include "core/clock.h"
#include "core/surface.h"

#define MOVE_MAX 32767 /* of what waits; more is lost */
#define WHEEL_MAX 127
#define PACKET_MAX 4u

#define STATUS_REMOTE 0x40u
#define STATUS_ENABLED 0x20u
#define STATUS_SCALING 0x10u

#define RATE_RESET 100u
#define RESOLUTION_RESET 2u /* 4 counts a millimetre */

_Static_assert(sizeof(struct ps2_mouse_state) == 120, "no padding");

/* -- movement -- */

static int32_t clamp(int64_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : (int32_t)v;
}

/* Take at most `max` counts, as reported: doubled in steps under 2:1 scaling. */
static int32_t take_counts(int32_t *waiting, int32_t max, bool scale)
{
    static const uint8_t small[6] = {0, 1, 1, 3, 6, 9};
    int32_t n = clamp(*waiting, scale ? -max / 2 : -max, scale ? max / 2 : max);
    int32_t size = n < 0 ? -n : n;

    *waiting -= n;
    if (scale) {
        size = size < 6 ? small[size] : 2 * size;
    }
    return n < 0 ? -size : size;
}

static uint8_t first_byte(const struct ps2_mouse_state *m, int32_t x, int32_t y)
{
    return (uint8_t)(0x08u | (y < 0 ? 0x20u : 0) | (x < 0 ? 0x10u : 0) | (m->buttons & 7u));
}

/* Build a packet from what waits. Returns its length. */
static uint32_t packet(struct ps2_mouse_state *m, uint8_t out[PACKET_MAX])
{
    bool scale = m->scaling && !m->remote;
    int32_t x = take_counts(&m->dx, 255, scale);
    int32_t y = -take_counts(&m->dy, 255, scale); /* up is positive on the wire */
    int32_t z = clamp(m->dz, -8, 7);

    out[0] = first_byte(m, x, y);
    out[1] = (uint8_t)x;
    out[2] = (uint8_t)y;
    m->sent_buttons = m->buttons;
    if (m->id == 0) {
        m->dz = 0;
        return 3;
    }
    m->dz -= z;
    out[3] = (uint8_t)z;
    if (m->id == 4) {
        out[3] = (uint8_t)((z & 0x0f) | (m->buttons & (INPUT_SIDE | INPUT_EXTRA)) << 1);
    }
    return 4;
}

static bool streaming(const struct ps2_mouse_state *m)
{
    return m->reporting && !m->remote && !m->wrap;
}

static uint8_t visible_buttons(const struct ps2_mouse_state *m)
{
    return (uint8_t)(m->id == 4 ? 0x1f : 0x07);
}

static bool anything_new(const struct ps2_mouse_state *m)
{
    return m->dx || m->dy || (m->dz && m->id) ||
           ((m->buttons ^ m->sent_buttons) & visible_buttons(m));
}

static bool queue_packet(struct ps2_mouse_state *m)
{
    uint8_t bytes[PACKET_MAX];
    uint32_t n;

    if (fifo_len(&m->q.events) + PACKET_MAX > PS2_MOUSE_BUFFER) {
        return false; /* what waits stays */
    }
    n = packet(m, bytes);
    return ps2_event(&m->q, PS2_MOUSE_BUFFER, bytes, n);
}

static void forget_movement(struct ps2_mouse_state *m)
{
    m->dx = 0;
    m->dy = 0;
    m->dz = 0;
}

void ps2_mouse_motion(struct ps2_mouse_state *m, int32_t dx, int32_t dy, int32_t dz)
{
    if (!m->remote && !m->reporting) {
        return;
    }
    m->dx = clamp((int64_t)m->dx + dx, -MOVE_MAX, MOVE_MAX);
    m->dy = clamp((int64_t)m->dy + dy, -MOVE_MAX, MOVE_MAX);
    m->dz = clamp((int64_t)m->dz + dz, -WHEEL_MAX, WHEEL_MAX);
}

void ps2_mouse_buttons(struct ps2_mouse_state *m, uint32_t held)
{
    if (streaming(m) && ((m->buttons ^ m->sent_buttons) & visible_buttons(m))) {
        queue_packet(m); /* the change before this one has not been seen yet */
    }
    m->buttons = held & 0x1f;
}

uint64_t ps2_mouse_deadline(const struct ps2_mouse_state *m)
{
    return streaming(m) && anything_new(m) && fifo_empty(&m->q.events) ? m->next_at : UINT64_MAX;
}

void ps2_mouse_sample(struct ps2_mouse_state *m, uint64_t now)
{
    if (ps2_mouse_deadline(m) <= now && queue_packet(m)) {
        m->next_at = now + NS_PER_SEC / (m->rate ? m->rate : RATE_RESET);
    }
}

/* -- commands -- */

static void scaling_1(void *dev)
{
    ((struct ps2_mouse_state *)dev)->scaling = 0;
}

static void scaling_2(void *dev)
{
    ((struct ps2_mouse_state *)dev)->scaling = 1;
}

static bool resolution_param(void *dev, uint8_t opcode, uint8_t value)
{
    struct ps2_mouse_state *m = dev;

    (void)opcode;
    if (value > 3) {
        return false;
    }
    m->resolution = value;
    return true;
}

static void status_request(void *dev)
{
    struct ps2_mouse_state *m = dev;
    uint8_t status = 0;

    status |= m->remote ? STATUS_REMOTE : 0;
    status |= m->reporting ? STATUS_ENABLED : 0;
    status |= m->scaling ? STATUS_SCALING : 0;
    status |= (m->buttons & INPUT_LEFT) ? 4 : 0;
    status |= (m->buttons & INPUT_MIDDLE) ? 2 : 0;
    status |= (m->buttons & INPUT_RIGHT) ? 1 : 0;
    ps2_reply(&m->q, status);
    ps2_reply(&m->q, m->resolution);
    ps2_reply(&m->q, m->rate);
}

static void stream_mode(void *dev)
{
    struct ps2_mouse_state *m = dev;

    m->remote = 0;
    forget_movement(m);
}

static void remote_mode(void *dev)
{
    struct ps2_mouse_state *m = dev;

    m->remote = 1;
    fifo_clear(&m->q.events);
    forget_movement(m);
}

static void read_data(void *dev)
{
    struct ps2_mouse_state *m = dev;
    uint8_t bytes[PACKET_MAX];
    uint32_t n = packet(m, bytes);

    for (uint32_t i = 0; i < n; i++) {
        ps2_reply(&m->q, bytes[i]);
    }
}

static void reset_wrap(void *dev)
{
    struct ps2_mouse_state *m = dev;

    m->wrap = 0;
    forget_movement(m);
}

static void wrap_mode(void *dev)
{
    struct ps2_mouse_state *m = dev;

    m->wrap = 1;
    fifo_clear(&m->q.events);
    forget_movement(m);
}

static void identify(void *dev)
{
    struct ps2_mouse_state *m = dev;

    ps2_reply(&m->q, m->id);
}

static bool legal_rate(uint8_t rate)
{
    static const uint8_t rates[] = {10, 20, 40, 60, 80, 100, 200};

    return memchr(rates, rate, sizeof(rates)) != NULL;
}

/* Three rates in a row are the knock that turns the wheel, then the side buttons, on. */
static bool rate_param(void *dev, uint8_t opcode, uint8_t value)
{
    struct ps2_mouse_state *m = dev;

    (void)opcode;
    if (!legal_rate(value)) {
        return false;
    }
    if (value == 80 && m->knock[0] == 200 && m->knock[1] == 100) {
        m->id = m->id == 4 ? 4 : 3;
    } else if (value == 80 && m->knock[0] == 200 && m->knock[1] == 200) {
        m->id = 4;
    }
    m->knock[0] = m->knock[1];
    m->knock[1] = value;
    m->rate = value;
    return true;
}

static void enable(void *dev)
{
    struct ps2_mouse_state *m = dev;

    m->reporting = 1;
    m->sent_buttons = m->buttons;
    forget_movement(m);
}

static void disable(void *dev)
{
    struct ps2_mouse_state *m = dev;

    m->reporting = 0;
    fifo_clear(&m->q.events);
}

static void defaults(void *dev)
{
    struct ps2_mouse_state *m = dev;

    m->rate = RATE_RESET;
    m->resolution = RESOLUTION_RESET;
    m->scaling = 0;
    m->remote = 0;
    m->reporting = 0;
    fifo_clear(&m->q.events);
    forget_movement(m);
}

static void resend(void *dev)
{
    struct ps2_mouse_state *m = dev;

    ps2_resend(&m->q);
}

static void reset_command(void *dev)
{
    struct ps2_mouse_state *m = dev;

    defaults(m);
    m->id = 0;
    m->wrap = 0;
    memset(m->knock, 0, sizeof(m->knock));
    ps2_reply(&m->q, PS2_BAT_OK);
    ps2_reply(&m->q, m->id);
}

static const struct ps2_command mouse_commands[] = {
    {0xe6, PS2_NONE, false, scaling_1, NULL},
    {0xe7, PS2_NONE, false, scaling_2, NULL},
    {0xe8, PS2_ONE, false, NULL, resolution_param},
    {0xe9, PS2_NONE, false, status_request, NULL},
    {0xea, PS2_NONE, false, stream_mode, NULL},
    {0xeb, PS2_NONE, false, read_data, NULL},
    {0xec, PS2_NONE, false, reset_wrap, NULL},
    {0xee, PS2_NONE, false, wrap_mode, NULL},
    {0xf0, PS2_NONE, false, remote_mode, NULL},
    {0xf2, PS2_NONE, false, identify, NULL},
    {0xf3, PS2_ONE, false, NULL, rate_param},
    {0xf4, PS2_NONE, false, enable, NULL},
    {0xf5, PS2_NONE, false, disable, NULL},
    {0xf6, PS2_NONE, false, defaults, NULL},
    {0xfe, PS2_NONE, true, resend, NULL},
    {0xff, PS2_NONE, false, reset_command, NULL},
    {0, PS2_NONE, false, NULL, NULL},
};

void ps2_mouse_write(struct ps2_mouse_state *m, uint8_t byte)
{
    if (m->wrap && byte != 0xec && byte != 0xff) {
        fifo_clear(&m->q.reply);
        ps2_reply(&m->q, byte);
        return;
    }
    ps2_write(&m->q, mouse_commands, m, byte);
}

/* -- life -- */

void ps2_mouse_reset(struct ps2_mouse_state *m)
{
    memset(m, 0, sizeof(*m));
    defaults(m);
}

static const char *check_modes(const struct ps2_mouse_state *m)
{
    if (m->remote > 1 || m->wrap > 1 || m->reporting > 1 || m->scaling > 1) {
        return "mouse.remote";
    }
    if (m->resolution > 3) {
        return "mouse.resolution";
    }
    if (!legal_rate(m->rate)) {
        return "mouse.rate";
    }
    if (m->id != 0 && m->id != 3 && m->id != 4) {
        return "mouse.id";
    }
    return NULL;
}

const char *ps2_mouse_check(const struct ps2_mouse_state *m)
{
    static const uint8_t zero[sizeof(m->pad)];
    const char *wrong = check_modes(m);

    if (wrong) {
        return wrong;
    }
    if (ps2_check(&m->q, mouse_commands, PS2_MOUSE_BUFFER)) {
        return "mouse.q";
    }
    if (m->dx < -MOVE_MAX || m->dx > MOVE_MAX || m->dy < -MOVE_MAX || m->dy > MOVE_MAX) {
        return "mouse.dx";
    }
    if (m->dz < -WHEEL_MAX || m->dz > WHEEL_MAX) {
        return "mouse.dz";
    }
    if (m->buttons > 0x1f || m->sent_buttons > 0x1f) {
        return "mouse.buttons";
    }
    return memcmp(m->pad, zero, sizeof(zero)) ? "mouse.pad" : NULL;
}

static const struct state_field mouse_fields[] = {
    STATE_FIELD(struct ps2_mouse_state, next_at),
    STATE_STRUCT(struct ps2_mouse_state, q, &ps2_layout),
    STATE_FIELD(struct ps2_mouse_state, dx),
    STATE_FIELD(struct ps2_mouse_state, dy),
    STATE_FIELD(struct ps2_mouse_state, dz),
    STATE_FIELD(struct ps2_mouse_state, remote),
    STATE_FIELD(struct ps2_mouse_state, wrap),
    STATE_FIELD(struct ps2_mouse_state, reporting),
    STATE_FIELD(struct ps2_mouse_state, scaling),
    STATE_FIELD(struct ps2_mouse_state, resolution),
    STATE_FIELD(struct ps2_mouse_state, rate),
    STATE_FIELD(struct ps2_mouse_state, id),
    STATE_FIELD(struct ps2_mouse_state, buttons),
    STATE_FIELD(struct ps2_mouse_state, sent_buttons),
    STATE_ARRAY(struct ps2_mouse_state, knock),
    STATE_ARRAY(struct ps2_mouse_state, pad),
    STATE_END,
};

const struct state_layout ps2_mouse_layout = {
    .name = "ps2-mouse",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct ps2_mouse_state),
    .fields = mouse_fields,
};

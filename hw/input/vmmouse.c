/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMware's backdoor, I/O port 5658h, and the mouse behind it that knows positions. The interface is
 * that of the open drivers: xf86-input-vmmouse (vmmouse_defs.h, vmmouse_proto.c) and Linux
 * (drivers/input/mouse/vmmouse.c); answers are QEMU's.
 *
 * A call is a doubleword read of the port with EAX = 564D5868h, ECX = command, EBX = argument; the
 * results come in EAX to EDI. Drivers turn the mouse on (READ_ID, then absolute or relative mode),
 * and then fetch words when the PS/2 mouse interrupts: buttons, x, y, wheel of each event.
 *
 * Modelled: the commands below; events of both modes. Any privilege level may call, if its I/O
 * permissions let it: there is nothing here that the mouse's user does not know.
 *
 * Not modelled: the other commands (EAX = FFFFFFFFh, as QEMU answers), the port for bulk data 5659h.
 *
 * Differs from QEMU: events of the relative mode say so, and count y upwards, as drivers expect; an
 * access without the magic number changes no register but what it reads.
 *
 * Threading: the lock of the i8042.
 */
#include "hw/input/vmmouse.h"

#include "core/cpu_regs.h"
#include "core/surface.h"
#include "hw/input/i8042.h"
#include "hw/pc/board.h"

#define PORT 0x5658
#define MAGIC 0x564d5868u
#define BAD UINT32_MAX

enum command {
    GET_VERSION = 10,
    GET_BIOS_UUID = 19,
    GET_RAM_SIZE = 20,
    MOUSE_DATA = 39,
    MOUSE_STATUS = 40,
    MOUSE_COMMAND = 41,
    GET_HZ = 45,
};

#define VMX_VERSION 6
#define VMX_TYPE 2
#define RAM_SIZE_MARK 0x1177u /* QEMU leaves it in EBX */

#define DO_READ_ID 0x45414552u
#define DO_DISABLE 0x000000f5u
#define DO_RELATIVE 0x4c455252u
#define DO_ABSOLUTE 0x53424152u

#define MOUSE_ID 0x3442554au

#define VMMOUSE_OK 0x0000u
#define VMMOUSE_OFF 0xffffu

#define EVENT_RELATIVE 0x00010000u
#define EVENT_LEFT 0x20u
#define EVENT_RIGHT 0x10u
#define EVENT_MIDDLE 0x08u

#define WORD 4u
#define EVENT (4 * WORD)
/* Movements may fill this much; the rest is for buttons. */
#define MOVES_MAX (VMMOUSE_QUEUE * 3 / 4)

enum vmmouse_mode { MODE_OFF, MODE_RELATIVE, MODE_ABSOLUTE };

_Static_assert(sizeof(struct vmmouse_state) == VMMOUSE_QUEUE + 16, "no padding");

/* -- the queue -- */

static void put_word(struct vmmouse_state *s, uint32_t v)
{
    for (unsigned i = 0; i < WORD; i++) {
        fifo_push(&s->queue, (uint8_t)(v >> 8 * i));
    }
}

static uint32_t take_word(struct vmmouse_state *s)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < WORD; i++) {
        v |= (uint32_t)fifo_pop(&s->queue) << 8 * i;
    }
    return v;
}

static uint32_t words(const struct vmmouse_state *s)
{
    return fifo_len(&s->queue) / WORD;
}

/* Queue an event if there is room below `limit`, and interrupt: also for those that wait already. */
static void event(struct vmmouse *d, uint32_t limit, uint32_t x, uint32_t y, int32_t dz)
{
    struct vmmouse_state *s = &d->s;

    if (fifo_len(&s->queue) + EVENT <= limit) {
        put_word(s, (s->mode == MODE_RELATIVE ? EVENT_RELATIVE : 0) |
                        (s->buttons & INPUT_LEFT ? EVENT_LEFT : 0) |
                        (s->buttons & INPUT_RIGHT ? EVENT_RIGHT : 0) |
                        (s->buttons & INPUT_MIDDLE ? EVENT_MIDDLE : 0));
        put_word(s, x);
        put_word(s, y);
        put_word(s, (uint32_t)dz);
    }
    i8042_mouse_nudge(d->i8042);
}

/* -- from the host -- */

static void sink_position(void *opaque, uint32_t x, uint32_t y)
{
    struct vmmouse *d = opaque;
    struct vmmouse_state *s = &d->s;

    if (s->mode == MODE_ABSOLUTE) {
        s->x = (uint16_t)(x << 1 | x >> 14); /* 7FFFh becomes FFFFh */
        s->y = (uint16_t)(y << 1 | y >> 14);
        event(d, MOVES_MAX, s->x, s->y, 0);
    }
}

static void sink_motion(void *opaque, int32_t dx, int32_t dy, int32_t dz)
{
    struct vmmouse *d = opaque;

    if (d->s.mode == MODE_RELATIVE) {
        event(d, MOVES_MAX, (uint32_t)dx, -(uint32_t)dy, dz);
    } else if (d->s.mode == MODE_ABSOLUTE && dz) {
        event(d, MOVES_MAX, d->s.x, d->s.y, dz);
    }
}

static void sink_buttons(void *opaque, uint32_t held)
{
    struct vmmouse *d = opaque;
    struct vmmouse_state *s = &d->s;
    uint8_t known = held & (INPUT_LEFT | INPUT_RIGHT | INPUT_MIDDLE);

    if (s->mode == MODE_OFF || known == s->buttons) {
        return;
    }
    s->buttons = known;
    if (s->mode == MODE_ABSOLUTE) {
        event(d, VMMOUSE_QUEUE, s->x, s->y, 0);
    } else {
        event(d, VMMOUSE_QUEUE, 0, 0, 0);
    }
}

static const struct input_sink_ops sink_ops = {
    .name = "vmmouse",
    .motion = sink_motion,
    .buttons = sink_buttons,
    .position = sink_position,
};

/* -- commands -- */

/* Whose turn it is to hear of the pointer follows from the mode. */
static void update(struct vmmouse *d)
{
    if (d->announced == d->s.mode) {
        return;
    }
    d->announced = d->s.mode;
    if (d->s.mode == MODE_OFF) {
        input_pointer_off(&d->dev);
    } else {
        input_pointer_on(&d->dev, d->s.mode == MODE_ABSOLUTE);
    }
}

static void turn_off(struct vmmouse_state *s)
{
    s->status = VMMOUSE_OFF;
    s->mode = MODE_OFF;
    s->buttons = 0;
}

static void mouse_command(struct vmmouse_state *s, uint32_t what)
{
    switch (what) {
    case DO_READ_ID:
        if (fifo_space(&s->queue) >= WORD) {
            put_word(s, MOUSE_ID);
            s->status = VMMOUSE_OK;
        }
        break;
    case DO_DISABLE:
        turn_off(s);
        break;
    case DO_RELATIVE:
    case DO_ABSOLUTE:
        if (s->status == VMMOUSE_OK) {
            s->mode = what == DO_ABSOLUTE ? MODE_ABSOLUTE : MODE_RELATIVE;
        }
        break;
    default:
        break;
    }
}

/* As many words as EBX says, into EAX and on. A driver that asks for more than there is has lost
 * its place: the mouse turns off, so that it starts anew. */
static void mouse_data(struct vmmouse_state *s, struct cpu_regs *regs)
{
    uint32_t n = (uint32_t)regs->r[CPU_BX];

    if (n == 0 || n > CPU_REGS || n > words(s)) {
        turn_off(s);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        regs->r[i] = take_word(s);
    }
}

static uint32_t uuid_part(const struct vmmouse *d, unsigned n)
{
    const uint8_t *p = d->uuid + (size_t)4 * n;

    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void run(struct vmmouse *d, struct cpu_regs *regs)
{
    struct vmmouse_state *s = &d->s;
    uint64_t *r = regs->r;

    switch ((uint16_t)r[CPU_CX]) {
    case GET_VERSION:
        r[CPU_AX] = VMX_VERSION;
        r[CPU_BX] = MAGIC;
        r[CPU_CX] = VMX_TYPE;
        break;
    case GET_BIOS_UUID:
        for (unsigned i = 0; i < 4; i++) {
            r[CPU_AX + i] = uuid_part(d, i);
        }
        break;
    case GET_RAM_SIZE:
        r[CPU_AX] = (uint32_t)d->ram_size;
        r[CPU_BX] = RAM_SIZE_MARK;
        break;
    case MOUSE_DATA:
        mouse_data(s, regs);
        break;
    case MOUSE_STATUS:
        r[CPU_AX] = (uint32_t)s->status << 16 | words(s);
        break;
    case MOUSE_COMMAND:
        mouse_command(s, (uint32_t)r[CPU_BX]);
        break;
    case GET_HZ: /* not known */
        r[CPU_BX] = UINT32_MAX;
        break;
    default:
        r[CPU_AX] = BAD;
        break;
    }
    update(d);
}

static uint64_t port_read(void *opaque, uint64_t offset, unsigned width)
{
    struct cpu_regs regs;

    (void)offset;
    (void)width;
    if (!cpu_regs_get(&regs) || (uint32_t)regs.r[CPU_AX] != MAGIC) {
        return BAD;
    }
    run(opaque, &regs);
    cpu_regs_set(&regs);
    return regs.r[CPU_AX];
}

/* An OUT calls as well. */
static void port_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    (void)value;
    port_read(opaque, offset, width);
}

/* -- life -- */

static void vmmouse_reset(struct device *dev)
{
    struct vmmouse *d = (struct vmmouse *)dev;

    memset(&d->s, 0, sizeof(d->s));
    turn_off(&d->s);
}

static void vmmouse_settle(struct device *dev)
{
    update((struct vmmouse *)dev);
}

static const char *vmmouse_check(const void *state)
{
    const struct vmmouse_state *s = state;

    if (!fifo_valid(&s->queue) || fifo_len(&s->queue) % WORD) {
        return "queue";
    }
    if (s->status != VMMOUSE_OK && s->status != VMMOUSE_OFF) {
        return "status";
    }
    if (s->mode > MODE_ABSOLUTE || (s->mode != MODE_OFF && s->status != VMMOUSE_OK)) {
        return "mode";
    }
    return s->buttons & ~(INPUT_LEFT | INPUT_RIGHT | INPUT_MIDDLE) || (s->buttons && !s->mode)
               ? "buttons"
               : NULL;
}

static const struct state_field vmmouse_fields[] = {
    STATE_FIFO(struct vmmouse_state, queue),
    STATE_FIELD(struct vmmouse_state, status),
    STATE_FIELD(struct vmmouse_state, x),
    STATE_FIELD(struct vmmouse_state, y),
    STATE_FIELD(struct vmmouse_state, mode),
    STATE_FIELD(struct vmmouse_state, buttons),
    STATE_END,
};

static const struct state_layout vmmouse_layout = {
    .name = "vmmouse",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct vmmouse_state),
    .fields = vmmouse_fields,
    .check = vmmouse_check,
};

static const struct region_ops port_ops = {
    .read = port_read, .write = port_write, .valid = 4, .impl = 4};

static bool vmmouse_realize(struct device *dev, struct board *b, GError **error)
{
    struct vmmouse *d = (struct vmmouse *)dev;

    d->port = (struct region){.name = "vmport",
                              .dev = dev,
                              .opaque = d,
                              .ops = &port_ops,
                              .kind = REGION_IO,
                              .size = WORD,
                              .prio = PRIO_FIXED};
    vmmouse_reset(dev);
    if (!space_map(b->ports, &d->port, PORT, error)) {
        return false;
    }
    dev->regions = g_slist_append(dev->regions, &d->port);
    d->attached = input_attach(dev, &sink_ops, d);
    input_pointer_off(dev); /* until a driver turns it on */
    return true;
}

static void vmmouse_unrealize(struct device *dev)
{
    struct vmmouse *d = (struct vmmouse *)dev;

    if (d->attached) {
        input_detach(dev);
    }
    space_unmap(&d->port);
    space_synchronize();
}

const struct device_class vmmouse_class = {
    .name = "vmmouse",
    .desc = "VMware's backdoor port with its mouse, which knows positions",
    .bus = BUS_BOARD,
    .size = sizeof(struct vmmouse),
    .state_offset = offsetof(struct vmmouse, s),
    .state = &vmmouse_layout,
    .realize = vmmouse_realize,
    .reset = vmmouse_reset,
    .settle = vmmouse_settle,
    .unrealize = vmmouse_unrealize,
};

struct vmmouse *vmmouse_new(struct board *b, struct i8042 *i8042, uint64_t ram_size,
                            const uint8_t uuid[16], GError **error)
{
    struct device *dev = device_new(&vmmouse_class, NULL);
    struct vmmouse *d = (struct vmmouse *)dev;

    device_share_lock(dev, i8042->dev.lock);
    d->i8042 = i8042;
    d->ram_size = ram_size;
    memcpy(d->uuid, uuid, sizeof(d->uuid));
    return device_realize(dev, b, error) ? d : NULL;
}

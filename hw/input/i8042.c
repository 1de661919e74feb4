/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyboard controller. IBM PS/2 Hardware Interface Technical Reference, "Keyboard and Auxiliary
 * Device Controller"; Intel 8042 with PS/2 firmware.
 *
 * Modelled: ports 60h and 64h, all documented commands, command byte, translation of scan code set
 * 2 to 1, output port with A20 and reset, both interrupts. The controller takes no time for
 * commands; answers of the keyboard and the mouse come at once, while scan codes and packets keep a
 * distance, so that DOS programs that read port 60h twice in one interrupt do not eat the next key.
 *
 * Not modelled: the keylock (always open), password, diagnostic dump (ACh), parity and time-out
 * errors of the serial links, pulses on output bits other than reset.
 *
 * Threading: keyboard and mouse live in this device's state, under its lock.
 */
#include "hw/input/i8042.h"

#include "core/power.h"
#include "core/surface.h"
#include "hw/pc/board.h"

#define IRQ_KBD 1
#define IRQ_MOUSE 12

#define STATUS_OBF 0x01u
#define STATUS_SYS 0x04u
#define STATUS_COMMAND 0x08u
#define STATUS_UNLOCKED 0x10u
#define STATUS_MOUSE 0x20u

#define CCB_KBD_INT 0x01u
#define CCB_MOUSE_INT 0x02u
#define CCB_SYS 0x04u
#define CCB_KBD_OFF 0x10u
#define CCB_MOUSE_OFF 0x20u
#define CCB_TRANSLATE 0x40u
#define CCB_STORED 0x7fu
#define CCB_RESET (CCB_KBD_INT | CCB_MOUSE_INT)

#define OUT_NOT_RESET 0x01u
#define OUT_A20 0x02u
#define OUT_IRQ_KBD 0x10u
#define OUT_IRQ_MOUSE 0x20u
#define OUT_RESET 0xcfu

/* Between two bytes of scan codes or packets; a real link needs a millisecond. */
#define EVENT_GAP_NS (250 * NS_PER_US)

_Static_assert(sizeof(struct i8042_state) == 392, "no padding");

/* -- output buffer -- */

static void load(struct i8042_state *s, uint8_t byte, bool mouse, bool event)
{
    s->data = byte;
    s->full = 1;
    s->from_mouse = mouse;
    s->from_event = event;
}

/* A byte of the keyboard. False when translation keeps it for the next. */
static bool load_kbd(struct i8042_state *s, uint8_t byte, bool event)
{
    if (s->ram[0] & CCB_TRANSLATE) {
        if (byte == 0xf0) {
            s->release = 1;
            return false;
        }
        byte = (uint8_t)(i8042_translate(byte) | (s->release ? 0x80 : 0));
        s->release = 0;
    }
    load(s, byte, false, event);
    return true;
}

static bool kbd_on(const struct i8042_state *s)
{
    return !(s->ram[0] & CCB_KBD_OFF);
}

static bool mouse_on(const struct i8042_state *s)
{
    return !(s->ram[0] & CCB_MOUSE_OFF);
}

static void load_answer(struct i8042_state *s)
{
    if (!fifo_empty(&s->answers)) {
        load(s, fifo_pop(&s->answers), false, false);
        return;
    }
    if (!fifo_empty(&s->loop)) {
        load(s, fifo_pop(&s->loop), true, false);
        return;
    }
    while (kbd_on(s) && !s->full && !fifo_empty(&s->kbd.q.reply)) {
        load_kbd(s, ps2_take_reply(&s->kbd.q), false);
    }
    if (mouse_on(s) && !s->full && !fifo_empty(&s->mouse.q.reply)) {
        load(s, ps2_take_reply(&s->mouse.q), true, false);
    }
}

static void load_event(struct i8042_state *s)
{
    while (kbd_on(s) && !s->full && !fifo_empty(&s->kbd.q.events)) {
        load_kbd(s, ps2_take_event(&s->kbd.q), true);
    }
    if (mouse_on(s) && !s->full && !fifo_empty(&s->mouse.q.events)) {
        load(s, ps2_take_event(&s->mouse.q), true, true);
    }
}

/* When the next thing happens by itself: a pure function of the state. */
static uint64_t deadline(const struct i8042_state *s)
{
    uint64_t at = ps2_mouse_deadline(&s->mouse);
    bool waiting = (kbd_on(s) && !fifo_empty(&s->kbd.q.events)) ||
                   (mouse_on(s) && !fifo_empty(&s->mouse.q.events));

    if (waiting && !s->full && s->event_at < at) {
        at = s->event_at;
    }
    return at;
}

/* -- outputs -- */

static bool irq_kbd_level(const struct i8042_state *s)
{
    return s->full && !s->from_mouse && (s->ram[0] & CCB_KBD_INT) && kbd_on(s);
}

static bool irq_mouse_level(const struct i8042_state *s)
{
    return s->full && s->from_mouse && (s->ram[0] & CCB_MOUSE_INT) && mouse_on(s);
}

static void i8042_update(struct i8042 *d)
{
    const struct i8042_state *s = &d->s;
    uint64_t at = deadline(s);

    irq_set(&d->irq_kbd, irq_kbd_level(s));
    irq_set(&d->irq_mouse, irq_mouse_level(s));
    irq_set(&d->a20, s->outport & OUT_A20);
    if (d->timer.deadline != at) {
        timer_arm(&d->timer, at);
    }
}

/* Let things move: sample the mouse, fill the output buffer, drive the lines. */
static void run(struct i8042 *d)
{
    struct i8042_state *s = &d->s;
    uint64_t now = clock_now(d->timer.clock);

    ps2_mouse_sample(&s->mouse, now);
    if (!s->full) {
        load_answer(s);
    }
    if (!s->full && now >= s->event_at) {
        load_event(s);
    }
    i8042_update(d);
}

/* -- commands -- */

static void answer(struct i8042_state *s, uint8_t byte)
{
    fifo_push(&s->answers, byte); /* a guest that never reads loses them: eight are enough */
}

static void read_outport(struct i8042_state *s)
{
    uint8_t value = (uint8_t)(s->outport & ~(OUT_IRQ_KBD | OUT_IRQ_MOUSE));

    value |= irq_kbd_level(s) ? OUT_IRQ_KBD : 0;
    value |= irq_mouse_level(s) ? OUT_IRQ_MOUSE : 0;
    answer(s, value);
}

struct i8042_command {
    uint8_t first, last;                                /* opcodes */
    bool data;                                          /* a byte follows at port 60h */
    void (*run)(struct i8042_state *s, uint8_t opcode); /* without data; may be NULL */
    void (*take)(struct i8042_state *s, uint8_t opcode, uint8_t value);
};

static void do_read_ram(struct i8042_state *s, uint8_t opcode)
{
    answer(s, s->ram[opcode & 31]);
}

static void take_write_ram(struct i8042_state *s, uint8_t opcode, uint8_t value)
{
    unsigned n = opcode & 31;

    s->ram[n] = n == 0 ? value & CCB_STORED : value;
}

static void do_enable(struct i8042_state *s, uint8_t opcode)
{
    switch (opcode) {
    case 0xa7:
        s->ram[0] |= CCB_MOUSE_OFF;
        break;
    case 0xa8:
        s->ram[0] &= (uint8_t)~CCB_MOUSE_OFF;
        break;
    case 0xad:
        s->ram[0] |= CCB_KBD_OFF;
        break;
    default:
        s->ram[0] &= (uint8_t)~CCB_KBD_OFF;
        break;
    }
}

static void do_test(struct i8042_state *s, uint8_t opcode)
{
    switch (opcode) {
    case 0xaa: /* self-test */
        fifo_clear(&s->answers);
        fifo_clear(&s->loop);
        s->full = 0;
        s->release = 0;
        s->ram[0] |= CCB_SYS;
        answer(s, 0x55);
        break;
    case 0xa4: /* no password is installed */
        answer(s, 0xf1);
        break;
    case 0xc0: /* input port: keylock open, no jumper */
        answer(s, 0x80);
        break;
    default: /* A9h, ABh: the interfaces have no error; E0h: clock and data low */
        answer(s, 0x00);
        break;
    }
}

static void do_outport(struct i8042_state *s, uint8_t opcode)
{
    switch (opcode) {
    case 0xd0:
        read_outport(s);
        break;
    case 0xdd:
        s->outport &= (uint8_t)~OUT_A20;
        break;
    case 0xdf:
        s->outport |= OUT_A20;
        break;
    default: /* F0h to FFh: pulse the bits that are 0; only the reset line is seen */
        if (!(opcode & OUT_NOT_RESET)) {
            power_request(POWER_RESET, 0);
        }
        break;
    }
}

static void take_outport(struct i8042_state *s, uint8_t opcode, uint8_t value)
{
    (void)opcode;
    s->outport = value;
    if (!(value & OUT_NOT_RESET)) {
        power_request(POWER_RESET, 0);
    }
}

static void take_device(struct i8042_state *s, uint8_t opcode, uint8_t value)
{
    switch (opcode) {
    case 0xd2:
        answer(s, value);
        break;
    case 0xd3:
        fifo_push(&s->loop, value);
        break;
    default: /* D4h; talking to a device turns its interface on */
        s->ram[0] &= (uint8_t)~CCB_MOUSE_OFF;
        ps2_mouse_write(&s->mouse, value);
        break;
    }
}

static const struct i8042_command commands[] = {
    {0x20, 0x3f, false, do_read_ram, NULL}, {0x60, 0x7f, true, NULL, take_write_ram},
    {0xa4, 0xa4, false, do_test, NULL},     {0xa7, 0xa8, false, do_enable, NULL},
    {0xa9, 0xab, false, do_test, NULL},     {0xad, 0xae, false, do_enable, NULL},
    {0xc0, 0xc0, false, do_test, NULL},     {0xd0, 0xd0, false, do_outport, NULL},
    {0xd1, 0xd1, true, NULL, take_outport}, {0xd2, 0xd4, true, NULL, take_device},
    {0xdd, 0xdd, false, do_outport, NULL},  {0xdf, 0xdf, false, do_outport, NULL},
    {0xe0, 0xe0, false, do_test, NULL},     {0xf0, 0xff, false, do_outport, NULL},
};

static const struct i8042_command *find_command(uint8_t opcode)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (opcode >= commands[i].first && opcode <= commands[i].last) {
            return &commands[i];
        }
    }
    return NULL;
}

/* -- the bus -- */

static uint64_t data_read(void *opaque, uint64_t offset, unsigned width)
{
    struct i8042 *d = opaque;
    struct i8042_state *s = &d->s;
    uint8_t value = s->data; /* an empty buffer gives its last byte again */

    (void)offset;
    (void)width;
    if (s->full) {
        s->full = 0;
        if (s->from_event) {
            s->event_at = clock_now(d->timer.clock) + EVENT_GAP_NS;
        }
        i8042_update(d); /* the line falls before the next byte raises it */
        run(d);
    }
    return value;
}

static void data_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct i8042 *d = opaque;
    struct i8042_state *s = &d->s;
    const struct i8042_command *c = s->command ? find_command(s->command) : NULL;
    uint8_t opcode = s->command;

    (void)offset;
    (void)width;
    s->last_command = 0;
    s->command = 0;
    if (c && c->take) {
        c->take(s, opcode, (uint8_t)value);
    } else {
        s->ram[0] &= (uint8_t)~CCB_KBD_OFF;
        ps2_kbd_write(&s->kbd, (uint8_t)value);
    }
    run(d);
}

static uint64_t status_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct i8042_state *s = &((struct i8042 *)opaque)->s;
    uint8_t status = STATUS_UNLOCKED;

    (void)offset;
    (void)width;
    status |= s->full ? STATUS_OBF : 0;
    status |= (s->ram[0] & CCB_SYS) ? STATUS_SYS : 0;
    status |= s->last_command ? STATUS_COMMAND : 0;
    status |= s->full && s->from_mouse ? STATUS_MOUSE : 0;
    return status;
}

static void command_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct i8042 *d = opaque;
    struct i8042_state *s = &d->s;
    uint8_t opcode = (uint8_t)value;
    const struct i8042_command *c = find_command(opcode);

    (void)offset;
    (void)width;
    s->last_command = 1;
    s->command = c && c->data ? opcode : 0;
    if (c && c->run) {
        c->run(s, opcode);
    }
    run(d);
}

/* -- input from the host, and time -- */

static void sink_key(void *opaque, uint16_t key, bool down)
{
    struct i8042 *d = opaque;

    ps2_kbd_key(&d->s.kbd, key, down);
    run(d);
}

static void sink_motion(void *opaque, int32_t dx, int32_t dy, int32_t dz)
{
    struct i8042 *d = opaque;

    ps2_mouse_motion(&d->s.mouse, dx, dy, dz);
    run(d);
}

static void sink_buttons(void *opaque, uint32_t held)
{
    struct i8042 *d = opaque;

    ps2_mouse_buttons(&d->s.mouse, held);
    run(d);
}

void i8042_mouse_nudge(struct i8042 *d)
{
    ps2_mouse_motion(&d->s.mouse, 1, 0, 0);
    run(d);
}

static const struct input_sink_ops sink_ops = {
    .name = "QEMU PS/2 Mouse",
    .key = sink_key,
    .motion = sink_motion,
    .buttons = sink_buttons,
};

static void timer_fire(void *opaque)
{
    run(opaque);
}

/* -- life -- */

static void i8042_reset(struct device *dev)
{
    struct i8042_state *s = &((struct i8042 *)dev)->s;

    memset(s, 0, sizeof(*s));
    s->ram[0] = CCB_RESET;
    s->outport = OUT_RESET;
    s->last_command = 1;
    ps2_kbd_reset(&s->kbd);
    ps2_mouse_reset(&s->mouse);
}

static void i8042_settle(struct device *dev)
{
    struct i8042 *d = (struct i8042 *)dev;

    input_set_leds(d->s.kbd.leds);
    i8042_update(d);
}

static const char *i8042_check(const void *state)
{
    const struct i8042_state *s = state;
    const struct i8042_command *c = s->command ? find_command(s->command) : NULL;
    const char *wrong;

    if (!fifo_valid(&s->answers)) {
        return "answers";
    }
    if (!fifo_valid(&s->loop)) {
        return "loop";
    }
    if (s->ram[0] & ~CCB_STORED) {
        return "ram";
    }
    if (s->command && (!c || !c->data)) {
        return "command";
    }
    if (s->full > 1 || s->from_mouse > 1 || s->from_event > 1 || s->last_command > 1) {
        return "full";
    }
    if (s->release > 1) {
        return "release";
    }
    if (s->pad[0] || s->pad[1] || s->pad[2] || s->pad[3]) {
        return "pad";
    }
    wrong = ps2_kbd_check(&s->kbd);
    return wrong ? wrong : ps2_mouse_check(&s->mouse);
}

static const struct state_field i8042_fields[] = {
    STATE_STRUCT(struct i8042_state, mouse, &ps2_mouse_layout),
    STATE_FIELD(struct i8042_state, event_at),
    STATE_FIFO(struct i8042_state, answers),
    STATE_FIFO(struct i8042_state, loop),
    STATE_ARRAY(struct i8042_state, ram),
    STATE_FIELD(struct i8042_state, outport),
    STATE_FIELD(struct i8042_state, command),
    STATE_FIELD(struct i8042_state, data),
    STATE_FIELD(struct i8042_state, full),
    STATE_FIELD(struct i8042_state, from_mouse),
    STATE_FIELD(struct i8042_state, from_event),
    STATE_FIELD(struct i8042_state, last_command),
    STATE_FIELD(struct i8042_state, release),
    STATE_ARRAY(struct i8042_state, pad),
    STATE_STRUCT(struct i8042_state, kbd, &ps2_kbd_layout),
    STATE_END,
};

static const struct state_layout i8042_layout = {
    .name = "i8042",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i8042_state),
    .fields = i8042_fields,
    .check = i8042_check,
};

static const struct region_ops data_ops = {.read = data_read, .write = data_write, .valid = 1};
static const struct region_ops command_ops = {
    .read = status_read, .write = command_write, .valid = 1};

static bool i8042_realize(struct device *dev, struct board *b, GError **error)
{
    struct i8042 *d = (struct i8042 *)dev;
    struct region r = {
        .name = "i8042-data",
        .dev = dev,
        .opaque = d,
        .ops = &data_ops,
        .kind = REGION_IO,
        .size = 1,
        .prio = PRIO_FIXED,
    };

    d->data_region = r;
    r.name = "i8042-command";
    r.ops = &command_ops;
    d->command_region = r;
    irq_pin_init(&d->irq_kbd, &b->gsi[IRQ_KBD]);
    irq_pin_init(&d->irq_mouse, &b->gsi[IRQ_MOUSE]);
    irq_pin_init(&d->a20, d->a20_line);
    timer_init(&d->timer, b->clock, dev, timer_fire, d);
    i8042_reset(dev);
    if (!space_map(b->ports, &d->data_region, 0x60, error)) {
        return false;
    }
    if (!space_map(b->ports, &d->command_region, 0x64, error)) {
        space_unmap(&d->data_region);
        return false;
    }
    dev->regions = g_slist_append(dev->regions, &d->data_region);
    dev->regions = g_slist_append(dev->regions, &d->command_region);
    d->attached = input_attach(dev, &sink_ops, d);
    return true;
}

static void i8042_unrealize(struct device *dev)
{
    struct i8042 *d = (struct i8042 *)dev;

    if (d->attached) {
        input_detach(dev);
    }
    space_unmap(&d->data_region);
    space_unmap(&d->command_region);
    space_synchronize();
    timer_cancel(&d->timer);
    irq_set(&d->irq_kbd, false);
    irq_set(&d->irq_mouse, false);
    irq_set(&d->a20, false);
}

const struct device_class i8042_class = {
    .name = "i8042",
    .desc = "keyboard controller with keyboard and mouse",
    .bus = BUS_BOARD,
    .size = sizeof(struct i8042),
    .state_offset = offsetof(struct i8042, s),
    .state = &i8042_layout,
    .realize = i8042_realize,
    .reset = i8042_reset,
    .settle = i8042_settle,
    .unrealize = i8042_unrealize,
};

struct i8042 *i8042_new(struct board *b, struct irq_line *a20, GError **error)
{
    struct device *dev = device_new(&i8042_class, NULL);
    struct i8042 *d = (struct i8042 *)dev;

    d->a20_line = a20;
    return device_realize(dev, b, error) ? d : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 16550A (uart.c) as an ISA card: COM1 to COM4 at their traditional ports and interrupts, or
 * wherever iobase and irq say. Properties, wiring and the layout of the state.
 */
#include "hw/char/serial.h"

#include "hw/char/uart.h"
#include "hw/pc/board.h"

static const uint16_t com_base[SERIAL_PORTS] = {0x3f8, 0x2f8, 0x3e8, 0x2e8};
static const uint8_t com_irq[SERIAL_PORTS] = {4, 3, 4, 3};

static const char *serial_check(const void *state)
{
    const struct serial_state *s = state;
    uint32_t len = fifo_len(&s->rx);

    if (!fifo_valid(&s->rx) || len > uart_depth(s)) {
        return "rx";
    }
    if (!fifo_valid(&s->tx) || fifo_len(&s->tx) > uart_depth(s)) {
        return "tx";
    }
    if ((uint32_t)s->breaks >> len) {
        return "breaks";
    }
    if ((s->fcr & ~FCR_STORED) || (!uart_fifo_on(s) && s->fcr)) {
        return "fcr";
    }
    if (s->ier > 0x0f) {
        return "ier";
    }
    if (s->mcr & ~MCR_STORED) {
        return "mcr";
    }
    if (s->errors & ~LSR_ERRORS) {
        return "errors";
    }
    if (s->thre_int > 1 || (s->thre_int && !fifo_empty(&s->tx))) {
        return "thre_int";
    }
    if (s->timeout_int > 1 || (s->timeout_int && (!uart_fifo_on(s) || len == 0))) {
        return "timeout_int";
    }
    if (s->timeout_at != TIMER_NEVER && (!uart_fifo_on(s) || len == 0)) {
        return "timeout_at";
    }
    if ((s->retry_at != TIMER_NEVER) != !fifo_empty(&s->tx)) {
        return "retry_at";
    }
    return s->pad[0] || s->pad[1] ? "pad" : NULL;
}

static const struct state_field serial_fields[] = {
    STATE_FIELD(struct serial_state, timeout_at), STATE_FIELD(struct serial_state, retry_at),
    STATE_FIFO(struct serial_state, rx),          STATE_FIFO(struct serial_state, tx),
    STATE_FIELD(struct serial_state, divisor),    STATE_FIELD(struct serial_state, breaks),
    STATE_FIELD(struct serial_state, ier),        STATE_FIELD(struct serial_state, fcr),
    STATE_FIELD(struct serial_state, lcr),        STATE_FIELD(struct serial_state, mcr),
    STATE_FIELD(struct serial_state, scr),        STATE_FIELD(struct serial_state, errors),
    STATE_FIELD(struct serial_state, msr),        STATE_FIELD(struct serial_state, rbr),
    STATE_FIELD(struct serial_state, thre_int),   STATE_FIELD(struct serial_state, timeout_int),
    STATE_ARRAY(struct serial_state, pad),        STATE_END,
};

static const struct state_layout serial_layout = {
    .name = "isa-serial",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct serial_state),
    .fields = serial_fields,
    .check = serial_check,
};

static void serial_reset(struct device *dev)
{
    uart_reset((struct serial *)dev);
}

static void serial_settle(struct device *dev)
{
    uart_settle((struct serial *)dev);
}

/* Which COM port this is: as told, or the first whose ports nobody answers. */
static bool choose_index(struct serial *d, struct board *b, GError **error)
{
    if (d->index == 255) {
        for (d->index = 0; d->index < SERIAL_PORTS; d->index++) {
            if (!space_port_region(b->ports, com_base[d->index])) {
                break;
            }
        }
    }
    if (d->index >= SERIAL_PORTS) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-device isa-serial: index is 0 to %u, and four ports at most are possible "
                    "without iobase and irq",
                    SERIAL_PORTS - 1);
        return false;
    }
    d->iobase = d->iobase ? d->iobase : com_base[d->index];
    d->irq = d->irq ? d->irq : com_irq[d->index];
    return true;
}

static bool serial_realize(struct device *dev, struct board *b, GError **error)
{
    struct serial *d = (struct serial *)dev;

    if (!(d->iobase && d->irq) && !choose_index(d, b, error)) {
        return false;
    }
    d->region = (struct region){
        .name = "isa-serial",
        .dev = dev,
        .opaque = d,
        .ops = &uart_ops,
        .kind = REGION_IO,
        .size = UART_REGS,
        .prio = PRIO_FIXED,
    };
    irq_pin_init(&d->irq_pin, &b->gsi[d->irq]);
    timer_init(&d->timeout, b->clock, dev, uart_timeout, d);
    timer_init(&d->retry, b->clock, dev, uart_retry, d);
    serial_reset(dev);
    if (d->line && !line_attach(d->line, dev, &uart_line_ops, d)) {
        g_set_error(error, DEVICE_ERROR, 0,
                    "-device isa-serial: chardev=%s is taken by another device",
                    line_name(d->line));
        return false;
    }
    if (!space_map(b->ports, &d->region, d->iobase, error)) {
        if (d->line) {
            line_detach(d->line);
        }
        return false;
    }
    dev->regions = g_slist_append(dev->regions, &d->region);
    return true;
}

static void serial_unrealize(struct device *dev)
{
    struct serial *d = (struct serial *)dev;

    space_unmap(&d->region);
    space_synchronize();
    if (d->line) {
        line_detach(d->line);
    }
    timer_cancel(&d->timeout);
    timer_cancel(&d->retry);
    irq_set(&d->irq_pin, false);
}

static const struct prop serial_props[] = {
    {.name = "chardev", .type = PROP_LINE, .offset = offsetof(struct serial, line)},
    {.name = "index",
     .type = PROP_U8,
     .offset = offsetof(struct serial, index),
     .def = "255",
     .help = "0 to 3 for COM1 to COM4; 255: the first free"},
    {.name = "iobase",
     .type = PROP_U16,
     .offset = offsetof(struct serial, iobase),
     .max = 0xfff8,
     .help = "first port; 0: that of the index"},
    {.name = "irq",
     .type = PROP_U8,
     .offset = offsetof(struct serial, irq),
     .max = 15,
     .help = "ISA interrupt; 0: that of the index"},
    {.name = NULL},
};

const struct device_class serial_class = {
    .name = "isa-serial",
    .desc = "16550A serial port",
    .bus = BUS_ISA,
    .user = true,
    .size = sizeof(struct serial),
    .state_offset = offsetof(struct serial, s),
    .state = &serial_layout,
    .props = serial_props,
    .realize = serial_realize,
    .reset = serial_reset,
    .settle = serial_settle,
    .unrealize = serial_unrealize,
};

struct serial *serial_new(struct board *b, unsigned index, struct line *line, GError **error)
{
    struct device *dev = device_new(&serial_class, NULL);
    struct serial *d = (struct serial *)dev;

    d->index = (uint8_t)(index < SERIAL_PORTS ? index : SERIAL_PORTS);
    d->line = line;
    return device_realize(dev, b, error) ? d : NULL;
}

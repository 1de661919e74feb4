/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 16550A UART. Datasheet: National Semiconductor PC16550D, sections 6 (pin and register
 * description), 8 (registers), 8.10 (FIFO interrupt mode), 8.6.3 (loopback).
 *
 * Modelled: all registers; both FIFOs, receive trigger levels, character timeout; interrupt
 * priorities; break reception; modem status deltas; loopback; OUT2 as the gate of the interrupt,
 * as PC boards wire it. Sending takes no time: a character goes to the line at once, and THRE
 * stays low only while the line is full.
 *
 * Not modelled: the baud rate as a pace (a divisor of 0 counts as 1 where a character time is
 * needed); parity and framing errors of the host; a break sent to the host; word lengths towards
 * the host (guests that print without setting LCR rely on eight bits), DMA mode signals.
 *
 * Threading: all callbacks come with the device's lock held. The line and the timers are leaves.
 */
#include "hw/char/uart.h"

#define DIVISOR_RESET 12u /* 9600 baud; the chip leaves it undefined */
#define CLOCK_HZ 1843200u
#define RETRY_NS (10 * NS_PER_MS)

_Static_assert(sizeof(struct serial_state) == 80, "no padding");
_Static_assert(MSR_CTS == LINE_CTS && MSR_DSR == LINE_DSR && MSR_RI == LINE_RI &&
                   MSR_DCD == LINE_DCD && MCR_DTR == LINE_DTR && MCR_RTS == LINE_RTS,
               "the line's signals are the chip's bits");

/* -- pure helpers -- */

static bool looped(const struct serial_state *s)
{
    return s->mcr & MCR_LOOP;
}

/* Bits of a character on the wire: start, data, parity, stop (1.5 counts as 2). */
static uint32_t frame_bits(const struct serial_state *s)
{
    return 1u + 5u + (s->lcr & 3u) + ((s->lcr & LCR_PEN) ? 1u : 0u) +
           ((s->lcr & LCR_STB) ? 2u : 1u);
}

static uint64_t character_ns(const struct serial_state *s)
{
    uint64_t ticks = (uint64_t)frame_bits(s) * 16 * (s->divisor ? s->divisor : 1u);

    return muldiv64(ticks, (uint32_t)NS_PER_SEC, CLOCK_HZ);
}

static uint32_t trigger_level(const struct serial_state *s)
{
    static const uint8_t level[4] = {1, 4, 8, 14};

    return uart_fifo_on(s) ? level[s->fcr >> 6 & 3] : 1;
}

/* The interrupt of highest priority: table II of the datasheet. */
static uint8_t interrupt_id(const struct serial_state *s)
{
    if ((s->ier & IER_ELSI) && s->errors) {
        return IIR_LINE;
    }
    if ((s->ier & IER_ERBFI) && s->timeout_int) {
        return IIR_TIMEOUT;
    }
    if ((s->ier & IER_ERBFI) && fifo_len(&s->rx) >= trigger_level(s)) {
        return IIR_DATA;
    }
    if ((s->ier & IER_ETBEI) && s->thre_int) {
        return IIR_THRE;
    }
    if ((s->ier & IER_EDSSI) && (s->msr & MSR_DELTAS)) {
        return IIR_MODEM;
    }
    return IIR_NONE;
}

static uint8_t line_status(const struct serial_state *s)
{
    uint8_t lsr = s->errors;

    if (!fifo_empty(&s->rx)) {
        lsr |= LSR_DR;
    }
    if (fifo_empty(&s->tx)) {
        lsr |= LSR_THRE | LSR_TEMT;
    }
    if (uart_fifo_on(s) && s->breaks) {
        lsr |= LSR_FIFO_ERROR;
    }
    return lsr;
}

/* -- outputs -- */

static void serial_update(struct serial *d)
{
    struct serial_state *s = &d->s;

    if (d->timeout.deadline != s->timeout_at) {
        timer_arm(&d->timeout, s->timeout_at);
    }
    if (d->retry.deadline != s->retry_at) {
        timer_arm(&d->retry, s->retry_at);
    }
    irq_set(&d->irq_pin, (s->mcr & MCR_OUT2) && interrupt_id(s) != IIR_NONE);
}

static void tell_params(struct serial *d)
{
    static const char parity[8] = {'N', 'O', 'N', 'E', 'N', 'M', 'N', 'S'};
    const struct serial_state *s = &d->s;
    struct line_params p = {
        .baud = CLOCK_HZ / 16 / (s->divisor ? s->divisor : 1u),
        .data_bits = (uint8_t)(5 + (s->lcr & 3)),
        .stop_bits = (s->lcr & LCR_STB) ? 2 : 1,
        .parity = parity[s->lcr >> 3 & 7],
    };

    if (d->line) {
        line_set_params(d->line, &p);
    }
}

static void tell_modem(struct serial *d)
{
    if (d->line) { /* looped back, the outputs are inactive */
        line_set_modem(d->line, looped(&d->s) ? 0 : d->s.mcr & (MCR_DTR | MCR_RTS));
    }
}

static void offer_room(struct serial *d)
{
    if (d->line) {
        line_ready(d->line);
    }
}

/* -- modem status -- */

static uint8_t modem_levels(const struct serial *d)
{
    const struct serial_state *s = &d->s;
    uint8_t in = 0;

    if (!looped(s)) {
        return d->line ? line_modem(d->line) & MSR_LEVELS : MSR_CTS | MSR_DSR | MSR_DCD;
    }
    in |= (s->mcr & MCR_RTS) ? MSR_CTS : 0;
    in |= (s->mcr & MCR_DTR) ? MSR_DSR : 0;
    in |= (s->mcr & MCR_OUT1) ? MSR_RI : 0;
    in |= (s->mcr & MCR_OUT2) ? MSR_DCD : 0;
    return in;
}

static void sample_modem(struct serial *d)
{
    struct serial_state *s = &d->s;
    uint8_t now = modem_levels(d);
    uint8_t changed = (uint8_t)((s->msr ^ now) & MSR_LEVELS);
    uint8_t deltas = (uint8_t)(changed >> 4);

    if (now & MSR_RI) { /* only the trailing edge of RI counts */
        deltas &= (uint8_t)~MSR_TERI;
    }
    s->msr = (uint8_t)(now | deltas | (s->msr & MSR_DELTAS));
}

/* -- receiver -- */

static void restart_timeout(struct serial *d)
{
    struct serial_state *s = &d->s;

    s->timeout_int = 0;
    s->timeout_at = TIMER_NEVER;
    if (uart_fifo_on(s) && !fifo_empty(&s->rx)) {
        s->timeout_at = clock_now(d->timeout.clock) + 4 * character_ns(s);
    }
}

/* The oldest character shows its own errors. */
static void reveal(struct serial_state *s)
{
    if (!fifo_empty(&s->rx) && (s->breaks & 1)) {
        s->errors |= LSR_BI | LSR_FE;
    }
}

static void pop_rx(struct serial_state *s)
{
    s->rbr = fifo_pop(&s->rx);
    s->breaks >>= 1;
}

static void receive_char(struct serial *d, uint8_t byte, bool is_break)
{
    struct serial_state *s = &d->s;
    bool first;

    if (fifo_len(&s->rx) >= uart_depth(s)) {
        s->errors |= LSR_OE;
        if (uart_fifo_on(s)) {
            return; /* the FIFO is kept, the character in the shift register lost */
        }
        pop_rx(s);
    }
    first = fifo_empty(&s->rx);
    if (is_break) {
        s->breaks |= (uint16_t)(1u << (fifo_len(&s->rx) & 15));
    }
    fifo_push(&s->rx, byte);
    if (first) {
        reveal(s);
    }
    restart_timeout(d);
}

static void clear_rx(struct serial *d)
{
    fifo_clear(&d->s.rx);
    d->s.breaks = 0;
    restart_timeout(d);
    offer_room(d);
}

static uint8_t read_rbr(struct serial *d)
{
    struct serial_state *s = &d->s;

    if (fifo_empty(&s->rx)) {
        return s->rbr;
    }
    pop_rx(s);
    reveal(s);
    restart_timeout(d);
    if (fifo_empty(&s->rx)) {
        offer_room(d);
    }
    return s->rbr;
}

/* -- transmitter -- */

static void clear_tx(struct serial_state *s)
{
    fifo_clear(&s->tx);
    s->retry_at = TIMER_NEVER;
    s->thre_int = 1;
}

/* Move on what the host would not take before. */
static void drain_tx(struct serial *d)
{
    struct serial_state *s = &d->s;

    if (fifo_empty(&s->tx)) {
        return;
    }
    while (!fifo_empty(&s->tx)) {
        uint8_t byte = fifo_peek(&s->tx);

        if (d->line && line_write(d->line, &byte, 1) == 0) {
            s->retry_at = clock_now(d->retry.clock) + RETRY_NS;
            return;
        }
        fifo_pop(&s->tx);
    }
    clear_tx(s);
}

static void hold_tx(struct serial *d, uint8_t byte)
{
    struct serial_state *s = &d->s;

    if (fifo_len(&s->tx) >= uart_depth(s)) {
        if (uart_fifo_on(s)) {
            return; /* written without looking at THRE: lost */
        }
        fifo_pop(&s->tx);
    }
    if (fifo_empty(&s->tx)) {
        s->retry_at = clock_now(d->retry.clock) + RETRY_NS;
    }
    fifo_push(&s->tx, byte);
}

static void write_thr(struct serial *d, uint8_t byte)
{
    struct serial_state *s = &d->s;

    s->thre_int = 0;
    serial_update(d); /* an edge for interrupt handlers that do not read IIR */
    if (looped(s)) {
        receive_char(d, byte & (uint8_t)(0xff >> (3 - (s->lcr & 3))), false);
    } else if (!fifo_empty(&s->tx) || (d->line && line_write(d->line, &byte, 1) == 0)) {
        hold_tx(d, byte);
    }
    s->thre_int = fifo_empty(&s->tx);
}

/* -- register writes -- */

static void write_ier(struct serial_state *s, uint8_t value)
{
    value &= 0x0f;
    if ((value & ~s->ier & IER_ETBEI) && fifo_empty(&s->tx)) {
        s->thre_int = 1; /* enabling it with THRE set interrupts at once */
    }
    s->ier = value;
}

static void write_fcr(struct serial *d, uint8_t value)
{
    struct serial_state *s = &d->s;

    if (!(value & FCR_ENABLE)) {
        value = 0; /* the other bits are not programmed without it */
    }
    if ((value ^ s->fcr) & FCR_ENABLE) {
        value |= FCR_CLEAR_RX | FCR_CLEAR_TX;
    }
    s->fcr = value & FCR_STORED;
    if (value & FCR_CLEAR_RX) {
        clear_rx(d);
    }
    if ((value & FCR_CLEAR_TX) && !fifo_empty(&s->tx)) {
        clear_tx(s);
    }
}

static void write_lcr(struct serial *d, uint8_t value)
{
    struct serial_state *s = &d->s;
    uint8_t changed = s->lcr ^ value;

    s->lcr = value;
    if ((changed & value & LCR_BREAK) && looped(s)) {
        receive_char(d, 0, true);
    }
    if (changed & 0x3f) {
        tell_params(d);
    }
}

static void write_mcr(struct serial *d, uint8_t value)
{
    struct serial_state *s = &d->s;
    uint8_t changed = s->mcr ^ (value & MCR_STORED);

    s->mcr = value & MCR_STORED;
    sample_modem(d);
    if (changed & (MCR_DTR | MCR_RTS | MCR_LOOP)) {
        tell_modem(d);
    }
    if (changed & MCR_LOOP) {
        offer_room(d);
    }
}

static void write_divisor(struct serial *d, unsigned shift, uint8_t value)
{
    struct serial_state *s = &d->s;

    s->divisor = (uint16_t)((s->divisor & ~(0xffu << shift)) | (unsigned)value << shift);
    tell_params(d);
}

/* -- the bus -- */

static uint8_t read_iir(struct serial_state *s)
{
    uint8_t id = interrupt_id(s);

    if (id == IIR_THRE) {
        s->thre_int = 0;
    }
    return (uint8_t)(id | (uart_fifo_on(s) ? IIR_FIFO : 0));
}

static uint8_t read_lsr(struct serial_state *s)
{
    uint8_t lsr = line_status(s);

    s->errors = 0;
    s->breaks &= 0xfffe; /* the oldest has been seen */
    return lsr;
}

static uint8_t read_msr(struct serial *d)
{
    uint8_t msr;

    sample_modem(d);
    msr = d->s.msr;
    d->s.msr &= MSR_LEVELS;
    return msr;
}

static uint64_t serial_read(void *opaque, uint64_t offset, unsigned width)
{
    struct serial *d = opaque;
    struct serial_state *s = &d->s;
    bool dlab = s->lcr & LCR_DLAB;
    uint8_t value = 0xff;

    (void)width;
    switch (offset) {
    case REG_DATA:
        value = dlab ? (uint8_t)s->divisor : read_rbr(d);
        break;
    case REG_IER:
        value = dlab ? (uint8_t)(s->divisor >> 8) : s->ier;
        break;
    case REG_IIR:
        value = read_iir(s);
        break;
    case REG_LCR:
        value = s->lcr;
        break;
    case REG_MCR:
        value = s->mcr;
        break;
    case REG_LSR:
        value = read_lsr(s);
        break;
    case REG_MSR:
        value = read_msr(d);
        break;
    case REG_SCR:
        value = s->scr;
        break;
    }
    serial_update(d);
    return value;
}

static void serial_write(void *opaque, uint64_t offset, unsigned width, uint64_t data)
{
    struct serial *d = opaque;
    struct serial_state *s = &d->s;
    bool dlab = s->lcr & LCR_DLAB;
    uint8_t value = (uint8_t)data;

    (void)width;
    switch (offset) {
    case REG_DATA:
        if (dlab) {
            write_divisor(d, 0, value);
        } else {
            write_thr(d, value);
        }
        break;
    case REG_IER:
        if (dlab) {
            write_divisor(d, 8, value);
        } else {
            write_ier(s, value);
        }
        break;
    case REG_IIR:
        write_fcr(d, value);
        break;
    case REG_LCR:
        write_lcr(d, value);
        break;
    case REG_MCR:
        write_mcr(d, value);
        break;
    case REG_SCR:
        s->scr = value;
        break;
    default: /* LSR and MSR: factory test only */
        break;
    }
    serial_update(d);
}

/* REP OUTSB to THR: one piece for the line, as if THRE had been looked at before each. */
static uint32_t serial_write_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                   const void *buf)
{
    struct serial *d = opaque;
    struct serial_state *s = &d->s;
    const uint8_t *bytes = buf;
    uint32_t n = count;

    if (offset != REG_DATA || width != 1 || (s->lcr & LCR_DLAB) || looped(s) ||
        !fifo_empty(&s->tx)) {
        return 0;
    }
    s->thre_int = 0;
    serial_update(d);
    if (d->line) {
        n = line_write(d->line, bytes, count);
    }
    for (uint32_t i = n; i < count && i < n + SERIAL_FIFO; i++) {
        hold_tx(d, bytes[i]);
    }
    s->thre_int = fifo_empty(&s->tx);
    serial_update(d);
    return count;
}

/* -- the line and the timers -- */

static uint32_t line_room_cb(void *opaque)
{
    const struct serial_state *s = &((struct serial *)opaque)->s;
    uint32_t max = uart_depth(s), len = fifo_len(&s->rx);

    return looped(s) || len >= max ? 0 : max - len; /* looped back, SIN is cut off */
}

static void line_receive_cb(void *opaque, const uint8_t *buf, uint32_t len)
{
    struct serial *d = opaque;

    for (uint32_t i = 0; i < len; i++) {
        receive_char(d, buf[i], false);
    }
    serial_update(d);
}

static void line_event_cb(void *opaque, enum line_event event)
{
    struct serial *d = opaque;

    if (event == LINE_BREAK && !looped(&d->s)) {
        receive_char(d, 0, true);
    }
    sample_modem(d);
    serial_update(d);
}

static void line_drained_cb(void *opaque)
{
    struct serial *d = opaque;

    drain_tx(d);
    serial_update(d);
}

const struct line_guest_ops uart_line_ops = {
    .room = line_room_cb,
    .receive = line_receive_cb,
    .event = line_event_cb,
    .drained = line_drained_cb,
};

void uart_timeout(void *opaque)
{
    struct serial *d = opaque;

    d->s.timeout_at = TIMER_NEVER;
    d->s.timeout_int = uart_fifo_on(&d->s) && !fifo_empty(&d->s.rx);
    serial_update(d);
}

void uart_retry(void *opaque)
{
    line_drained_cb(opaque);
}

void uart_reset(struct serial *d)
{
    d->s = (struct serial_state){
        .timeout_at = TIMER_NEVER,
        .retry_at = TIMER_NEVER,
        .divisor = DIVISOR_RESET,
    };
    d->s.msr = modem_levels(d);
}

void uart_settle(struct serial *d)
{
    serial_update(d);
    tell_params(d);
    tell_modem(d);
    offer_room(d);
}

const struct region_ops uart_ops = {
    .read = serial_read,
    .write = serial_write,
    .write_block = serial_write_block,
    .valid = 1,
};

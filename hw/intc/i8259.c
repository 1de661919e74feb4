/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 8259A programmable interrupt controller, twice, as in the 82371SB (PIIX3).
 *
 * Datasheets: Intel 8259A (231468-003), "Initialization command words", "Operation command words",
 * "Interrupt sequence"; 82371FB/SB (290550-002) section 2.5.5, "ELCR1, ELCR2".
 *
 * Modelled: initialisation sequence; fixed, rotating and specific priority; non-specific, specific
 * and automatic EOI; special mask; poll; special fully nested mode; reading of IRR, ISR and IMR;
 * the cascade on IR2 with its pulse on every INTA; spurious IRQ 7 and 15; edge or level by ELCR.
 *
 * Differs from the discrete chip: LTIM of ICW1 is ignored, the PIIX3 replaces it with ELCR. An edge
 * stays latched when its line falls before the INTA cycle. The datasheet makes that a spurious
 * IRQ 7; with a CPU that may be off for milliseconds it would lose timer ticks, and the in-kernel
 * controllers latch as well.
 *
 * Not modelled: the 8080 modes (CALL opcode, ADI), buffered mode, a cascade other than on IR2.
 *
 * Threading: own lock, rank LOCK_INTC; lines arrive with their drivers' locks held.
 */
#include "hw/intc/i8259.h"

#include "hw/pc/board.h"

#define PIC1_BASE 0x20
#define PIC2_BASE 0xa0
#define ELCR_BASE 0x4d0

#define MASTER 0
#define SLAVE 1
#define CASCADE 2

#define ICW1_IC4 0x01
#define ICW1_SNGL 0x02
#define ICW1_INIT 0x10 /* bit 4 of a write at A0=0 */
#define ICW2_VECTOR 0xf8
#define ICW4_AEOI 0x02
#define ICW4_SFNM 0x10

#define OCW_SELECT_3 0x08 /* A0=0, bit 4 clear: OCW3, else OCW2 */
#define OCW2_LEVEL 0x07
#define OCW3_RIS 0x01
#define OCW3_RR 0x02
#define OCW3_POLL 0x04
#define OCW3_SMM 0x20
#define OCW3_ESMM 0x40

#define POLL_REQUEST 0x80

/* IRQ 0, 1, 2, 8 and 13 are always edge triggered. */
static const uint8_t elcr_writable[2] = {0xf8, 0xde};

_Static_assert(sizeof(struct i8259_state) == 32, "no padding");

/* -- pure helpers -- */

static uint8_t bit(unsigned n)
{
    return (uint8_t)(1u << (n & 7));
}

static uint8_t requests(const struct i8259_chip *c)
{
    return (uint8_t)(c->latch | (c->lines & c->elcr));
}

/* The input with the highest priority in `set`, -1 if none. */
static int first(const struct i8259_chip *c, uint8_t set)
{
    for (unsigned i = 1; i <= 8; i++) {
        unsigned n = (c->lowest + i) & 7;

        if (set & bit(n)) {
            return (int)n;
        }
    }
    return -1;
}

/*
 * The input that would interrupt now, -1 if none: a request is held off by an equal or higher one
 * in service. Special mask mode forgets services whose mask bit is set; special fully nested mode
 * lets the slave interrupt its own service in the master.
 */
static int pending(const struct i8259_chip *c)
{
    uint8_t serving = c->smm ? (uint8_t)(c->isr & ~c->imr) : c->isr;
    int request = first(c, (uint8_t)(requests(c) & ~c->imr));
    int service = first(c, serving);

    if (request < 0 || service < 0) {
        return request;
    }
    if (request == service) {
        return c->sfnm && request == CASCADE ? request : -1;
    }
    return first(c, (uint8_t)(bit((unsigned)request) | bit((unsigned)service))) == request ? request
                                                                                           : -1;
}

/* -- inputs and outputs -- */

static void set_line(struct i8259_chip *c, unsigned n, bool level)
{
    uint8_t was = c->lines & bit(n);

    if (!level) {
        c->lines &= (uint8_t)~bit(n);
        return;
    }
    c->lines |= bit(n);
    if (!was && !(c->elcr & bit(n))) {
        c->latch |= bit(n);
    }
}

/* From the state to the pins: slave INT to master IR2, master INT to the CPU. */
static void update(struct i8259 *pic)
{
    struct i8259_chip *c = pic->s.chip;
    bool level;

    set_line(&c[MASTER], CASCADE, pending(&c[SLAVE]) >= 0);
    level = pending(&c[MASTER]) >= 0;
    if (level != pic->int_level) {
        pic->int_level = level;
        pic->intr(pic->intr_opaque, 0, level);
    }
}

void i8259_set_irq(void *opaque, unsigned n, bool level)
{
    struct i8259 *pic = opaque;

    if (n > 15 || n == CASCADE) {
        return;
    }
    device_enter(&pic->dev);
    set_line(&pic->s.chip[n >> 3], n & 7, level);
    update(pic);
    device_leave(&pic->dev);
}

/* Input n moves from requested to in service; in automatic EOI mode straight out again. */
static void serve(struct i8259_chip *c, unsigned n)
{
    c->latch &= (uint8_t)~bit(n);
    if (!c->auto_eoi) {
        c->isr |= bit(n);
    } else if (c->rotate_aeoi) {
        c->lowest = (uint8_t)n;
    }
}

/* INT of the slave falls on every INTA; if it has more to say, IR2 sees a new edge. */
static void serve_slave(struct i8259 *pic, unsigned n)
{
    serve(&pic->s.chip[SLAVE], n);
    set_line(&pic->s.chip[MASTER], CASCADE, false);
}

uint8_t i8259_ack(struct i8259 *pic)
{
    struct i8259_chip *c = pic->s.chip;
    uint8_t vector;
    int n;

    device_enter(&pic->dev);
    n = pending(&c[MASTER]);
    if (n < 0) {
        vector = c[MASTER].vector | 7; /* spurious: nothing enters service */
    } else {
        serve(&c[MASTER], (unsigned)n);
        vector = (uint8_t)(c[MASTER].vector | n);
        if (n == CASCADE) {
            n = pending(&c[SLAVE]);
            vector = (uint8_t)(c[SLAVE].vector | (n < 0 ? 7 : n));
            if (n >= 0) {
                serve_slave(pic, (unsigned)n);
            }
        }
    }
    update(pic);
    device_leave(&pic->dev);
    return vector;
}

/* -- registers -- */

static void write_icw1(struct i8259_chip *c, uint8_t v)
{
    c->latch = 0; /* the edge sense circuit wants a new transition */
    c->imr = 0;
    c->isr = 0;
    c->lowest = 7;
    c->smm = 0;
    c->poll = 0;
    c->read_isr = 0;
    c->rotate_aeoi = 0;
    c->auto_eoi = 0;
    c->sfnm = 0;
    c->single = (v & ICW1_SNGL) != 0;
    c->want_icw4 = (v & ICW1_IC4) != 0;
    c->expect = 2;
}

static void write_icw(struct i8259_chip *c, uint8_t v)
{
    switch (c->expect) {
    case 2:
        c->vector = v & ICW2_VECTOR;
        c->expect = !c->single ? 3 : c->want_icw4 ? 4 : 0;
        break;
    case 3: /* who is cascaded where is soldered */
        c->expect = c->want_icw4 ? 4 : 0;
        break;
    default:
        c->auto_eoi = (v & ICW4_AEOI) != 0;
        c->sfnm = (v & ICW4_SFNM) != 0;
        c->expect = 0;
        break;
    }
}

static void end_of_interrupt(struct i8259_chip *c, int n, bool rotate)
{
    if (n < 0) {
        return;
    }
    c->isr &= (uint8_t)~bit((unsigned)n);
    if (rotate) {
        c->lowest = (uint8_t)n;
    }
}

/* What a non-specific EOI ends: in special mask mode never a masked level. */
static int served(const struct i8259_chip *c)
{
    return first(c, c->smm ? (uint8_t)(c->isr & ~c->imr) : c->isr);
}

static void write_ocw2(struct i8259_chip *c, uint8_t v)
{
    uint8_t level = v & OCW2_LEVEL;

    switch (v >> 5) {
    case 0: /* rotate in automatic EOI mode: clear */
    case 4: /* set */
        c->rotate_aeoi = v >> 7;
        break;
    case 1: /* non-specific EOI */
    case 5: /* and rotate */
        end_of_interrupt(c, served(c), v >> 7);
        break;
    case 3: /* specific EOI */
    case 7: /* and rotate */
        end_of_interrupt(c, level, v >> 7);
        break;
    case 6: /* set priority */
        c->lowest = level;
        break;
    default: /* no operation */
        break;
    }
}

static void write_ocw3(struct i8259_chip *c, uint8_t v)
{
    if (v & OCW3_POLL) {
        c->poll = 1;
    }
    if (v & OCW3_RR) {
        c->read_isr = v & OCW3_RIS;
    }
    if (v & OCW3_ESMM) {
        c->smm = (v & OCW3_SMM) != 0;
    }
}

static void pic_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    const struct i8259_port *p = opaque;
    struct i8259_chip *c = &p->pic->s.chip[p->chip];
    uint8_t v = (uint8_t)value;

    (void)width;
    if (offset & 1) {
        if (c->expect) {
            write_icw(c, v);
        } else {
            c->imr = v;
        }
    } else if (v & ICW1_INIT) {
        write_icw1(c, v);
    } else if (v & OCW_SELECT_3) {
        write_ocw3(c, v);
    } else {
        write_ocw2(c, v);
    }
    update(p->pic);
}

/* A poll is an INTA cycle of this controller alone: software asks the slave itself. */
static uint8_t read_poll(const struct i8259_port *p)
{
    struct i8259_chip *c = &p->pic->s.chip[p->chip];
    int n = pending(c);

    c->poll = 0;
    if (n < 0) {
        return 0;
    }
    if (p->chip == SLAVE) {
        serve_slave(p->pic, (unsigned)n);
    } else {
        serve(c, (unsigned)n);
    }
    update(p->pic);
    return (uint8_t)(POLL_REQUEST | n);
}

static uint64_t pic_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct i8259_port *p = opaque;
    const struct i8259_chip *c = &p->pic->s.chip[p->chip];

    (void)width;
    if (c->poll) {
        return read_poll(p);
    }
    if (offset & 1) {
        return c->imr;
    }
    return c->read_isr ? c->isr : requests(c);
}

static uint64_t elcr_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct i8259 *pic = opaque;

    (void)width;
    return pic->s.chip[offset & 1].elcr;
}

static void elcr_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct i8259 *pic = opaque;
    struct i8259_chip *c = &pic->s.chip[offset & 1];

    (void)width;
    c->elcr = (uint8_t)value & elcr_writable[offset & 1];
    c->latch &= (uint8_t)~c->elcr;
    update(pic);
}

/* -- state -- */

/* The levels of the inputs belong to their drivers and outlive a reset. */
static void i8259_reset(struct device *d)
{
    struct i8259 *pic = (struct i8259 *)d;

    for (unsigned i = 0; i < 2; i++) {
        struct i8259_chip *c = &pic->s.chip[i];

        *c = (struct i8259_chip){.lines = c->lines, .lowest = 7};
    }
    set_line(&pic->s.chip[MASTER], CASCADE, false);
}

static void i8259_settle(struct device *d)
{
    update((struct i8259 *)d);
}

static const char *check_chip(const struct i8259_chip *c, unsigned i)
{
    const uint8_t flags = c->single | c->want_icw4 | c->auto_eoi | c->sfnm | c->rotate_aeoi |
                          c->smm | c->poll | c->read_isr;

    if (c->elcr & ~elcr_writable[i]) {
        return "elcr";
    }
    if (c->latch & c->elcr) {
        return "latch";
    }
    if (c->vector & ~ICW2_VECTOR) {
        return "vector";
    }
    if (c->lowest > 7) {
        return "lowest";
    }
    if (c->expect == 1 || c->expect > 4) {
        return "expect";
    }
    return flags > 1 ? "flags" : NULL;
}

static const char *i8259_check(const void *state)
{
    const struct i8259_state *s = state;
    const char *wrong = NULL;

    for (unsigned i = 0; i < 2 && !wrong; i++) {
        wrong = check_chip(&s->chip[i], i);
    }
    if (!wrong && !(s->chip[MASTER].lines & bit(CASCADE)) != (pending(&s->chip[SLAVE]) < 0)) {
        wrong = "lines";
    }
    return wrong;
}

static const struct state_field chip_fields[] = {
    STATE_FIELD(struct i8259_chip, latch),
    STATE_FIELD(struct i8259_chip, lines),
    STATE_FIELD(struct i8259_chip, isr),
    STATE_FIELD(struct i8259_chip, imr),
    STATE_FIELD(struct i8259_chip, elcr),
    STATE_FIELD(struct i8259_chip, vector),
    STATE_FIELD(struct i8259_chip, lowest),
    STATE_FIELD(struct i8259_chip, expect),
    STATE_FIELD(struct i8259_chip, single),
    STATE_FIELD(struct i8259_chip, want_icw4),
    STATE_FIELD(struct i8259_chip, auto_eoi),
    STATE_FIELD(struct i8259_chip, sfnm),
    STATE_FIELD(struct i8259_chip, rotate_aeoi),
    STATE_FIELD(struct i8259_chip, smm),
    STATE_FIELD(struct i8259_chip, poll),
    STATE_FIELD(struct i8259_chip, read_isr),
    STATE_END,
};

static const struct state_layout chip_layout = {
    .name = "i8259 chip",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i8259_chip),
    .fields = chip_fields,
};

static const struct state_field i8259_fields[] = {
    STATE_STRUCTS(struct i8259_state, chip, &chip_layout),
    STATE_END,
};

static const struct state_layout i8259_layout = {
    .name = "i8259",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i8259_state),
    .fields = i8259_fields,
    .check = i8259_check,
};

/* -- life -- */

static const struct region_ops pic_ops = {.read = pic_read, .write = pic_write};
static const struct region_ops elcr_ops = {.read = elcr_read, .write = elcr_write};

static void i8259_unrealize(struct device *d)
{
    struct i8259 *pic = (struct i8259 *)d;

    for (unsigned i = 0; i < I8259_REGIONS; i++) {
        if (region_mapped(&pic->region[i])) {
            space_unmap(&pic->region[i]);
        }
    }
}

static bool i8259_realize(struct device *d, struct board *b, GError **error)
{
    static const uint16_t base[I8259_REGIONS] = {PIC1_BASE, PIC2_BASE, ELCR_BASE};
    static const char *const name[I8259_REGIONS] = {"pic1", "pic2", "elcr"};
    struct i8259 *pic = (struct i8259 *)d;

    d->own_lock.rank = LOCK_INTC;
    i8259_reset(d);
    for (unsigned i = 0; i < I8259_REGIONS; i++) {
        struct region *r = &pic->region[i];

        *r = (struct region){.name = name[i],
                             .dev = d,
                             .opaque = i < 2 ? (void *)&pic->port[i] : pic,
                             .ops = i < 2 ? &pic_ops : &elcr_ops,
                             .size = 2,
                             .prio = PRIO_FIXED};
        if (i < 2) {
            pic->port[i] = (struct i8259_port){.pic = pic, .chip = i};
        }
        if (!space_map(b->ports, r, base[i], error)) {
            i8259_unrealize(d);
            return false;
        }
        d->regions = g_slist_append(d->regions, r);
    }
    return true;
}

const struct device_class i8259_class = {
    .name = "i8259",
    .desc = "8259A interrupt controllers",
    .bus = BUS_BOARD,
    .size = sizeof(struct i8259),
    .state_offset = offsetof(struct i8259, s),
    .state = &i8259_layout,
    .realize = i8259_realize,
    .reset = i8259_reset,
    .settle = i8259_settle,
    .unrealize = i8259_unrealize,
};

struct i8259 *i8259_new(struct board *b, irq_fn *intr, void *intr_opaque, GError **error)
{
    struct i8259 *pic = (struct i8259 *)device_new(&i8259_class, NULL);

    pic->intr = intr;
    pic->intr_opaque = intr_opaque;
    return device_realize(&pic->dev, b, error) ? pic : NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two Intel 8237A DMA controllers as cascaded in a PC/AT, and the page registers beside them. (The
 * file has the name under which PC board models know the chip.)
 *
 * Datasheets: Intel 8237A (231466-005), "Register description", "Transfer types"; 82371SB
 * (290550-002) section 2.5.1, "DMA registers".
 *
 * Modelled: base and current address and count with the flip-flop; mode (verify, write, read,
 * increment, decrement, autoinitialise, cascade); command (controller disable); single, all and
 * clear mask; software request; status with terminal count and requests; master clear; byte
 * channels wrapping in 64 KiB and word channels in 128 KiB; all 16 page registers, used or scratch.
 * A device moves blocks through its channel at once; where single, demand and block mode would
 * differ only in bus timing, they are the same here.
 *
 * Not modelled: memory to memory, rotating priority, compressed timing, DREQ and DACK sense, the
 * temporary register (reads 0); channels 0 to 3 do not stop when channel 4, their way to the bus,
 * is masked. No high page registers at 480h: the PIIX3 has 24 address lines for ISA DMA.
 *
 * Threading: lock domain b->isa_dma_lock, shared with the devices on the channels.
 */
#include "hw/dma/i8257.h"

#include "core/ram.h"
#include "hw/pc/board.h"

#include <string.h>

#define DMA1_BASE 0x00
#define DMA2_BASE 0xc0
#define PAGE_BASE 0x80

#define REG_STATUS_COMMAND 0x08
#define REG_REQUEST 0x09
#define REG_SINGLE_MASK 0x0a
#define REG_MODE 0x0b
#define REG_CLEAR_FLIP_FLOP 0x0c
#define REG_MASTER_CLEAR 0x0d
#define REG_CLEAR_MASK 0x0e
#define REG_ALL_MASK 0x0f

#define COMMAND_DISABLE 0x04

#define MODE_CHANNEL 0x03
#define MODE_TRANSFER(m) ((m) >> 2 & 3)
#define MODE_AUTOINIT 0x10
#define MODE_DECREMENT 0x20
#define MODE_SELECT 0xc0
#define MODE_CASCADE 0xc0

#define BIT_SET 0x04 /* single mask and request: set, not clear */
#define ALL_CHANNELS 0x0f

/* Which of the registers at 80h to 8Fh carries A16 to A23 of a channel. */
static const uint8_t page_of[I8257_CHANNELS] = {0x7, 0x3, 0x1, 0x2, 0xf, 0xb, 0x9, 0xa};

_Static_assert(sizeof(struct i8257_channel) == 10, "no padding");
_Static_assert(sizeof(struct i8257_controller) == 46, "no padding");
_Static_assert(sizeof(struct i8257_state) == 108, "no padding");

/* -- pure helpers -- */

static uint8_t bit(unsigned ch)
{
    return (uint8_t)(1u << (ch & 3));
}

static struct i8257_channel *channel(struct i8257 *d, unsigned ch)
{
    return &d->s.dma[ch >> 2 & 1].channel[ch & 3];
}

/* Bytes of a cycle: 1 on channels 0 to 3, 2 on 5 to 7. */
static unsigned cycle_bytes(unsigned ch)
{
    return ch < 4 ? 1 : 2;
}

static bool ready(const struct i8257 *d, unsigned ch)
{
    const struct i8257_controller *c = &d->s.dma[ch >> 2 & 1];
    uint8_t granted = (c->dreq & (uint8_t)~c->mask) | c->request;

    return (granted & bit(ch)) && !(c->command & COMMAND_DISABLE) &&
           (c->channel[ch & 3].mode & MODE_SELECT) != MODE_CASCADE;
}

bool i8257_ready(const struct i8257 *d, unsigned ch)
{
    return ch < I8257_CHANNELS && ready(d, ch);
}

enum i8257_transfer i8257_transfer(const struct i8257 *d, unsigned ch)
{
    return MODE_TRANSFER(d->s.dma[ch >> 2 & 1].channel[ch & 3].mode);
}

bool i8257_autoinit(const struct i8257 *d, unsigned ch)
{
    return d->s.dma[ch >> 2 & 1].channel[ch & 3].mode & MODE_AUTOINIT;
}

uint32_t i8257_left(const struct i8257 *d, unsigned ch)
{
    return ((uint32_t)d->s.dma[ch >> 2 & 1].channel[ch & 3].count + 1) * cycle_bytes(ch);
}

/* -- the devices' side -- */

void i8257_register(struct i8257 *d, unsigned ch, void *opaque, void (*run)(void *opaque))
{
    if (ch < I8257_CHANNELS) {
        d->client[ch].opaque = opaque;
        d->client[ch].run = run;
    }
}

void i8257_unregister(struct i8257 *d, unsigned ch)
{
    i8257_register(d, ch, NULL, NULL);
    i8257_dreq(d, ch, false);
}

void i8257_dreq(struct i8257 *d, unsigned ch, bool level)
{
    struct i8257_controller *c = &d->s.dma[ch >> 2 & 1];

    if (ch < I8257_CHANNELS) {
        c->dreq = level ? c->dreq | bit(ch) : c->dreq & (uint8_t)~bit(ch);
    }
}

/* Guest-physical address of the current byte or word. */
static uint64_t current_address(struct i8257 *d, unsigned ch)
{
    uint64_t page = d->s.page[page_of[ch]];
    uint64_t at = channel(d, ch)->address;

    return ch < 4 ? page << 16 | at : (page & 0xfe) << 16 | at << 1;
}

/* A run of cycles that neither wraps nor passes terminal count, in bytes. */
static uint32_t run_length(struct i8257 *d, unsigned ch, uint32_t len)
{
    const struct i8257_channel *c = channel(d, ch);
    uint32_t to_wrap =
        c->mode & MODE_DECREMENT ? (uint32_t)c->address + 1 : UINT32_C(0x10000) - c->address;
    uint32_t cycles = len / cycle_bytes(ch);

    cycles = MIN(cycles, to_wrap);
    cycles = MIN(cycles, (uint32_t)c->count + 1);
    return cycles * cycle_bytes(ch);
}

/* Address and count after a run. True at terminal count. */
static bool move_on(struct i8257 *d, unsigned ch, uint32_t bytes)
{
    struct i8257_controller *ctl = &d->s.dma[ch >> 2 & 1];
    struct i8257_channel *c = channel(d, ch);
    uint32_t cycles = bytes / cycle_bytes(ch);
    bool tc = cycles > c->count;

    c->address = (uint16_t)(c->mode & MODE_DECREMENT ? c->address - cycles : c->address + cycles);
    c->count = (uint16_t)(c->count - cycles);
    if (!tc) {
        return false;
    }
    ctl->tc |= bit(ch);
    ctl->request &= (uint8_t)~bit(ch);
    if (c->mode & MODE_AUTOINIT) {
        c->address = c->base_address;
        c->count = c->base_count;
    } else {
        ctl->mask |= bit(ch);
    }
    return true;
}

/* Downwards the device's first byte (word) has the highest address. */
static void reverse(uint8_t *to, const uint8_t *from, uint32_t len, unsigned unit)
{
    for (uint32_t i = 0; i < len; i += unit) {
        memcpy(to + i, from + (len - unit - i), unit);
    }
}

/* One run between memory and the device's bytes; exactly one of `in` and `out` is set. */
static void move_run(struct i8257 *d, unsigned ch, const uint8_t *in, uint8_t *out, uint32_t len)
{
    uint64_t addr = current_address(d, ch);
    unsigned unit = cycle_bytes(ch);
    bool down = channel(d, ch)->mode & MODE_DECREMENT;
    uint8_t chunk[256];

    for (uint32_t done = 0, n; done < len; done += n) {
        uint64_t at = addr + done;

        n = down ? MIN(len - done, (uint32_t)sizeof(chunk)) : len - done;
        if (down) {
            at = addr + unit - done - n;
        }
        if (in && down) {
            reverse(chunk, in + done, n, unit);
            ram_write(d->mem, at, chunk, n);
        } else if (in) {
            ram_write(d->mem, at, in + done, n);
        } else if (down) {
            ram_read(d->mem, at, chunk, n);
            reverse(out + done, chunk, n, unit);
        } else {
            ram_read(d->mem, at, out + done, n);
        }
    }
}

/* At most two runs to terminal count: the address wraps once in 64 Ki cycles. */
static uint32_t transfer(struct i8257 *d, unsigned ch, const uint8_t *in, uint8_t *out,
                         uint32_t len, bool *tc)
{
    enum i8257_transfer want = in ? I8257_WRITE : I8257_READ;
    uint32_t done = 0;
    bool end = false;

    while (!end && i8257_ready(d, ch)) {
        uint32_t n = run_length(d, ch, len - done);

        if (n == 0) {
            break;
        }
        if (i8257_transfer(d, ch) == want) {
            move_run(d, ch, in ? in + done : NULL, out ? out + done : NULL, n);
        } else if (out) {
            memset(out + done, 0xff, n);
        }
        end = move_on(d, ch, n);
        done += n;
    }
    if (tc) {
        *tc = end;
    }
    return done;
}

uint32_t i8257_write_memory(struct i8257 *d, unsigned ch, const void *buf, uint32_t len, bool *tc)
{
    return transfer(d, ch, buf, NULL, len, tc);
}

uint32_t i8257_read_memory(struct i8257 *d, unsigned ch, void *buf, uint32_t len, bool *tc)
{
    return transfer(d, ch, NULL, buf, len, tc);
}

/* -- registers -- */

/* The guest changed something: let the devices whose channels can go have their turn, once. */
static void kick(struct i8257 *d, unsigned controller)
{
    for (unsigned ch = controller * 4; ch < controller * 4 + 4; ch++) {
        if (d->client[ch].run && ready(d, ch)) {
            d->client[ch].run(d->client[ch].opaque);
        }
    }
}

static void master_clear(struct i8257_controller *c)
{
    c->command = 0;
    c->request = 0;
    c->tc = 0;
    c->flip_flop = 0;
    c->mask = ALL_CHANNELS;
}

static uint8_t half(uint16_t v, bool high)
{
    return (uint8_t)(high ? v >> 8 : v);
}

static void set_half(uint16_t *v, bool high, uint8_t byte)
{
    *v = high ? (uint16_t)((*v & 0x00ff) | byte << 8) : (uint16_t)((*v & 0xff00) | byte);
}

/* Registers 0 to 7: address and count of four channels, a byte at a time. */
static void write_channel(struct i8257_controller *c, unsigned reg, uint8_t v)
{
    struct i8257_channel *ch = &c->channel[reg >> 1 & 3];
    bool high = c->flip_flop;

    if (reg & 1) {
        set_half(&ch->base_count, high, v);
        set_half(&ch->count, high, v);
    } else {
        set_half(&ch->base_address, high, v);
        set_half(&ch->address, high, v);
    }
    c->flip_flop ^= 1;
}

static uint8_t set_bit(uint8_t set, uint8_t v)
{
    return v & BIT_SET ? set | bit(v) : set & (uint8_t)~bit(v);
}

static void write_control(struct i8257_controller *c, unsigned reg, uint8_t v)
{
    switch (reg) {
    case REG_STATUS_COMMAND:
        c->command = v;
        break;
    case REG_REQUEST:
        c->request = set_bit(c->request, v);
        break;
    case REG_SINGLE_MASK:
        c->mask = set_bit(c->mask, v);
        break;
    case REG_MODE:
        c->channel[v & MODE_CHANNEL].mode = v & (uint8_t)~MODE_CHANNEL;
        break;
    case REG_CLEAR_FLIP_FLOP:
        c->flip_flop = 0;
        break;
    case REG_MASTER_CLEAR:
        master_clear(c);
        break;
    case REG_CLEAR_MASK:
        c->mask = 0;
        break;
    default: /* REG_ALL_MASK */
        c->mask = v & ALL_CHANNELS;
        break;
    }
}

/* The registers of the second controller lie two ports apart. */
static unsigned reg_of(const struct i8257_side *side, uint64_t offset)
{
    return (unsigned)(offset >> side->controller) & 15;
}

static void dma_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    const struct i8257_side *side = opaque;
    struct i8257_controller *c = &side->dma->s.dma[side->controller];
    unsigned reg = reg_of(side, offset);

    (void)width;
    if (reg < REG_STATUS_COMMAND) {
        write_channel(c, reg, (uint8_t)value);
        return;
    }
    write_control(c, reg, (uint8_t)value);
    kick(side->dma, side->controller);
}

static uint8_t read_status(struct i8257_controller *c)
{
    uint8_t v = (uint8_t)(c->tc | (c->dreq | c->request) << 4);

    c->tc = 0;
    return v;
}

static uint64_t dma_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct i8257_side *side = opaque;
    struct i8257_controller *c = &side->dma->s.dma[side->controller];
    unsigned reg = reg_of(side, offset);
    const struct i8257_channel *ch = &c->channel[reg >> 1 & 3];

    (void)width;
    switch (reg) {
    case REG_STATUS_COMMAND:
        return read_status(c);
    case REG_ALL_MASK:
        return c->mask;
    default:
        if (reg > REG_STATUS_COMMAND) {
            return 0;
        }
        c->flip_flop ^= 1;
        return half(reg & 1 ? ch->count : ch->address, !c->flip_flop);
    }
}

static uint64_t page_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct i8257 *d = opaque;

    (void)width;
    return d->s.page[offset & 15];
}

static void page_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct i8257 *d = opaque;

    (void)width;
    d->s.page[offset & 15] = (uint8_t)value;
}

/* -- state -- */

/* DREQ lines belong to the devices and outlive a reset. */
static void i8257_reset(struct device *dev)
{
    struct i8257 *d = (struct i8257 *)dev;

    for (unsigned i = 0; i < 2; i++) {
        struct i8257_controller *c = &d->s.dma[i];

        *c = (struct i8257_controller){.dreq = c->dreq};
        master_clear(c);
    }
    memset(d->s.page, 0, sizeof(d->s.page));
}

static const char *i8257_check(const void *state)
{
    const struct i8257_state *s = state;

    for (unsigned i = 0; i < 2; i++) {
        const struct i8257_controller *c = &s->dma[i];

        for (unsigned ch = 0; ch < 4; ch++) {
            if (c->channel[ch].mode & MODE_CHANNEL) {
                return "mode";
            }
            if (c->channel[ch].pad) {
                return "pad";
            }
        }
        if ((c->mask | c->request | c->tc | c->dreq) & ~ALL_CHANNELS) {
            return "mask";
        }
        if (c->flip_flop > 1) {
            return "flip_flop";
        }
    }
    return NULL;
}

static const struct state_field channel_fields[] = {
    STATE_FIELD(struct i8257_channel, base_address),
    STATE_FIELD(struct i8257_channel, base_count),
    STATE_FIELD(struct i8257_channel, address),
    STATE_FIELD(struct i8257_channel, count),
    STATE_FIELD(struct i8257_channel, mode),
    STATE_FIELD(struct i8257_channel, pad),
    STATE_END,
};

static const struct state_layout channel_layout = {
    .name = "i8257 channel",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i8257_channel),
    .fields = channel_fields,
};

static const struct state_field controller_fields[] = {
    STATE_STRUCTS(struct i8257_controller, channel, &channel_layout),
    STATE_FIELD(struct i8257_controller, command),
    STATE_FIELD(struct i8257_controller, mask),
    STATE_FIELD(struct i8257_controller, request),
    STATE_FIELD(struct i8257_controller, tc),
    STATE_FIELD(struct i8257_controller, dreq),
    STATE_FIELD(struct i8257_controller, flip_flop),
    STATE_END,
};

static const struct state_layout controller_layout = {
    .name = "i8257 controller",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i8257_controller),
    .fields = controller_fields,
};

static const struct state_field i8257_fields[] = {
    STATE_STRUCTS(struct i8257_state, dma, &controller_layout),
    STATE_ARRAY(struct i8257_state, page),
    STATE_END,
};

static const struct state_layout i8257_layout = {
    .name = "i8257",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct i8257_state),
    .fields = i8257_fields,
    .check = i8257_check,
};

/* -- life -- */

/* Port 80h is where guests write to wait a microsecond and firmware shows its progress. */
static const struct span page_coalesced[] = {{0, 1}, {0, 0}};

static const struct region_ops dma_ops = {.read = dma_read, .write = dma_write};
static const struct region_ops page_ops = {
    .read = page_read,
    .write = page_write,
    .coalesced = page_coalesced,
};

static void i8257_unrealize(struct device *dev)
{
    struct i8257 *d = (struct i8257 *)dev;

    for (unsigned i = 0; i < I8257_REGIONS; i++) {
        if (region_mapped(&d->region[i])) {
            space_unmap(&d->region[i]);
        }
    }
}

static bool i8257_realize(struct device *dev, struct board *b, GError **error)
{
    static const uint16_t base[I8257_REGIONS] = {DMA1_BASE, DMA2_BASE, PAGE_BASE};
    static const uint16_t size[I8257_REGIONS] = {0x10, 0x20, 0x10};
    static const char *const name[I8257_REGIONS] = {"dma1", "dma2", "dma-page"};
    struct i8257 *d = (struct i8257 *)dev;

    d->mem = b->mem;
    i8257_reset(dev);
    for (unsigned i = 0; i < I8257_REGIONS; i++) {
        struct region *r = &d->region[i];

        *r = (struct region){.name = name[i],
                             .dev = dev,
                             .opaque = i < 2 ? (void *)&d->side[i] : d,
                             .ops = i < 2 ? &dma_ops : &page_ops,
                             .size = size[i],
                             .prio = PRIO_FIXED};
        if (i < 2) {
            d->side[i] = (struct i8257_side){.dma = d, .controller = i};
        }
        if (!space_map(b->ports, r, base[i], error)) {
            i8257_unrealize(dev);
            return false;
        }
        dev->regions = g_slist_append(dev->regions, r);
    }
    return true;
}

const struct device_class i8257_class = {
    .name = "i8257",
    .desc = "8237A DMA controllers",
    .bus = BUS_BOARD,
    .size = sizeof(struct i8257),
    .state_offset = offsetof(struct i8257, s),
    .state = &i8257_layout,
    .realize = i8257_realize,
    .reset = i8257_reset,
    .unrealize = i8257_unrealize,
};

struct i8257 *i8257_new(struct board *b, GError **error)
{
    struct i8257 *d = (struct i8257 *)device_new(&i8257_class, NULL);

    device_share_lock(&d->dev, &b->isa_dma_lock);
    return device_realize(&d->dev, b, error) ? d : NULL;
}

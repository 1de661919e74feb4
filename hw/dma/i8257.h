/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC's two 8237A DMA controllers with their page registers: see i8257.c. */
#ifndef HW_DMA_I8257_H
#define HW_DMA_I8257_H

#include "core/device.h"
#include "core/space.h"

#define I8257_CHANNELS 8
#define I8257_REGIONS 3

struct i8257_channel {
    uint16_t base_address, base_count;
    uint16_t address, count; /* current; in words on channels 4 to 7 */
    uint8_t mode;            /* bits 2 to 7 of the mode register */
    uint8_t pad;
};

/* Bit n of mask, request, tc, dreq is channel n of the controller. */
struct i8257_controller {
    struct i8257_channel channel[4];
    uint8_t command;
    uint8_t mask;
    uint8_t request; /* by software */
    uint8_t tc;      /* reached since the status was read */
    uint8_t dreq;    /* lines from the devices now */
    uint8_t flip_flop;
};

struct i8257_state {
    struct i8257_controller dma[2]; /* channels 0 to 3; 4 to 7 */
    uint8_t page[16];               /* ports 80h to 8Fh */
};

struct i8257;

struct i8257_side {
    struct i8257 *dma;
    unsigned controller;
};

struct i8257 {
    struct device dev;
    struct i8257_state s;
    struct space *mem;
    struct {
        void (*run)(void *opaque);
        void *opaque;
    } client[I8257_CHANNELS];
    struct i8257_side side[2];
    struct region region[I8257_REGIONS];
};

extern const struct device_class i8257_class;

/* Ports 00h-0Fh, 80h-8Fh, C0h-DFh; in the lock domain b->isa_dma_lock. */
struct i8257 *i8257_new(struct board *b, GError **error);

/*
 * For devices on a channel. They share b->isa_dma_lock (device_share_lock() before realize) and
 * call all of this with it held: from their own ports, timers and completions, or from run().
 *
 * A device raises DREQ and then moves what it can; when i8257_ready() says no, it waits for run():
 * called after the guest wrote a register that may have let the channel go. No function below
 * calls run(), so nothing here recurses, and settle() may drive DREQ freely.
 */
void i8257_register(struct i8257 *dma, unsigned ch, void *opaque, void (*run)(void *opaque));
void i8257_unregister(struct i8257 *dma, unsigned ch);

/* Drive the channel's request line. */
void i8257_dreq(struct i8257 *dma, unsigned ch, bool level);

/* True when a cycle would be granted: requested, not masked, controller enabled, not cascade. */
bool i8257_ready(const struct i8257 *dma, unsigned ch);

/*
 * Device to memory, and memory to device: up to len bytes at the current address, which moves on,
 * up to terminal count. Returns the number of bytes moved; 0 when not ready. *tc (may be NULL) is
 * the TC pin on the last cycle. On channels 5 to 7 an odd last byte stays. A verify transfer, and
 * one that the guest set up in the other direction, counts but leaves memory alone (reading gives
 * all ones). Bytes that miss RAM are lost as on the bus.
 */
uint32_t i8257_write_memory(struct i8257 *dma, unsigned ch, const void *buf, uint32_t len,
                            bool *tc);
uint32_t i8257_read_memory(struct i8257 *dma, unsigned ch, void *buf, uint32_t len, bool *tc);

/* What the guest set up. `left` is the number of bytes to terminal count, 1 to 131072. */
enum i8257_transfer {
    I8257_VERIFY,
    I8257_WRITE, /* to memory */
    I8257_READ,  /* from memory */
    I8257_ILLEGAL,
};
enum i8257_transfer i8257_transfer(const struct i8257 *dma, unsigned ch);
uint32_t i8257_left(const struct i8257 *dma, unsigned ch);
bool i8257_autoinit(const struct i8257 *dma, unsigned ch);

#endif

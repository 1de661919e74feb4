/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The NE2000's controller and memory: a DP8390 core with the register page 3 of Realtek's
 * successors. It knows no bus: ne2000_isa.c and ne2000_pci.c map its three windows (chip registers,
 * data port, reset port) and carry its interrupt.
 */
#ifndef HW_NET_NE2000_H
#define HW_NET_NE2000_H

#include "core/clock.h"
#include "core/device.h"
#include "core/link.h"
#include "core/loop.h"
#include "hw/net/eeprom93xx.h"

#include <stdbool.h>
#include <stdint.h>

#define NE2000_RAM 16384u     /* at 4000h, again at C000h */
#define NE2000_RAM_MAX 32768u /* at 4000h, not repeated */
#define NE2000_PROM 32u       /* at 0000h */

struct ne2000_state {
    uint8_t ram[NE2000_RAM_MAX]; /* a card with 16 KiB uses the first half */
    uint8_t page;                /* CR: PS1, PS0 in bits 7, 6 */
    uint8_t rd;                  /* CR: RD2 to RD0 as last written, in bits 5 to 3 */
    uint8_t stopped;             /* 1: STP, 0: STA */
    uint8_t isr, imr, dcr, tcr, rcr, tsr, rsr;
    uint8_t pstart, pstop, bnry, curr, tpsr, ncr;
    uint8_t par[6];
    uint8_t mar[8];
    uint8_t cntr[3];
    uint8_t dma;         /* remote DMA: enum ne2000_dma */
    uint8_t sending;     /* it is a send-packet command */
    uint8_t tx;          /* transmitter: enum ne2000_tx */
    uint8_t overflowed;  /* receiver stopped by OVW, until STP and STA */
    uint8_t ring_full;   /* RST shows it, until BNRY is written */
    uint8_t hold;        /* enum ne2000_hold */
    uint8_t remote_next; /* page 2 */
    uint8_t local_next;
    uint8_t eecr; /* 9346CR */
    uint8_t bpage;
    uint8_t config[5];
    uint8_t fifo[8];
    uint8_t fifo_pos;
    uint8_t reading; /* BNRY was written since PRX rose */
    uint8_t pad[6];
    struct eeprom93xx_state eeprom;
    uint16_t tbcr, rsar, rbcr, clda;
    uint64_t tx_due;   /* guest time when the transmitter moves on; 0 when idle */
    uint64_t hold_due; /* guest time when the hold ends; 0 unless NE2000_HOLDING */
};
_Static_assert(sizeof(struct ne2000_state) ==
                   NE2000_RAM_MAX + 64 + sizeof(struct eeprom93xx_state) + 8 + 16,
               "no hidden padding");

enum ne2000_dma {
    NE2000_DMA_IDLE,
    NE2000_DMA_READ,
    NE2000_DMA_WRITE,
};

enum ne2000_tx {
    NE2000_TX_IDLE,
    NE2000_TX_WIRE,    /* on its way, done at tx_due */
    NE2000_TX_BLOCKED, /* the link has no room, tried again when it has, or at tx_due */
};

enum ne2000_help {
    NE2000_HELP_NONE,
    NE2000_HELP_KICKED, /* the loop thread is on its way */
    NE2000_HELP_TIMER,  /* it has been there, too early */
};

enum ne2000_hold {
    NE2000_HOLD_NONE,
    NE2000_HOLDING, /* a frame waits in the link for room in the ring, until hold_due */
    NE2000_HOLD_OVER,
};

extern const struct state_layout ne2000_state_layout;

/* What differs between the chips. */
struct ne2000_model {
    uint8_t id[2];       /* page 0, registers 0Ah and 0Bh */
    uint8_t config[5];   /* reset values of CONFIG0 to 4 */
    uint8_t writable[5]; /* bits that EEM = 11b opens */
    uint16_t decoded;    /* page 3 registers that answer, one bit each */
    uint8_t chip[2];     /* page 3, registers 0Eh and 0Fh */
    uint8_t ee_config;   /* the CONFIG register that the EEPROM's first byte holds */
    uint8_t ee_mac;      /* byte of the EEPROM where the station address begins */
    uint16_t ee_ids[5];  /* its last words */
};
extern const struct ne2000_model ne2000_rtl8019;
extern const struct ne2000_model ne2000_rtl8029;

struct ne2000 {
    struct ne2000_state *s; /* in the state struct of the card */
    const struct ne2000_model *model;
    struct device *dev;
    struct clock *clock;
    struct link *link; /* NULL: no cable */
    void (*intr)(void *opaque, bool level);
    void *opaque;
    struct timer tx_timer, hold_timer;
    struct loop_kick tx_kick;
    uint8_t tx_help; /* enum ne2000_help; not guest-visible */
    uint8_t prom[NE2000_PROM];
    uint32_t ram_size; /* NE2000_RAM or NE2000_RAM_MAX */
    uint8_t config[5]; /* reset values of this board */
    uint64_t hold_ns;  /* how long a frame may wait for room; 0: as on a wire, not at all */
    bool refused;      /* the link keeps a frame for us; not guest-visible */
    /* See ne2000_late(). Not guest-visible. */
    void (*set_late)(void *opaque, bool on);
    bool late;
    uint32_t polled, late_after;
};

/* What the user may say of either card. */
struct ne2000_options {
    struct link *netdev; /* or NULL */
    uint8_t mac[6];
    uint8_t ram;      /* KiB */
    uint32_t hold_ms; /* see ne2000_wire.c */
};

#define NE2000_PROPS(owner, field)                                                                 \
    {.name = "netdev",                                                                             \
     .type = PROP_LINK,                                                                            \
     .offset = offsetof(owner, field.netdev),                                                      \
     .help = "id of a -netdev"},                                                                   \
        {.name = "mac",                                                                            \
         .type = PROP_MAC,                                                                         \
         .offset = offsetof(owner, field.mac),                                                     \
         .help = "station address"},                                                               \
        {.name = "ram",                                                                            \
         .type = PROP_U8,                                                                          \
         .offset = offsetof(owner, field.ram),                                                     \
         .def = "16",                                                                              \
         .help = "KiB of buffer memory, 16 or 32"},                                                \
    {                                                                                              \
        .name = "hold-ms", .type = PROP_U32, .offset = offsetof(owner, field.hold_ms),             \
        .max = 10000, .def = "100",                                                                \
        .help = "how long a frame waits for room before OVW; 0: not at all, as on a wire"          \
    }

/* Given once, before realize() ends. */
struct ne2000_setup {
    struct ne2000_state *state;
    const struct ne2000_model *model;
    struct ne2000_options *options; /* an address left at zero is filled in */
    struct device *dev;
    struct clock *clock;
    bool slot8;      /* the PROM says 'B', not 'W' */
    uint8_t config1; /* what CONFIG1 says of the jumpers */
    void (*intr)(void *opaque, bool level);
    /* Let writes to CR, BNRY and ISR come late but in order, or not. */
    void (*set_late)(void *opaque, bool on);
    void *opaque;
};

/* False, with an error that names the link, when another NIC has it. */
bool ne2000_init(struct ne2000 *n, const struct ne2000_setup *setup, GError **error);
void ne2000_exit(struct ne2000 *n);

/* Level of the interrupt line. */
bool ne2000_interrupts(const struct ne2000_state *s);

/* For the class's reset and settle. */
void ne2000_power_on(struct ne2000 *n);
void ne2000_settle(struct ne2000 *n);

/*
 * Back to writes that act at once. Also for the bus, when it takes the windows away.
 */
void ne2000_not_late(struct ne2000 *n);

/* -- guest accesses; the device's lock held -- */

/* Chip registers 00h to 0Fh. */
uint8_t ne2000_read(struct ne2000 *n, unsigned reg);
void ne2000_write(struct ne2000 *n, unsigned reg, uint8_t value);

/* One cycle at the data port, of 8 or 16 bits. DCR.WTS, not the width, says how far it moves. */
uint16_t ne2000_data_read(struct ne2000 *n, unsigned width);
void ne2000_data_write(struct ne2000 *n, unsigned width, uint16_t value);

/* Bytes that one data port cycle moves now: 1 or 2. */
unsigned ne2000_data_step(const struct ne2000 *n);
/* Cycles in bulk: `bytes` is a multiple of the step. What lies past RBCR reads as ones. */
void ne2000_data_read_bulk(struct ne2000 *n, uint8_t *buf, uint32_t bytes);
void ne2000_data_write_bulk(struct ne2000 *n, const uint8_t *buf, uint32_t bytes);

/* The reset port, 18h to 1Fh: reading resets the chip. */
uint8_t ne2000_reset_read(struct ne2000 *n);

#endif

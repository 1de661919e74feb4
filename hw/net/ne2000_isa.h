/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NE2000 on the ISA bus: -device ne2k_isa. */
#ifndef HW_NET_NE2000_ISA_H
#define HW_NET_NE2000_ISA_H

#include "core/irq.h"
#include "core/space.h"
#include "hw/net/ne2000.h"
#include "hw/pc/board.h"

struct ne2k_isa {
    struct device dev;
    struct ne2000_state s;
    struct ne2000 core;
    struct region chip, data, reset, late; /* late: over chip, see ne2000.c */
    struct space *ports;
    struct irq_pin irq;
    /* properties */
    struct ne2000_options options;
    uint16_t iobase;
    uint8_t irq_number;
    uint8_t slot; /* 16 or 8 bits wide */
};

extern const struct device_class ne2k_isa_class;

#endif

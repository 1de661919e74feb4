/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PCI network card with rings in memory, plugged into the fuzzers' board with a wire of its own. */
#ifndef TESTS_FUZZ_RING_NIC_H
#define TESTS_FUZZ_RING_NIC_H

#include "tests/fuzz/board.h"

#define NIC_PORT 0xd000u
#define NIC_MEM 0xe8000000u
#define NIC_OPS 500

static struct link *nic_wire;
static struct device *nic_card;

static inline void nic_begin(const char *cls)
{
    struct pci_device *d;

    if (!fuzz.pc) {
        fuzz_board_new();
        nic_wire = fuzz_wire();
        fuzz_plug(cls, "netdev", "net1");
        nic_card = fuzz_device_named(cls);
    }
    fuzz_begin();
    link_set_carrier(nic_wire, true);
    d = (struct pci_device *)(void *)nic_card;
    config_write(d->devfn, PCI_BAR0, 4, NIC_PORT);
    config_write(d->devfn, PCI_BAR0 + 4, 4, NIC_MEM);
    config_write(d->devfn, PCI_COMMAND, 2, 7);
}

static inline void nic_write(unsigned reg, unsigned width, uint32_t v)
{
    space_write(fuzz.ports, NIC_PORT + reg, width, v);
}

static inline void nic_frame(struct fuzz_in *in)
{
    uint8_t frame[LINK_FRAME_MAX];
    uint32_t len = in16(in) % (LINK_FRAME_MAX + 1);

    memset(frame, 0, sizeof(frame));
    in_bytes(in, frame, MIN(len, (uint32_t)in8(in)));
    if (len) {
        link_deliver(nic_wire, frame, len);
    }
    fuzz_loop();
}

/* What every card has in common; `how` chooses. */
static inline void nic_common(struct fuzz_in *in, uint8_t how)
{
    switch (how & 7) {
    case 0:
        fuzz_step(in8(in));
        break;
    case 1:
        link_set_carrier(nic_wire, how >> 3 & 1);
        break;
    case 2:
        fuzz_save_load(nic_card);
        break;
    case 3:
        fuzz_ram_write(in);
        break;
    case 4:
        space_read(fuzz.ports, NIC_PORT + in8(in), 1u << (how >> 3 & 3));
        break;
    case 5:
        space_write(fuzz.mem, NIC_MEM + in8(in), 1u << (how >> 3 & 3), in32(in));
        break;
    default:
        nic_frame(in);
        break;
    }
    fuzz_loop();
}

#endif

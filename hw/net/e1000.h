/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Intel 82540EM gigabit Ethernet controller: -device e1000. */
#ifndef HW_NET_E1000_H
#define HW_NET_E1000_H

#include "core/clock.h"
#include "core/link.h"
#include "hw/pci/pci.h"

#define E1000_EEPROM_WORDS 64u
#define E1000_HEADER_MAX 256u

/* Registers that mostly store: name, offset, bits that a write changes, value after reset. */
#define E1000_REGISTERS(X)                                                                         \
    X(CTRL, 0x0000, 0x7bffffff, 0x00140240)                                                        \
    X(CTRL_EXT, 0x0018, 0xffffdfff, 0)                                                             \
    X(FCAL, 0x0028, 0xffffffff, 0)                                                                 \
    X(FCAH, 0x002c, 0x0000ffff, 0)                                                                 \
    X(FCT, 0x0030, 0x0000ffff, 0)                                                                  \
    X(VET, 0x0038, 0x0000ffff, 0x8100)                                                             \
    X(ITR, 0x00c4, 0x0000ffff, 0)                                                                  \
    X(RCTL, 0x0100, 0xffffffff, 0)                                                                 \
    X(FCTTV, 0x0170, 0x0000ffff, 0)                                                                \
    X(TXCW, 0x0178, 0xffffffff, 0)                                                                 \
    X(TCTL, 0x0400, 0xffffffff, 0)                                                                 \
    X(TIPG, 0x0410, 0x3fffffff, 0)                                                                 \
    X(AIT, 0x0458, 0x0000ffff, 0)                                                                  \
    X(LEDCTL, 0x0e00, 0xffffffff, 0x602)                                                           \
    X(PBA, 0x1000, 0xffffffff, 0x00100030)                                                         \
    X(FCRTL, 0x2160, 0x8000fff8, 0)                                                                \
    X(FCRTH, 0x2168, 0x0000fff8, 0)                                                                \
    X(RDFH, 0x2410, 0x00001fff, 0)                                                                 \
    X(RDFT, 0x2418, 0x00001fff, 0)                                                                 \
    X(RDFHS, 0x2420, 0x00001fff, 0)                                                                \
    X(RDFTS, 0x2428, 0x00001fff, 0)                                                                \
    X(RDFPC, 0x2430, 0x00001fff, 0)                                                                \
    X(RDBAL, 0x2800, 0xfffffff0, 0)                                                                \
    X(RDBAH, 0x2804, 0xffffffff, 0)                                                                \
    X(RDLEN, 0x2808, 0x000fff80, 0)                                                                \
    X(RDH, 0x2810, 0x0000ffff, 0)                                                                  \
    X(RDT, 0x2818, 0x0000ffff, 0)                                                                  \
    X(RDTR, 0x2820, 0x0000ffff, 0)                                                                 \
    X(RXDCTL, 0x2828, 0xffffffff, 0)                                                               \
    X(RADV, 0x282c, 0x0000ffff, 0)                                                                 \
    X(RSRPD, 0x2c00, 0x00000fff, 0)                                                                \
    X(TXDMAC, 0x3000, 0x00000001, 0)                                                               \
    X(TDFH, 0x3410, 0x000007ff, 0)                                                                 \
    X(TDFT, 0x3418, 0x000007ff, 0)                                                                 \
    X(TDFHS, 0x3420, 0x00001fff, 0)                                                                \
    X(TDFTS, 0x3428, 0x00001fff, 0)                                                                \
    X(TDFPC, 0x3430, 0x00001fff, 0)                                                                \
    X(TDBAL, 0x3800, 0xfffffff0, 0)                                                                \
    X(TDBAH, 0x3804, 0xffffffff, 0)                                                                \
    X(TDLEN, 0x3808, 0x000fff80, 0)                                                                \
    X(TDH, 0x3810, 0x0000ffff, 0)                                                                  \
    X(TDT, 0x3818, 0x0000ffff, 0)                                                                  \
    X(TIDV, 0x3820, 0x0000ffff, 0)                                                                 \
    X(TXDCTL, 0x3828, 0xffffffff, 0)                                                               \
    X(TADV, 0x382c, 0x0000ffff, 0)                                                                 \
    X(TSPMT, 0x3830, 0xffffffff, 0)                                                                \
    X(RXCSUM, 0x5000, 0x000007ff, 0)                                                               \
    X(WUC, 0x5800, 0xffffffff, 0)                                                                  \
    X(WUFC, 0x5808, 0xffffffff, 0)                                                                 \
    X(WUS, 0x5810, 0xffffffff, 0)                                                                  \
    X(MANC, 0x5820, 0xffffffff, 0x00222300)

#define E1000_ENUM(name, offset, writable, value) R_##name,
enum e1000_reg { E1000_REGISTERS(E1000_ENUM) E1000_REGS };

enum e1000_tx_phase {
    E1000_TX_FETCH, /* the next descriptor */
    E1000_TX_DATA,  /* its buffer is being read */
    E1000_TX_SEND,  /* a frame is ready and waits for room in the link */
    E1000_TX_DONE,  /* write the descriptor back */
    E1000_TX_PHASES,
};

/* A context descriptor, section 3.3.6. */
struct e1000_context {
    uint8_t ipcss, ipcso, tucss, tucso;
    uint16_t ipcse, tucse;
    uint16_t mss;
    uint8_t hdrlen;
    uint8_t tucmd;
};
_Static_assert(sizeof(struct e1000_context) == 12, "no hidden padding");

/* The transmitter: it can stop after any frame and go on later, also after a load. */
struct e1000_tx_state {
    uint8_t frame[LINK_FRAME_MAX];    /* what is collected; with segmentation, one segment */
    uint8_t header[E1000_HEADER_MAX]; /* in front of every segment */
    struct e1000_context context[2];  /* for plain offload; for segmentation */
    struct e1000_context now;         /* what this packet took from them at its first descriptor */
    uint8_t desc[16];                 /* the descriptor in work, fetched once */
    uint32_t done;                    /* bytes of its buffer that were read */
    uint32_t len;                     /* bytes in `frame` */
    uint32_t segments;                /* of this packet, that are out */
    uint16_t special;
    uint8_t phase;
    uint8_t open;    /* between a packet's first descriptor and its last */
    uint8_t tse;     /* it is to be segmented */
    uint8_t options; /* POPTS */
    uint8_t bad;     /* too long, or a segment size of 0: nothing of it is sent */
    uint8_t last;    /* the frame is the packet's last */
    uint8_t pad[8];
};
_Static_assert(sizeof(struct e1000_tx_state) == LINK_FRAME_MAX + E1000_HEADER_MAX + 80,
               "no hidden padding");

struct e1000_state {
    struct pci_state pci;
    uint32_t reg[E1000_REGS];
    uint32_t icr, ims;
    uint32_t ioaddr, eerd, mdic;
    uint32_t eecd;
    uint32_t stat[64]; /* 4000h to 40FCh */
    uint32_t mta[128], vfta[128];
    uint32_t ra[32];
    uint16_t phy[32];
    uint16_t ee_in;  /* Microwire: the bits of the command so far, start bit first */
    uint16_t ee_out; /* bits that came out */
    uint8_t link;    /* STATUS.LU */
    uint8_t waiting; /* the link keeps a frame for which no descriptor was free */
    uint16_t pad[3];
    uint64_t link_due; /* guest time when autonegotiation ends; 0: it does not run */
    uint64_t itr_due;  /* guest time before which the interrupt may not be raised again */
    uint64_t tx_due;   /* guest time when the transmitter goes on by itself; 0: it does not */
    struct e1000_tx_state tx;
};
_Static_assert(sizeof(struct e1000_state) == sizeof(struct pci_state) + 4 * E1000_REGS + 1508 + 24 +
                                                 sizeof(struct e1000_tx_state),
               "no hidden padding");

struct e1000 {
    struct pci_device pci;
    struct e1000_state s;
    struct region mmio, io;
    struct clock *clock;
    struct timer link_timer, itr_timer, tx_timer;
    uint16_t eeprom[E1000_EEPROM_WORDS];
    /* properties */
    struct link *netdev;
    uint8_t mac[6];
    char *romfile;
};

extern const struct device_class e1000_class;

#endif

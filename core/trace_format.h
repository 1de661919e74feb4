/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A trace file: header, table of names, configuration, ring. All in the byte order of the host that
 * wrote it (x86: little endian). The writer is core/trace.c, the reader tests/tools/trace/file.c.
 *
 * The ring is made of slots of 32 bytes, a power of two of them. Slot number n, counted from the
 * start of the trace, lies at n modulo the number of slots. A record is a head, and for longer data
 * the slots behind it. A slot counts only when its stamp is that of its lap: anything else is older,
 * or was never finished.
 */
#ifndef CORE_TRACE_FORMAT_H
#define CORE_TRACE_FORMAT_H

#include <assert.h>
#include <stdint.h>

#define TRACE_MAGIC "VMXDMTRC"
#define TRACE_VERSION 1u

#define TRACE_NAMES 1024u       /* entries of the table; entry 0 is open bus */
#define TRACE_CONFIG_MAX 65536u /* bytes of configuration */
#define TRACE_WRITTEN_MAX 256u  /* of what a device writes to memory, at once */
#define TRACE_DATA_MAX 4096u    /* bytes of data a record keeps */
#define TRACE_MORE_BYTES 26u    /* of them in each slot behind the head */
#define TRACE_SLOTS_MIN 2048u
#define TRACE_CPU_NONE 0xffu /* not a vCPU: the loop thread, a test */

enum trace_type {
    TRACE_ACCESS = 1,
    TRACE_DMA,      /* a device read guest RAM at `addr`, or with TRACE_WRITE wrote it */
    TRACE_FRAME,    /* the NIC took a frame from its link */
    TRACE_BYTES,    /* a device took bytes from its line */
    TRACE_KEY,      /* value: key << 1 | down */
    TRACE_MOTION,   /* addr: dx, value: dy << 32 | dz */
    TRACE_BUTTONS,  /* value: held */
    TRACE_RESET,    /* all devices */
    TRACE_POSITION, /* value: x << 32 | y of the pointer */
    TRACE_REGS,     /* a device read the CPU's registers: eight bytes of each, as core/cpu_regs.h */
    TRACE_LAST = TRACE_REGS,
    TRACE_MORE = 15,
};

/* info of an access; of DMA the last three, of the others TRACE_STRING and TRACE_CUT only. */
#define TRACE_WIDTH 0x03u  /* log2 */
#define TRACE_MEMORY 0x04u /* memory space, else ports */
#define TRACE_WRITE 0x08u
#define TRACE_STRING 0x10u /* data in the slots behind, `count` and `len` valid */
#define TRACE_CUT 0x20u    /* there was more data than is kept */

struct trace_slot {
    uint32_t stamp; /* lap + 1; written last */
    uint8_t type;
    uint8_t info;
    uint16_t name;
    uint64_t time; /* guest ns in bits 0-55, vCPU in 56-63 */
    uint64_t addr;
    union {
        uint64_t value;
        struct {
            uint32_t count; /* accesses, or bytes of what is none */
            uint32_t len;   /* bytes kept */
        };
    };
};
static_assert(sizeof(struct trace_slot) == 32, "slots are packed");

struct trace_more {
    uint32_t stamp;
    uint8_t type; /* TRACE_MORE */
    uint8_t index;
    uint8_t data[TRACE_MORE_BYTES];
};
static_assert(sizeof(struct trace_more) == 32, "slots are packed");

struct trace_name {
    char device[32]; /* class */
    char id[32];     /* of the device, if it has one */
    char region[40];
    uint64_t base, size;
    uint32_t domain; /* equal for devices that share a lock */
    uint8_t ports;
    uint8_t pad[3];
};
static_assert(sizeof(struct trace_name) == 128, "names are packed");

struct trace_header {
    char magic[8];
    uint32_t version;
    uint32_t slot_size;
    uint64_t slots; /* a power of two */
    uint64_t names_offset, config_offset, ring_offset;
    uint64_t head;        /* slots taken since the start */
    int64_t wall_ns;      /* wall clock at guest time 0, ns since 1970 */
    uint32_t names;       /* entries in use, atomic */
    uint32_t config_len;  /* strings, each with its 0: working directory, then options */
    uint32_t config_lost; /* the command line was too long to keep */
    uint32_t cpus;
    char accel[16];
    char program[32]; /* version */
    uint8_t pad[384];
};
static_assert(sizeof(struct trace_header) == 512, "the header is packed");

#endif

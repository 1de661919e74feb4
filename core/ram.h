/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM. Blocks are made by the hypervisor backend; devices reach RAM only by copy through the
 * functions here, which check every byte of the range against the memory map: DMA that lands on a
 * device window or a hole is a bus error, never a device access (rule 4).
 */
#ifndef CORE_RAM_H
#define CORE_RAM_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define RAM_PAGE UINT64_C(4096)

struct space;

struct ram_block {
    char *name;
    uint8_t *host;
    uint64_t size;   /* a multiple of RAM_PAGE */
    int fd;          /* memfd, or -1: private memory */
    bool guarded;    /* a guard page follows the block */
    uint64_t *dirty; /* NULL, or one bit a page set by writes made in this process; atomic */
};

/* A block, zeroed, lazily populated; from 1 MiB on a memfd. The error says how much was wanted. */
struct ram_block *ram_block_new(const char *name, uint64_t size, GError **error);
void ram_block_free(struct ram_block *b);

/* Start keeping the dirty bitmap; fetch-and-clear the bit of a page. */
void ram_block_track(struct ram_block *b);
bool ram_block_test_clear(struct ram_block *b, uint64_t page);
void ram_block_mark(struct ram_block *b, uint64_t offset, uint64_t len);

/*
 * Copy guest-physical memory. False on a bus error: a read then gives all ones for what is not RAM,
 * a write changes only what is. ROM may be read and not written. Any thread that is registered as a
 * reader of the map (loop and vCPU threads); no lock.
 */
bool ram_read(struct space *mem, uint64_t addr, void *buf, uint64_t len);
bool ram_write(struct space *mem, uint64_t addr, const void *buf, uint64_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A test as the CPU: starts the real program the way QEMU's own harness does, speaks the qtest
 * protocol on one socket and QMP on another. The program is $VMX_DM, or $BUILD/vmx-dm. With
 * VMX_DM=qemu-system-x86_64 the same tests run against QEMU: a parity check. There the CPU sits in
 * a halt loop and time is the host's, so clock_step() sleeps and exact counts are not asked for.
 */
#ifndef TESTS_QTEST_LIBQTEST_H
#define TESTS_QTEST_LIBQTEST_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QTEST_IRQS 24

struct qtest;

/* Skips the running test (returns NULL) when the program is not there. Fails it on any error. */
struct qtest *qtest_start(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* The same, without qmp_capabilities: the greeting is returned by qtest_qmp_receive(). */
struct qtest *qtest_start_raw(const char *fmt, ...) G_GNUC_PRINTF(1, 2);
/* SIGTERM; exit status 0 is expected. */
void qtest_quit(struct qtest *q);
/* For programs that end by themselves: expects this exit status. */
void qtest_wait_exit(struct qtest *q, int status);

/* The program under test is QEMU itself. */
bool qtest_is_qemu(void);
/* Does its -help name this? Else the running test is skipped with that reason. */
bool qtest_has_option(const char *text);
/* Has its QMP this command? */
bool qtest_has_command(struct qtest *q, const char *name);
/* A path in the directory of this run; removed with it. */
char *qtest_path(struct qtest *q, const char *name);

/* "inb", "writel" and the like. */
uint64_t qtest_get(struct qtest *q, const char *command, uint64_t addr);
void qtest_put(struct qtest *q, const char *command, uint64_t addr, uint64_t value);
void qtest_memread(struct qtest *q, uint64_t addr, void *data, size_t len);
void qtest_memwrite(struct qtest *q, uint64_t addr, const void *data, size_t len);
void qtest_memset(struct qtest *q, uint64_t addr, uint8_t value, size_t len);

/* Many lines at once, one answer each: all must be "OK...". */
void qtest_batch(struct qtest *q, const char *lines, unsigned n);
/* Any command; the answer without its newline, g_free. */
char *qtest_command(struct qtest *q, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* Move time on by ns. */
void qtest_clock_step(struct qtest *q, uint64_t ns);

/* Interrupt lines from now on: level, and how often each rose. */
void qtest_irq_watch(struct qtest *q);
bool qtest_irq(struct qtest *q, unsigned n);
unsigned qtest_irq_count(struct qtest *q, unsigned n);
/* Step time in steps of 1 ms until the line is high; fails after `ms` of them. */
void qtest_irq_wait(struct qtest *q, unsigned n, unsigned ms);

/* A QMP command as JSON with ' for ": the answer (events on the way are kept), g_free. */
char *qtest_qmp(struct qtest *q, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* The same for a command that must succeed. */
void qtest_qmp_ok(struct qtest *q, const char *fmt, ...) G_GNUC_PRINTF(2, 3);
/* Send bytes as they are; take the next line, event or not, g_free. */
void qtest_qmp_send(struct qtest *q, const char *text, size_t len);
char *qtest_qmp_receive(struct qtest *q);
/* Wait for an event; its text, g_free. */
char *qtest_qmp_event(struct qtest *q, const char *name);
/* Does JSON text contain this (with ' for "), spaces aside? */
bool qtest_json_has(const char *json, const char *part);
/* One HMP command; what it prints, g_free. */
char *qtest_hmp(struct qtest *q, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* -- the commands by name -- */

#define QTEST_PORT(suffix, type)                                                                   \
    static inline type qtest_in##suffix(struct qtest *q, uint16_t port)                            \
    {                                                                                              \
        return (type)qtest_get(q, "in" #suffix, port);                                             \
    }                                                                                              \
    static inline void qtest_out##suffix(struct qtest *q, uint16_t port, type value)               \
    {                                                                                              \
        qtest_put(q, "out" #suffix, port, value);                                                  \
    }

QTEST_PORT(b, uint8_t)
QTEST_PORT(w, uint16_t)
QTEST_PORT(l, uint32_t)

#define QTEST_MEMORY(suffix, type)                                                                 \
    static inline type qtest_read##suffix(struct qtest *q, uint64_t addr)                          \
    {                                                                                              \
        return (type)qtest_get(q, "read" #suffix, addr);                                           \
    }                                                                                              \
    static inline void qtest_write##suffix(struct qtest *q, uint64_t addr, type value)             \
    {                                                                                              \
        qtest_put(q, "write" #suffix, addr, value);                                                \
    }

QTEST_MEMORY(b, uint8_t)
QTEST_MEMORY(w, uint16_t)
QTEST_MEMORY(l, uint32_t)
QTEST_MEMORY(q, uint64_t)

/* PCI configuration mechanism 1: the data port of a register, selected. */
static inline uint16_t qtest_pci_select(struct qtest *q, unsigned devfn, unsigned offset)
{
    qtest_outl(q, 0xcf8, 0x80000000u | devfn << 8 | (offset & 0xfc));
    return (uint16_t)(0xcfc + (offset & 3));
}

#define QTEST_PCI(suffix, type)                                                                    \
    static inline type qtest_pci_read##suffix(struct qtest *q, unsigned devfn, unsigned offset)    \
    {                                                                                              \
        return qtest_in##suffix(q, qtest_pci_select(q, devfn, offset));                            \
    }                                                                                              \
    static inline void qtest_pci_write##suffix(struct qtest *q, unsigned devfn, unsigned offset,   \
                                               type value)                                         \
    {                                                                                              \
        qtest_out##suffix(q, qtest_pci_select(q, devfn, offset), value);                           \
    }

QTEST_PCI(b, uint8_t)
QTEST_PCI(w, uint16_t)
QTEST_PCI(l, uint32_t)

#endif

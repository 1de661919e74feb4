/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process of ours beside the machine's gives up before it hears from those it must not trust:
 * programs to start, files, system calls, capabilities, memory. Whoever takes it over has what is
 * listed here, even when root started it.
 */
#ifndef CORE_CONFINE_H
#define CORE_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

struct confine {
    uint64_t memory; /* bytes of address space */
    unsigned fds;
    bool forks;
    /*
     * Files may be opened, for reading, with Landlock (kernel 5.13) only those below these; NULL at
     * the end, or NULL: no file at all.
     */
    const char *const *dirs;
    const unsigned *families;    /* of socket(); 0 at the end, or NULL: none */
    const unsigned short *calls; /* beside what everybody needs; 0 at the end */
};

/* May be repeated, to give up more. False: the kernel has no seccomp, the rest is done. */
bool confine(const struct confine *c);

#endif

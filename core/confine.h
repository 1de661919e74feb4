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

enum confine_may {
    CONFINE_READ = 1,
    CONFINE_WRITE = 2,
    CONFINE_CREATE = 4, /* files, and remove them */
};

/* A file, or all below a directory. One that is not there is left out. */
struct confine_path {
    const char *path; /* NULL ends a list */
    unsigned may;     /* OR of enum confine_may */
};

struct confine {
    uint64_t memory; /* bytes of address space */
    unsigned fds;
    bool forks;
    /*
     * Files may be opened, for reading unless `calls` has openat, with Landlock (kernel 5.13) only
     * these; NULL: no file at all.
     */
    const struct confine_path *paths;
    const unsigned *families;    /* of socket(); 0 at the end, or NULL: none */
    const unsigned short *calls; /* beside what everybody needs; 0 at the end */
};

/* May be repeated, to give up more. False: the kernel has no seccomp, the rest is done. */
bool confine(const struct confine *c);

/*
 * For a process with libraries of which nobody can list what they need: all is left to it but what
 * would reach further than this process (other processes, programs, files beside these, the
 * metadata of all, most of what root may), and it starts threads only.
 */
struct confine_host {
    unsigned fds;
    bool capable;                     /* its capabilities stay */
    const struct confine_path *paths; /* with Landlock; NULL: those of the call before */
    const unsigned *families;         /* of socket(); 0 at the end, or NULL: none */
};

/*
 * May be repeated, too. Threads that run already get the filter of system calls but keep files and
 * capabilities: the first call comes before there are any.
 */
bool confine_host(const struct confine_host *c);

#endif

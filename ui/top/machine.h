/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines of this user, as vmx-dm-top has them: a connection to each, its page of figures, and
 * the last two readings of it. Nothing here waits for a machine: one that does not answer is shown
 * without figures.
 */
#ifndef UI_TOP_MACHINE_H
#define UI_TOP_MACHINE_H

#include "core/stats_read.h"

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

struct reading {
    gint64 us;
    double cpu_ns;         /* of the vCPUs' threads; negative: not known */
    uint64_t exits, model; /* of all vCPUs; model in ticks */
    unsigned cpus, ranges, nets, disks;
    struct stats_sum *sum; /* of each range */
    struct stats_range *range;
    struct stats_net net[STATS_NETS];
    struct stats_disk disk[STATS_DISKS];
};

struct machine {
    char *entry; /* the socket's name */
    char *name;  /* the machine's, or `entry` */
    int fd;
    pid_t pid;
    bool greeted;
    char *status;  /* empty: running */
    char *trouble; /* why there are no figures; NULL: there are, or they are on their way */
    const struct stats_page *page;
    struct reading now, before; /* .us 0: none */
    long rss_kib;
};

/*
 * Those there are, in order of their names; elements are struct machine *. `what`: only the one that
 * the user means (as runtime_meant()), NULL: all.
 */
struct machines {
    GPtrArray *list;
    const char *what;
};

void machines_init(struct machines *all, const char *what);
void machines_free(struct machines *all);
/* Look who has come. */
void machines_find(struct machines *all);
/* What the machines have said; those that ended leave the list. */
void machines_serve(struct machines *all);
/* Take readings. */
void machines_read(struct machines *all);

/* Between the last two readings. False: there are not two. */
struct rates {
    double seconds, exits; /* exits a second */
    double cpu, model;     /* per cent of one CPU; cpu negative: not known */
};
bool machine_rates(const struct machine *m, struct rates *r);

/* What a device has answered since the reading before, or, `total`, since its machine began. */
struct answers {
    char label[80];
    struct stats_sum sum;
};
/* By device, or by window; those that answered nothing are left out. Elements are struct answers. */
GArray *machine_answers(const struct machine *m, bool windows, bool total);

#endif

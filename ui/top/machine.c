/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The machines of this user, their connections and readings: see machine.h. */
#include "ui/top/machine.h"

#include "ui/runtime.h"
#include "ui/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_MESSAGES 64 /* of one machine in a row */

/* -- coming and going -- */

static void reading_clear(struct reading *r)
{
    g_free(r->sum);
    g_free(r->range);
    *r = (struct reading){0};
}

static void machine_free(void *opaque)
{
    struct machine *m = opaque;

    if (m->fd >= 0) {
        close(m->fd);
    }
    stats_unmap(m->page);
    reading_clear(&m->now);
    reading_clear(&m->before);
    g_free(m->entry);
    g_free(m->name);
    g_free(m->status);
    g_free(m->trouble);
    g_free(m);
}

void machines_init(struct machines *all, const char *what)
{
    all->list = g_ptr_array_new_with_free_func(machine_free);
    all->what = what;
}

void machines_free(struct machines *all)
{
    g_ptr_array_free(all->list, TRUE);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const struct machine *const *x = a, *const *y = b;

    return strcmp((*x)->entry, (*y)->entry);
}

static bool known(const struct machines *all, const char *entry)
{
    for (guint i = 0; i < all->list->len; i++) {
        if (strcmp(((struct machine *)all->list->pdata[i])->entry, entry) == 0) {
            return true;
        }
    }
    return false;
}

static void ask(const struct machine *m)
{
    struct view_message want = {.type = VIEW_WANT, .value = VIEW_WANT_STATS};

    while (send(m->fd, &want, sizeof(want), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EINTR) {
    }
}

static void come(struct machines *all, const char *entry)
{
    struct ucred who = {0};
    socklen_t len = sizeof(who);
    struct machine *m;
    int fd = runtime_open(entry);

    if (fd < 0) {
        return; /* it has gone, or is too busy to be asked now */
    }
    m = g_new0(struct machine, 1);
    m->entry = g_strdup(entry);
    m->name = g_strdup(entry);
    m->status = g_strdup("");
    m->fd = fd;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0) {
        m->pid = who.pid;
    }
    ask(m);
    g_ptr_array_add(all->list, m);
}

void machines_find(struct machines *all)
{
    g_autoptr(GPtrArray) names = runtime_list();

    for (guint i = all->list->len; i-- > 0;) {
        if (((struct machine *)all->list->pdata[i])->fd < 0) {
            g_ptr_array_remove_index(all->list, i); /* once more: it may have room by now */
        }
    }
    for (guint i = 0; i < names->len; i++) {
        const char *entry = names->pdata[i];

        if (runtime_meant(entry, all->what) && !known(all, entry)) {
            come(all, entry);
        }
    }
    g_ptr_array_sort(all->list, by_name);
}

/* -- what they say -- */

static void set_trouble(struct machine *m, const char *why)
{
    g_free(m->trouble);
    m->trouble = g_strdup(why);
}

/* Fit for a terminal. */
static char *printable(const char *text)
{
    GString *s = g_string_new(NULL);

    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char_validated(c, -1);

        if (u == (gunichar)-1 || u == (gunichar)-2) {
            g_string_append_c(s, '?');
            break;
        }
        g_string_append_unichar(s, g_unichar_isprint(u) ? u : '?');
    }
    return g_string_free(s, FALSE);
}

static bool greet(struct machine *m, struct view_message *msg)
{
    if (msg->type != VIEW_HELLO || msg->hello.version != VIEW_VERSION) {
        set_trouble(m, "not a vmx-dm of this version");
        return false;
    }
    msg->hello.name[VIEW_TEXT - 1] = 0;
    if (msg->hello.name[0]) {
        g_free(m->name);
        m->name = printable(msg->hello.name);
    }
    m->greeted = true;
    return true;
}

static void take_page(struct machine *m, int fd)
{
    g_autoptr(GError) error = NULL;
    const struct stats_page *p;

    if (fd < 0 || m->page) {
        return;
    }
    p = stats_map(fd, &error);
    if (p) {
        m->page = p;
    } else {
        set_trouble(m, error->message);
    }
}

/* False: it has ended. */
static bool serve(struct machine *m, struct view_message *msg, int fd)
{
    if (!m->greeted) {
        return greet(m, msg);
    }
    switch (msg->type) {
    case VIEW_STATUS:
        msg->text[VIEW_TEXT - 1] = 0;
        g_free(m->status);
        m->status = printable(msg->text);
        return true;
    case VIEW_STATS:
        take_page(m, fd);
        return true;
    default:
        return msg->type != VIEW_END; /* what others want */
    }
}

/* False: the connection has ended. */
static bool listen_to(struct machine *m)
{
    for (int i = 0; i < MAX_MESSAGES; i++) {
        struct view_message msg;
        int fd;
        ssize_t n = view_receive(m->fd, &msg, &fd, MSG_DONTWAIT);
        bool on = n == (ssize_t)sizeof(msg) && serve(m, &msg, fd);
        int err = errno;

        if (n > 0 && fd >= 0) {
            close(fd);
        }
        if (n < 0 && (err == EAGAIN || err == EINTR)) {
            return true;
        }
        if (n > 0 && n != (ssize_t)sizeof(msg)) {
            set_trouble(m, "not a vmx-dm of this version");
        } else if (n <= 0 && !m->greeted) {
            set_trouble(m, "no room for one more viewer");
        }
        if (!on) {
            return false;
        }
    }
    return true;
}

/* One that is of no use stays in the list for a while, to be told of. */
static bool stays(struct machine *m)
{
    if (!m->trouble) {
        return false;
    }
    close(m->fd);
    m->fd = -1;
    return true;
}

void machines_serve(struct machines *all)
{
    for (guint i = 0; i < all->list->len;) {
        struct machine *m = all->list->pdata[i];

        if (m->fd >= 0 && !listen_to(m) && !stays(m)) {
            g_ptr_array_remove_index(all->list, i);
        } else {
            i++;
        }
    }
}

/* -- reading -- */

/* CPU time of a thread of the machine's process: what it names is looked for in there only. */
static double thread_cpu(pid_t pid, uint32_t thread)
{
    char path[64];
    uint64_t ns;
    FILE *f;
    int got;

    g_snprintf(path, sizeof(path), "/proc/%d/task/%" PRIu32 "/schedstat", (int)pid, thread);
    f = fopen(path, "re");
    if (!f) {
        return -1;
    }
    got = fscanf(f, "%" SCNu64, &ns);
    fclose(f);
    return got == 1 ? (double)ns : -1;
}

static long resident_kib(pid_t pid)
{
    char path[64];
    long pages = 0;
    FILE *f;

    g_snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    f = fopen(path, "re");
    if (!f) {
        return 0;
    }
    if (fscanf(f, "%*s %ld", &pages) != 1) {
        pages = 0;
    }
    fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void read_cpus(const struct machine *m, struct reading *r)
{
    r->cpus = stats_cpus(m->page);
    for (unsigned i = 0; i < r->cpus; i++) {
        struct stats_load l = stats_get_load(m->page, i);
        double ns = thread_cpu(m->pid, l.thread);

        r->exits += l.exits;
        r->model += l.model;
        r->cpu_ns = ns < 0 || r->cpu_ns < 0 ? -1 : r->cpu_ns + ns;
    }
}

static void read_page(const struct machine *m, struct reading *r)
{
    const struct stats_page *p = m->page;

    r->us = g_get_monotonic_time();
    read_cpus(m, r);
    r->ranges = stats_ranges(p);
    r->sum = g_new0(struct stats_sum, r->ranges);
    r->range = g_new(struct stats_range, r->ranges);
    for (unsigned i = 0; i < r->ranges; i++) {
        r->range[i] = stats_get_range(p, i);
        stats_sum_add(&r->sum[i], p, i);
    }
    r->nets = stats_nets(p);
    for (unsigned i = 0; i < r->nets; i++) {
        r->net[i] = stats_get_net(p, i);
    }
    r->disks = stats_disks(p);
    for (unsigned i = 0; i < r->disks; i++) {
        r->disk[i] = stats_get_disk(p, i);
    }
}

void machines_read(struct machines *all)
{
    for (guint i = 0; i < all->list->len; i++) {
        struct machine *m = all->list->pdata[i];

        m->rss_kib = resident_kib(m->pid);
        if (m->page) {
            reading_clear(&m->before);
            m->before = m->now;
            m->now = (struct reading){0};
            read_page(m, &m->now);
        }
    }
}

bool machine_rates(const struct machine *m, struct rates *r)
{
    const struct reading *a = &m->before, *b = &m->now;
    double ns;

    *r = (struct rates){.cpu = -1};
    if (!a->us || b->us <= a->us) {
        return false;
    }
    r->seconds = (double)(b->us - a->us) / 1e6;
    ns = r->seconds * 1e9;
    r->exits = (double)(b->exits - MIN(a->exits, b->exits)) / r->seconds;
    r->model = stats_ns(m->page, (double)(b->model - MIN(a->model, b->model))) * 100 / ns;
    if (a->cpu_ns >= 0 && b->cpu_ns >= a->cpu_ns) {
        r->cpu = (b->cpu_ns - a->cpu_ns) * 100 / ns;
    }
    return true;
}

/* -- who answered -- */

static void label_of(char *to, size_t size, const struct stats_range *r, bool windows)
{
    const char *device = r->id[0] ? r->id : r->device;

    if (!device[0]) {
        g_strlcpy(to, r->region, size); /* open bus and its like */
    } else if (windows && g_str_has_prefix(r->region, device)) {
        g_snprintf(to, size, "%s %0*" PRIx64, r->region, r->flags & STATS_PORTS ? 4 : 8, r->base);
    } else if (windows) {
        g_snprintf(to, size, "%s %s %0*" PRIx64, device, r->region, r->flags & STATS_PORTS ? 4 : 8,
                   r->base);
    } else {
        g_strlcpy(to, device, size);
    }
}

static struct answers *answers_of(GArray *list, const char *label)
{
    struct answers fresh = {0};

    for (guint i = 0; i < list->len; i++) {
        struct answers *a = &g_array_index(list, struct answers, i);

        if (strcmp(a->label, label) == 0) {
            return a;
        }
    }
    g_strlcpy(fresh.label, label, sizeof(fresh.label));
    g_array_append_val(list, fresh);
    return &g_array_index(list, struct answers, list->len - 1);
}

GArray *machine_answers(const struct machine *m, bool windows, bool total)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct answers));
    const struct reading *a = &m->before, *b = &m->now;

    for (unsigned i = 0; i < b->ranges; i++) {
        struct stats_sum s = b->sum[i];
        char label[sizeof(((struct answers *)NULL)->label)];

        if (!total && i < a->ranges) {
            stats_sum_since(&s, &a->sum[i]);
        }
        if (s.exits || s.coalesced) {
            label_of(label, sizeof(label), &b->range[i], windows);
            stats_sum_join(&answers_of(list, label)->sum, &s);
        }
    }
    return list;
}

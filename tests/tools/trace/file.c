/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading traces: see file.h. */
#include "tests/tools/trace/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOTS_MAX (UINT64_C(1) << 36)

static bool fail(GError **error, const char *name, const char *what)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: %s", name, what);
    return false;
}

/* -- header -- */

static bool inside(const struct trace_file *f, uint64_t offset, uint64_t len)
{
    return offset % 8 == 0 && offset >= sizeof(f->header) && offset <= f->size &&
           len <= f->size - offset;
}

static bool check_header(const struct trace_file *f, const char *name, GError **error)
{
    const struct trace_header *h = &f->header;

    if (f->size < sizeof(*h) || memcmp(h->magic, TRACE_MAGIC, sizeof(h->magic)) != 0) {
        return fail(error, name, "is no trace of vmx-dm");
    }
    if (h->version != TRACE_VERSION || h->slot_size != sizeof(struct trace_slot)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s: is a trace of version %u; this program reads version %u", name, h->version,
                    TRACE_VERSION);
        return false;
    }
    if (h->slots < TRACE_SLOTS_MIN || h->slots > SLOTS_MAX || (h->slots & (h->slots - 1)) ||
        h->names > TRACE_NAMES || h->config_len > TRACE_CONFIG_MAX || h->head > INT64_MAX) {
        return fail(error, name, "its header is damaged");
    }
    if (!inside(f, h->names_offset, TRACE_NAMES * sizeof(struct trace_name)) ||
        !inside(f, h->config_offset, TRACE_CONFIG_MAX) ||
        !inside(f, h->ring_offset, h->slots * sizeof(struct trace_slot))) {
        return fail(error, name, "is truncated, or its header is damaged");
    }
    return true;
}

/* Ended, and fit for a terminal. */
static void clean(char *text, size_t size)
{
    text[size - 1] = 0;
    for (; *text; text++) {
        if (!g_ascii_isprint(*text)) {
            *text = '?';
        }
    }
}

static void copy_names(struct trace_file *f)
{
    size_t bytes = TRACE_NAMES * sizeof(struct trace_name);

    f->names = g_memdup2(f->data + f->header.names_offset, bytes);
    for (unsigned i = 0; i < TRACE_NAMES; i++) {
        struct trace_name *n = &f->names[i];

        if (i == 0 || i >= f->header.names) {
            memset(n, 0, sizeof(*n));
        }
        clean(n->device, sizeof(n->device));
        clean(n->id, sizeof(n->id));
        clean(n->region, sizeof(n->region));
    }
    g_strlcpy(f->names[0].region, "(nothing)", sizeof(f->names[0].region));
}

static void copy_config(struct trace_file *f)
{
    const char *from = (const char *)f->data + f->header.config_offset;
    uint32_t left = f->header.config_len;

    f->config = g_ptr_array_new_with_free_func(g_free);
    while (left) {
        size_t n = strnlen(from, left);
        char *text = g_strndup(from, n);

        for (char *c = text; *c; c++) {
            *c = g_ascii_iscntrl(*c) ? '?' : *c; /* it will be shown in messages */
        }
        g_ptr_array_add(f->config, text);
        n = MIN(n + 1, left);
        from += n;
        left -= (uint32_t)n;
    }
}

static struct trace_file *take(struct trace_file *f, const char *name, GError **error)
{
    if (f->size) {
        memcpy(&f->header, f->data, MIN(sizeof(f->header), f->size));
    }
    if (!check_header(f, name, error)) {
        trace_file_free(f);
        return NULL;
    }
    clean(f->header.accel, sizeof(f->header.accel));
    clean(f->header.program, sizeof(f->header.program));
    copy_names(f);
    copy_config(f);
    f->head = f->header.head;
    f->first = f->head > f->header.slots ? f->head - f->header.slots : 0;
    f->at = f->first;
    return f;
}

struct trace_file *trace_file_from(const uint8_t *data, size_t size, const char *name,
                                   GError **error)
{
    struct trace_file *f = g_new0(struct trace_file, 1);

    f->data = data;
    f->size = size;
    return take(f, name, error);
}

struct trace_file *trace_file_open(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st = {0};
    struct trace_file *f;
    void *at;

    if (fd < 0 || fstat(fd, &st) < 0) {
        fail(error, path, g_strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct trace_header)) {
        close(fd);
        fail(error, path, "is no trace of vmx-dm");
        return NULL;
    }
    at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (at == MAP_FAILED) {
        fail(error, path, g_strerror(errno));
        return NULL;
    }
    f = g_new0(struct trace_file, 1);
    f->data = at;
    f->size = (size_t)st.st_size;
    f->mapped = true;
    return take(f, path, error);
}

void trace_file_free(struct trace_file *f)
{
    if (!f) {
        return;
    }
    if (f->mapped) {
        munmap((void *)f->data, f->size);
    }
    if (f->config) {
        g_ptr_array_free(f->config, TRUE);
    }
    g_free(f->names);
    g_free(f);
}

bool trace_file_wrapped(const struct trace_file *f)
{
    return f->first > 0;
}

/* -- records -- */

/* A copy of a slot; false when it is of another lap or unfinished. */
static bool get(const struct trace_file *f, uint64_t at, void *slot)
{
    uint64_t i = at & (f->header.slots - 1);
    uint32_t stamp;

    memcpy(slot, f->data + f->header.ring_offset + i * sizeof(struct trace_slot),
           sizeof(struct trace_slot));
    memcpy(&stamp, slot, sizeof(stamp));
    return stamp == (uint32_t)(at / f->header.slots) + 1;
}

/* The data behind a head; false when some of it is missing. */
static bool get_data(const struct trace_file *f, struct trace_record *r)
{
    for (uint32_t i = 0, done = 0; done < r->len; i++) {
        uint32_t n = MIN(r->len - done, TRACE_MORE_BYTES);
        struct trace_more m;

        if (r->slot + 1 + i >= f->head || !get(f, r->slot + 1 + i, &m) || m.type != TRACE_MORE ||
            m.index != (uint8_t)i) {
            return false;
        }
        memcpy(r->data + done, m.data, n);
        done += n;
    }
    return true;
}

/* Is what it says of itself possible? */
static bool sane(const struct trace_record *r)
{
    uint64_t all = (uint64_t)r->count * r->width;

    if (r->type == TRACE_ACCESS) {
        return r->len && r->len % r->width == 0 && (r->cut ? r->len < all : r->len == all);
    }
    if (r->type == TRACE_DMA || r->type == TRACE_FRAME || r->type == TRACE_BYTES ||
        r->type == TRACE_REGS) {
        return r->len && r->len <= r->count;
    }
    return r->len == 0;
}

static bool parse(const struct trace_file *f, uint64_t at, const struct trace_slot *s,
                  struct trace_record *r)
{
    bool string = (s->info & TRACE_STRING) != 0;

    r->slot = at;
    r->type = (enum trace_type)s->type;
    r->memory = (s->info & TRACE_MEMORY) != 0;
    r->write = (s->info & TRACE_WRITE) != 0;
    r->cut = (s->info & TRACE_CUT) != 0;
    r->width = s->type == TRACE_ACCESS ? 1u << (s->info & TRACE_WIDTH) : 1;
    r->cpu = (uint8_t)(s->time >> 56);
    r->time = s->time & ((UINT64_C(1) << 56) - 1);
    r->addr = s->addr;
    r->name_number = s->name < f->header.names ? s->name : 0;
    r->name = &f->names[r->name_number];
    r->value = string ? 0 : s->value;
    r->count = string ? s->count : s->type == TRACE_ACCESS;
    r->len = string ? s->len : s->type == TRACE_ACCESS ? r->width : 0;
    if (s->type < TRACE_ACCESS || s->type > TRACE_LAST || r->len > TRACE_DATA_MAX || !sane(r)) {
        return false;
    }
    if (string) {
        return get_data(f, r);
    }
    memcpy(r->data, &s->value, r->len);
    return true;
}

bool trace_file_at(struct trace_file *f, uint64_t slot, struct trace_record *r)
{
    struct trace_slot s;

    return slot >= f->first && slot < f->head && get(f, slot, &s) && parse(f, slot, &s, r);
}

bool trace_file_next(struct trace_file *f, struct trace_record *r)
{
    while (f->at < f->head) {
        uint64_t at = f->at++;
        struct trace_slot s;

        if (!get(f, at, &s)) {
            f->lost++;
        } else if (s.type == TRACE_MORE) {
            /* of a record whose head is gone or was refused */
            f->lost++;
        } else if (parse(f, at, &s, r)) {
            if (s.info & TRACE_STRING) {
                f->at += (r->len + TRACE_MORE_BYTES - 1) / TRACE_MORE_BYTES;
            }
            return true;
        } else {
            f->lost++;
        }
    }
    return false;
}

void trace_file_rewind(struct trace_file *f)
{
    f->at = f->first;
    f->lost = 0;
}

uint64_t trace_element(const struct trace_record *r, uint32_t i)
{
    uint64_t v = 0;

    memcpy(&v, r->data + (size_t)i * r->width, r->width);
    return v;
}

uint64_t trace_reg(const struct trace_record *r, unsigned reg)
{
    uint64_t v = 0;

    if ((reg + 1) * sizeof(v) <= r->len) {
        memcpy(&v, r->data + reg * sizeof(v), sizeof(v));
    }
    return v;
}

char *trace_register(const struct trace_record *r)
{
    const struct trace_name *n = r->name;
    const char *dot = n->id[0] ? "." : "";

    if (r->type != TRACE_ACCESS) {
        return g_strdup_printf("%s%s%s %s", n->device, dot, n->id, n->region);
    }
    if (r->name_number == 0) {
        return g_strdup(n->region);
    }
    return g_strdup_printf("%s%s%s %s+0x%" G_GINT64_MODIFIER "x", n->device, dot, n->id, n->region,
                           r->addr - n->base);
}

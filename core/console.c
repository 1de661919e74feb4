/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of text consoles: see console.h. */
#include "core/console.h"

#include <glib.h>

struct console {
    char *name;
    bool last, private;
    uint32_t generation;
    const struct console_ops *ops;
    void *opaque;
};

static GSList *consoles;
static void (*listener)(const struct console *c);

static void tell(const struct console *c)
{
    if (listener) {
        listener(c);
    }
}

static int order(gconstpointer a, gconstpointer b)
{
    const struct console *one = a, *other = b;

    return one->last >= other->last ? 1 : -1; /* behind its equals */
}

struct console *console_add(const char *name, bool last, const struct console_ops *ops,
                            void *opaque)
{
    struct console *c = g_new0(struct console, 1);

    c->name = g_strdup(name);
    c->last = last;
    c->generation = 1;
    c->ops = ops;
    c->opaque = opaque;
    consoles = g_slist_insert_sorted(consoles, c, order);
    tell(NULL);
    return c;
}

void console_remove(struct console *c)
{
    consoles = g_slist_remove(consoles, c);
    g_free(c->name);
    g_free(c);
    tell(NULL);
}

void console_make_private(struct console *c)
{
    c->private = true;
    tell(NULL);
}

void console_changed(struct console *c)
{
    c->generation = MAX(c->generation + 1, 1);
    tell(c);
}

struct console *console_nth(unsigned n, bool all)
{
    for (GSList *l = consoles; l; l = l->next) {
        struct console *c = l->data;

        if ((all || !c->private) && n-- == 0) {
            return c;
        }
    }
    return NULL;
}

const char *console_name(const struct console *c)
{
    return c->name;
}

uint32_t console_generation(const struct console *c)
{
    return c->generation;
}

void console_cells(const struct console *c, uint64_t top, struct surface_cells *out)
{
    c->ops->cells(c->opaque, top, out);
}

uint64_t console_scroll(const struct console *c, uint64_t top, int32_t lines)
{
    return c->ops->scroll(c->opaque, top, lines);
}

void console_type(const struct console *c, const uint8_t *buf, uint32_t len)
{
    c->ops->type(c->opaque, buf, len);
}

void console_listen(void (*changed)(const struct console *c))
{
    listener = changed;
}

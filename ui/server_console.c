/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text consoles for viewers: each looks at the guest's screen or at one of them. Who may not command
 * the machine is not told of those by which that is done.
 */
#include "ui/server_priv.h"

#include <string.h>

/* Those who come by themselves are our own user, or root. */
static bool sees_all(const struct viewer *v)
{
    return !v->start.program || v->start.monitor;
}

static void turn_to(struct viewer *v, const struct console *c)
{
    v->console = c;
    v->console_top = CONSOLE_FOLLOW;
    cells_forget(v);
    if (!c) {
        v->surface_due = true;
        v->rect_count = 0;
    }
    viewer_flush(v);
}

static bool may_look(const struct viewer *v, const struct console *c)
{
    const struct console *other;

    for (unsigned n = 0; (other = console_nth(n, sees_all(v))) != NULL; n++) {
        if (other == c) {
            return true;
        }
    }
    return false;
}

static void changed(const struct console *c)
{
    for (unsigned i = 0; i < view_server.viewers->len; i++) {
        struct viewer *v = view_server.viewers->pdata[i];

        if (!c) {
            v->consoles_due = true;
            if (v->console && !may_look(v, v->console)) {
                turn_to(v, NULL);
                continue;
            }
        }
        if (!c || v->console == c) {
            viewer_flush(v);
        }
    }
}

void consoles_open(void)
{
    console_listen(changed);
}

void consoles_close(void)
{
    console_listen(NULL);
}

bool consoles_tell(struct viewer *v)
{
    struct view_message m = {.type = VIEW_CONSOLES};
    const struct console *c;
    size_t at = 0;

    for (; (c = console_nth(m.count, sees_all(v))) != NULL; m.count++) {
        size_t len = strlen(console_name(c));

        if (at + len + 1 >= sizeof(m.text)) {
            break;
        }
        memcpy(m.text + at, console_name(c), len);
        m.text[at + len] = '\n';
        at += len + 1;
    }
    v->consoles_due = !viewer_send(v, &m, -1);
    return !v->consoles_due;
}

static void show_from(struct viewer *v, uint64_t top)
{
    if (v->console_top != top) {
        v->console_top = top;
        cells_again(v);
        viewer_flush(v);
    }
}

void consoles_serve(struct viewer *v, const struct view_message *m)
{
    const struct console *c;

    switch (m->type) {
    case VIEW_CONSOLE:
        c = m->value ? console_nth(m->value - 1, sees_all(v)) : NULL;
        if (c || m->value == 0) {
            turn_to(v, c);
        }
        break;
    case VIEW_TYPE:
        if (v->console && m->count <= sizeof(m->text)) {
            show_from(v, CONSOLE_FOLLOW);
            console_type(v->console, (const uint8_t *)m->text, m->count);
        }
        break;
    case VIEW_SCROLL:
        if (v->console) {
            show_from(v, console_scroll(v->console, v->console_top, m->lines));
        }
        break;
    default:
        break;
    }
}

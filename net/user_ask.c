/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests to a user network's process, for the monitor: one at a time, each waited for a little. */
#include "net/net.h"
#include "net/user_priv.h"

#include <string.h>

#define REQUEST_MS 1000

bool net_is_user(const struct link *l)
{
    return user_find(l) != NULL;
}

int net_user_process(const struct link *l)
{
    const struct user *u = user_find(l);

    return u ? (int)u->pid : 0;
}

/* Ask the process; what it says, g_free, NULL with an error when it says no or nothing. */
static char *ask(struct user *u, enum wire_type type, const char *spec, GError **error)
{
    bool ok;

    g_clear_pointer(&u->answer, g_free);
    u->serial++;
    if (u->state == USER_RUNNING &&
        wire_send(u->fd, type, u->serial, spec, MIN(strlen(spec), WIRE_PAYLOAD)) == 0) {
        user_wait(u, &u->answer, USER_DEAD, REQUEST_MS);
    }
    u->serial++; /* what comes now is too late */
    if (!u->answer) {
        g_set_error(error, KEYVAL_ERROR, 0, "network %s: its process does not answer",
                    link_name(u->link));
        return NULL;
    }
    ok = u->answer[0] == '+';
    if (!ok) {
        g_set_error_literal(error, KEYVAL_ERROR, 0, u->answer[0] ? u->answer + 1 : "refused");
    }
    return ok ? g_strdup(u->answer + 1) : NULL;
}

static struct user *find_or_fail(struct link *l, GError **error)
{
    struct user *u = user_find(l);

    if (!u) {
        g_set_error(error, KEYVAL_ERROR, 0, "%s is not a user network (-netdev user)",
                    link_name(l));
    }
    return u;
}

char *net_user_info(struct link *l)
{
    struct user *u = user_find(l);
    g_autofree char *text = u ? user_describe(u) : NULL, *list = NULL;

    if (!u) {
        return NULL;
    }
    list = ask(u, WIRE_INFO, "", NULL);
    return g_strdup_printf("%s: %s\n%s\n", link_name(l), text,
                           list ? list : "its process does not answer");
}

/* "tcp::2222-..." and ":2222-..." are the same host's end. */
static char *host_end(const char *spec)
{
    const char *dash = strrchr(spec, '-');
    gsize n = dash ? (gsize)(dash - spec) : strlen(spec);

    return g_strdup_printf("%s%.*s", spec[0] == ':' ? "tcp" : "", (int)n, spec);
}

static void forget(struct user *u, const char *spec)
{
    g_autofree char *gone = host_end(spec);

    for (guint i = 0; i < u->forwards->len; i++) {
        g_autofree char *one = host_end(g_ptr_array_index(u->forwards, i));

        if (strcmp(one, gone) == 0) {
            g_ptr_array_remove_index(u->forwards, i);
            return;
        }
    }
}

/*
 * The forward with the port that its process chose, if it might; else NULL. One that is started again
 * then takes the same, and hostfwd_remove finds it by what `info usernet` shows.
 */
static char *settled(const char *spec, uint64_t port)
{
    const char *dash = strrchr(spec, '-');
    const char *colon = dash ? g_strrstr_len(spec, dash - spec, ":") : NULL;
    char *end;

    if (!colon || g_ascii_strtoull(colon + 1, &end, 10) != 0 || end != dash || port < 1 ||
        port > 65535) {
        return NULL;
    }
    return g_strdup_printf("%.*s%u%s", (int)(colon + 1 - spec), spec, (unsigned)port, dash);
}

void user_settle_ports(struct user *u, const char *ports)
{
    for (guint i = 0; i < u->forwards->len && *ports; i++) {
        char **spec = (char **)&u->forwards->pdata[i], *end;
        char *with = settled(*spec, g_ascii_strtoull(ports, &end, 10));

        if (with) {
            g_free(*spec);
            *spec = with;
        }
        ports = *end ? end + 1 : end;
    }
}

bool net_user_hostfwd_add(struct link *l, const char *spec, GError **error)
{
    struct user *u = find_or_fail(l, error);
    g_autofree char *said = u ? ask(u, WIRE_ADD, spec, error) : NULL;

    if (said) {
        char *with = settled(spec, g_ascii_strtoull(said, NULL, 10));

        g_ptr_array_add(u->forwards, with ? with : g_strdup(spec));
    }
    return said != NULL;
}

bool net_user_hostfwd_remove(struct link *l, const char *spec, GError **error)
{
    struct user *u = find_or_fail(l, error);
    g_autofree char *said = u ? ask(u, WIRE_REMOVE, spec, error) : NULL;

    if (said) {
        forget(u, spec);
    }
    return said != NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hostfwd=: a port of the host that leads to a port of the guest. */
#include "net/slirp_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static bool fail(const char *spec, GError **error, const char *why)
{
    g_set_error(error, KEYVAL_ERROR, 0, "hostfwd=%s: %s", spec, why);
    return false;
}

static bool parse_port(const char *text, int *port)
{
    char *end;
    uint64_t v;

    if (!g_ascii_isdigit(text[0])) {
        return false;
    }
    v = g_ascii_strtoull(text, &end, 10);
    *port = (int)v;
    return *end == 0 && v <= 65535;
}

/* "[addr]:port"; no address is 0.0.0.0. Port 0 may have a meaning. */
static bool parse_end(const char *text, struct in_addr *addr, int *port)
{
    const char *colon = strrchr(text, ':');
    g_autofree char *name = colon ? g_strndup(text, (gsize)(colon - text)) : NULL;

    addr->s_addr = INADDR_ANY;
    return name && (name[0] == 0 || inet_pton(AF_INET, name, addr) == 1) &&
           parse_port(colon + 1, port);
}

bool net_forward_parse(struct net_forward *f, const char *spec, bool guest, GError **error)
{
    const char *colon = strchr(spec, ':');
    const char *dash = strrchr(spec, '-');
    g_autofree char *protocol = NULL, *host = NULL;

    memset(f, 0, sizeof(*f));
    if (!colon || (guest && (!dash || dash < colon)) || (!guest && dash)) {
        return fail(spec, error,
                    guest ? "expected [tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport, such as "
                            "tcp::2222-:22"
                          : "expected [tcp|udp]:[hostaddr]:hostport, such as tcp::2222");
    }
    protocol = g_strndup(spec, (gsize)(colon - spec));
    host = guest ? g_strndup(colon + 1, (gsize)(dash - colon - 1)) : g_strdup(colon + 1);
    f->udp = strcmp(protocol, "udp") == 0;
    if (!f->udp && protocol[0] && strcmp(protocol, "tcp") != 0) {
        return fail(spec, error, "the protocol is neither tcp nor udp");
    }
    if (!parse_end(host, &f->host, &f->host_port)) {
        return fail(spec, error, "the host's part is not [address]:port, port 0 to 65535");
    }
    if (guest && (!parse_end(dash + 1, &f->guest, &f->guest_port) || !f->guest_port)) {
        return fail(spec, error, "the guest's part is not [address]:port, port 1 to 65535");
    }
    return true;
}

static bool explain(const struct net_forward *f, const char *spec, int err, GError **error)
{
    g_autofree char *why = NULL;

    if (err == EADDRINUSE) {
        why =
            g_strdup_printf("host port %d is in use; choose another one, or stop the program that "
                            "has it",
                            f->host_port);
    } else if (err == EACCES || err == EPERM) {
        why =
            g_strdup_printf("host port %d needs privileges; choose one from 1024 up", f->host_port);
    } else if (err == EADDRNOTAVAIL) {
        why = g_strdup_printf("%s is not an address of this host", inet_ntoa(f->host));
    } else {
        why = g_strdup_printf("host port %d: %s", f->host_port, g_strerror(err));
    }
    return fail(spec, error, why);
}

/*
 * Is the host's end free? Port 0 becomes one that is. libslirp binds UDP sockets with SO_REUSEADDR,
 * under which two programs would share the port in silence: here it is asked without. 0 or an errno.
 */
static int probe(struct net_forward *f)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)f->host_port), .sin_addr = f->host};
    socklen_t len = sizeof(sin);
    int fd = socket(AF_INET, (f->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    int err = 0;

    if (fd < 0 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 ||
        getsockname(fd, (struct sockaddr *)&sin, &len) < 0) {
        err = errno;
    }
    f->host_port = ntohs(sin.sin_port);
    if (fd >= 0) {
        close(fd);
    }
    return err;
}

int net_forward_add(Slirp *slirp, const char *spec, GError **error)
{
    struct net_forward f;
    bool any;
    int err;

    if (!net_forward_parse(&f, spec, true, error)) {
        return 0;
    }
    any = f.host_port == 0;
    for (int i = 0;; i++) {
        err = f.udp || any ? probe(&f) : 0;
        if (err) {
            break;
        }
        errno = 0;
        if (slirp_add_hostfwd(slirp, f.udp, f.host, f.host_port, f.guest, f.guest_port) == 0) {
            return f.host_port;
        }
        err = errno ? errno : EINVAL;
        if (!any || err != EADDRINUSE || i == 10) {
            break;
        }
        f.host_port = 0; /* somebody took it just now */
    }
    explain(&f, spec, err, error);
    return 0;
}

bool net_forward_remove(Slirp *slirp, const char *spec, GError **error)
{
    struct net_forward f;

    if (!net_forward_parse(&f, spec, false, error)) {
        return false;
    }
    if (slirp_remove_hostfwd(slirp, f.udp, f.host, f.host_port) < 0) {
        return fail(spec, error, "there is no such forward");
    }
    return true;
}

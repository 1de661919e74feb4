/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guestfwd=: connections of the guest to an address of its network become those of a command, a TCP
 * port or a unix socket of the host. libslirp connects to unix sockets only: for the other two a
 * broker process, forked before this one is confined, listens on sockets in a private directory and
 * has one child for each connection, at most CHILDREN. It ends when this process does, which it sees
 * by the end of a pipe.
 */
#include "net/slirp_priv.h"
#include "net/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 64
#define FORWARDS_MAX 32u
#define BUFFER 16384u

/* -- the words -- */

static bool fail(const char *spec, GError **error, const char *why)
{
    g_set_error(error, KEYVAL_ERROR, 0, "guestfwd=%s: %s", spec, why);
    return false;
}

void net_guestfwd_clear(struct net_guestfwd *f)
{
    g_strfreev(f->argv);
    g_free(f->host);
    g_free(f->port);
    g_free(f->path);
    memset(f, 0, sizeof(*f));
}

static bool parse_target(struct net_guestfwd *f, const char *spec, const char *to, GError **error)
{
    if (g_str_has_prefix(to, "cmd:")) {
        g_autoptr(GError) why = NULL;

        f->kind = GUESTFWD_CMD;
        return g_shell_parse_argv(to + 4, NULL, &f->argv, &why) || fail(spec, error, why->message);
    }
    if (g_str_has_prefix(to, "tcp:")) {
        g_auto(GStrv) words = g_strsplit(to + 4, ",", 2); /* chardev words such as nodelay=on */
        const char *colon = words[0] ? strrchr(words[0], ':') : NULL;

        f->kind = GUESTFWD_TCP;
        if (!colon || colon == words[0] || !colon[1]) {
            return fail(spec, error, "expected tcp:HOST:PORT");
        }
        f->host = g_strndup(words[0], (gsize)(colon - words[0]));
        f->port = g_strdup(colon + 1);
        return true;
    }
    if (g_str_has_prefix(to, "unix:")) {
        g_auto(GStrv) words = g_strsplit(to + 5, ",", 2);

        f->kind = GUESTFWD_UNIX;
        f->path = g_strdup(words[0] ? words[0] : "");
        return (f->path[0] && strlen(f->path) < sizeof(((struct sockaddr_un *)0)->sun_path)) ||
               fail(spec, error, "expected unix:PATH of at most 107 characters");
    }
    return fail(spec, error, "it leads to cmd:COMMAND, tcp:HOST:PORT or unix:PATH");
}

bool net_guestfwd_parse(struct net_guestfwd *f, const char *spec, GError **error)
{
    const char *at = g_str_has_prefix(spec, "tcp:") ? spec + 4 : spec[0] == ':' ? spec + 1 : NULL;
    const char *dash = at ? strchr(at, '-') : NULL, *colon = at ? strchr(at, ':') : NULL;
    g_autofree char *addr = NULL;
    char *end = NULL;
    uint64_t port = 0;

    memset(f, 0, sizeof(*f));
    if (!dash || !colon || colon > dash) {
        return fail(spec, error,
                    "expected tcp:ADDRESS:PORT-TARGET, such as tcp:10.0.2.100:7-cmd:cat");
    }
    addr = g_strndup(at, (gsize)(colon - at));
    if (g_ascii_isdigit(colon[1])) {
        port = g_ascii_strtoull(colon + 1, &end, 10);
    }
    if (inet_pton(AF_INET, addr, &f->guest) != 1 || end != dash || port < 1 || port > 65535) {
        return fail(spec, error, "the guest's part is not ADDRESS:PORT, port 1 to 65535");
    }
    f->guest_port = (int)port;
    if (!parse_target(f, spec, dash + 1, error)) {
        net_guestfwd_clear(f);
        return false;
    }
    return true;
}

/* -- one connection, in a process of its own -- */

static int connect_out(const struct net_guestfwd *f)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int fd = -1;

    if (getaddrinfo(f->host, f->port, &hints, &found)) {
        return -1;
    }
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

/* What can be read from one goes to the other; false when that direction is over. */
static bool copy(int from, int to)
{
    char buf[BUFFER];
    ssize_t n = read(from, buf, sizeof(buf)), done = 0;

    while (done < n) {
        ssize_t k = send(to, buf + done, (size_t)(n - done), MSG_NOSIGNAL);

        if (k <= 0) {
            return false;
        }
        done += k;
    }
    if (n <= 0) {
        shutdown(to, SHUT_WR);
    }
    return n > 0;
}

static void relay(int a, int b)
{
    struct pollfd p[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};

    while ((p[0].fd >= 0 || p[1].fd >= 0) && poll(p, 2, -1) >= 0) {
        for (int i = 0; i < 2; i++) {
            if (p[i].fd >= 0 && p[i].revents && !copy(p[i].fd, i ? a : b)) {
                p[i].fd = -1;
            }
        }
    }
}

static void serve(const struct net_guestfwd *f, int fd)
{
    int out;

    if (f->kind == GUESTFWD_CMD) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGINT, SIG_DFL);
        signal(SIGHUP, SIG_DFL);
        signal(SIGQUIT, SIG_DFL);
        dup2(fd, STDIN_FILENO);
        dup2(fd, STDOUT_FILENO);
        execvp(f->argv[0], f->argv);
        _exit(127);
    }
    out = connect_out(f);
    if (out >= 0) {
        relay(fd, out);
    }
    _exit(0);
}

/* -- the broker -- */

struct broker {
    struct net_guestfwd forwards[FORWARDS_MAX];
    int listeners[FORWARDS_MAX];
    unsigned count;
    char *dir;
};

static void broker_run(struct broker *b, int alive)
{
    struct pollfd p[FORWARDS_MAX + 1];
    int children = 0;

    for (unsigned i = 0; i < b->count; i++) {
        p[i] = (struct pollfd){.fd = b->listeners[i], .events = POLLIN};
    }
    p[b->count] = (struct pollfd){.fd = alive, .events = POLLIN};
    for (;;) {
        while (children > 0 && waitpid(-1, NULL, WNOHANG) > 0) {
            children--;
        }
        if (poll(p, b->count + 1, children ? 200 : -1) < 0 && errno != EINTR) {
            return;
        }
        if (p[b->count].revents) {
            return;
        }
        for (unsigned i = 0; i < b->count; i++) {
            int fd = p[i].revents ? accept4(p[i].fd, NULL, NULL, SOCK_CLOEXEC) : -1;
            pid_t pid = fd >= 0 && children < CHILDREN ? fork() : -1;

            if (pid == 0) {
                serve(&b->forwards[i], fd);
            }
            children += pid > 0;
            if (fd >= 0) {
                close(fd);
            }
        }
    }
}

static void broker_clean(struct broker *b)
{
    for (unsigned i = 0; i < b->count; i++) {
        if (b->forwards[i].path) {
            unlink(b->forwards[i].path);
        }
        if (b->listeners[i] >= 0) {
            close(b->listeners[i]);
        }
        net_guestfwd_clear(&b->forwards[i]);
    }
    if (b->dir) {
        rmdir(b->dir);
        g_clear_pointer(&b->dir, g_free);
    }
    b->count = 0;
}

static bool broker_listen(struct broker *b, unsigned i)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    b->listeners[i] = fd;
    b->forwards[i].path = g_strdup_printf("%s/%u", b->dir, i);
    g_strlcpy(a.sun_path, b->forwards[i].path, sizeof(a.sun_path));
    return fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, 8) == 0;
}

static bool broker_start(struct broker *b, GError **error)
{
    int pipes[2];
    pid_t pid;

    if (pipe2(pipes, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
        g_set_error(error, KEYVAL_ERROR, 0, "guestfwd=: %s", g_strerror(errno));
        return false;
    }
    if (pid == 0) {
        close(pipes[1]);
        close(WIRE_FD); /* not ours to talk on */
        signal(SIGPIPE, SIG_IGN);
        broker_run(b, pipes[0]);
        broker_clean(b);
        _exit(0);
    }
    close(pipes[0]); /* and the other end stays open for as long as we live */
    for (unsigned i = 0; i < b->count; i++) {
        close(b->listeners[i]);
        b->listeners[i] = -1;
        g_clear_pointer(&b->forwards[i].path, g_free);
    }
    g_clear_pointer(&b->dir, g_free);
    return true;
}

static bool add_one(Slirp *slirp, struct broker *b, const char *spec, GError **error)
{
    struct net_guestfwd f;
    struct in_addr guest;
    bool direct;

    if (!net_guestfwd_parse(&f, spec, error)) {
        return false;
    }
    direct = f.kind == GUESTFWD_UNIX;
    if (b->count >= FORWARDS_MAX) {
        net_guestfwd_clear(&f);
        return fail(spec, error, "there are too many of them");
    }
    b->listeners[b->count] = -1;
    b->forwards[b->count++] = f;
    if (!direct && !b->dir) {
        b->dir = g_strdup_printf("%s/vmx-dm-slirp-XXXXXX", g_get_tmp_dir());
        if (!g_mkdtemp(b->dir)) {
            g_clear_pointer(&b->dir, g_free);
            return fail(spec, error, "no directory for its socket can be made");
        }
    }
    if (!direct && !broker_listen(b, b->count - 1)) {
        return fail(spec, error, g_strerror(errno));
    }
    guest = f.guest;
    if (slirp_add_unix(slirp, b->forwards[b->count - 1].path, &guest, f.guest_port) < 0) {
        return fail(spec, error, "the address is not inside net=, or is taken there");
    }
    if (direct) { /* nothing for the broker */
        net_guestfwd_clear(&b->forwards[--b->count]);
    }
    return true;
}

bool net_guestfwd_add_all(Slirp *slirp, struct keyval *kv, GError **error)
{
    struct broker b = {.count = 0};
    const char *spec;
    bool ok = true;

    while (ok && (spec = keyval_take(kv, "guestfwd")) != NULL) {
        ok = add_one(slirp, &b, spec, error);
        if (!ok) {
            g_prefix_error(error, "%s: ", keyval_option(kv));
        }
    }
    ok = ok && (b.count == 0 || broker_start(&b, error));
    if (!ok) {
        broker_clean(&b);
        return false;
    }
    for (unsigned i = 0; i < b.count; i++) {
        net_guestfwd_clear(&b.forwards[i]);
    }
    return true;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connections, as the first process has them: see vnc.h. */
#include "ui/vnc/vnc.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <rfb/rfb.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENTER_SECONDS 60 /* a person types the password meanwhile */
#define YIELD_SECONDS 2  /* one that was not let in yet makes room after this, when all are taken */
#define FDS_MAX 128      /* as main.c limits them */

enum state { FREE, KNOCKS, ENTERED, INITIALIZED };

struct client {
    enum state state;
    bool exclusive, asked;
    pid_t pid;
    int control;
    gint64 since;
    struct view_peer peer;
};

static struct {
    const struct vnc_config *cfg;
    int machine;
    uint32_t last_id;
    char secret[VNC_PASSWORD + 1];
    struct client all[VNC_CLIENTS];
} clients;

void clients_open(const struct vnc_config *cfg, int machine)
{
    clients.cfg = cfg;
    clients.machine = machine;
}

void clients_secret(const char *secret)
{
    memset(clients.secret, 0, sizeof(clients.secret));
    g_strlcpy(clients.secret, secret, sizeof(clients.secret));
}

/* -- to the machine -- */

static void tell(struct client *c, enum view_peer_event event)
{
    struct view_message m = {.type = VIEW_PEER};

    c->peer.event = event;
    m.peer = c->peer;
    while (send(clients.machine, &m, sizeof(m), MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

/* -- ends -- */

static void drop(struct client *c)
{
    if (c->state == FREE) {
        return;
    }
    kill(c->pid, SIGKILL);
    waitpid(c->pid, NULL, 0);
    close(c->control);
    tell(c, PEER_GONE);
    memset(c, 0, sizeof(*c));
}

int clients_look(void)
{
    gint64 now = g_get_monotonic_time(), next = -1;

    for (unsigned i = 0; i < VNC_CLIENTS; i++) {
        struct client *c = &clients.all[i];
        gint64 left = c->since + ENTER_SECONDS * G_USEC_PER_SEC - now;

        if ((c->state == KNOCKS || c->state == ENTERED) && left <= 0) {
            drop(c);
        } else if (c->state == KNOCKS || c->state == ENTERED) {
            next = next < 0 ? left : MIN(next, left);
        }
    }
    return next < 0 ? -1 : (int)(next / 1000) + 1;
}

/* A place; the longest that knocks gives up its own. NULL: there is none. */
static struct client *room(void)
{
    struct client *oldest = NULL;

    for (unsigned i = 0; i < VNC_CLIENTS; i++) {
        struct client *c = &clients.all[i];

        if (c->state == FREE) {
            return c;
        }
        if (c->state == KNOCKS && (!oldest || c->since < oldest->since)) {
            oldest = c;
        }
    }
    if (oldest && g_get_monotonic_time() - oldest->since > YIELD_SECONDS * G_USEC_PER_SEC) {
        drop(oldest);
        return oldest;
    }
    return NULL;
}

/* -- begin -- */

static void name_peer(struct view_peer *p, int fd)
{
    struct sockaddr_storage a = {0};
    socklen_t len = sizeof(a);

    p->family = PEER_UNKNOWN;
    if (getpeername(fd, (struct sockaddr *)&a, &len) < 0) {
        return;
    }
    p->family = a.ss_family == AF_INET    ? PEER_IPV4
                : a.ss_family == AF_INET6 ? PEER_IPV6
                                          : PEER_UNIX;
    if (p->family != PEER_UNIX) {
        getnameinfo((struct sockaddr *)&a, len, p->host, sizeof(p->host), p->service,
                    sizeof(p->service), NI_NUMERICHOST | NI_NUMERICSERV);
    }
}

/* The new process keeps nothing of the others, nor what they need to know. */
static _Noreturn void begin(int fd, int control, bool websocket)
{
    const struct vnc_session s = {
        .cfg = clients.cfg, .client = fd, .control = control, .websocket = websocket};

    for (int i = STDERR_FILENO + 1; i < FDS_MAX; i++) {
        if (i != fd && i != control) {
            close(i);
        }
    }
    explicit_bzero(&clients, sizeof(clients));
    session_run(&s);
}

void clients_accept(int listener, bool websocket)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), pair[2];
    struct client *c = fd >= 0 ? room() : NULL;
    pid_t pid;

    if (!c || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    pid = fork();
    if (pid == 0) {
        begin(fd, pair[1], websocket);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
    } else {
        *c = (struct client){.state = KNOCKS,
                             .pid = pid,
                             .control = pair[0],
                             .since = g_get_monotonic_time(),
                             .peer = {.id = ++clients.last_id, .websocket = websocket}};
        name_peer(&c->peer, fd);
        tell(c, PEER_CONNECTED);
    }
    close(fd);
}

/* -- what they ask -- */

static bool knows_secret(const struct vnc_ask *a)
{
    uint8_t want[VNC_CHALLENGE];
    unsigned differ = 0;

    if (!clients.cfg->password) {
        return true;
    }
    memcpy(want, a->challenge, sizeof(want));
    rfbEncryptBytes(want, clients.secret);
    for (unsigned i = 0; i < VNC_CHALLENGE; i++) {
        differ |= (unsigned)(want[i] ^ a->response[i]);
    }
    return clients.secret[0] && !differ;
}

/* Once for each. */
static void enter(struct client *c, const struct vnc_ask *a)
{
    struct view_message m = {.type = VIEW_ADD};
    struct vnc_answer yes = {1}, no = {0};
    int pair[2];

    if (c->asked || !knows_secret(a) ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
        c->asked = true;
        send(c->control, &no, sizeof(no), MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    c->asked = true;
    if (packet_send(clients.machine, &m, sizeof(m), pair[0], 0) &&
        packet_send(c->control, &yes, sizeof(yes), pair[1], 0)) {
        c->state = ENTERED;
    }
    close(pair[0]);
    close(pair[1]);
}

/* May it be with the others, or without them? */
static bool shares(struct client *c, bool shared)
{
    if (clients.cfg->share == VNC_SHARE_FORCE_SHARED) {
        return shared;
    }
    for (unsigned i = 0; clients.cfg->share == VNC_SHARE_ALLOW_EXCLUSIVE && i < VNC_CLIENTS; i++) {
        struct client *other = &clients.all[i];

        if (other != c && other->state == INITIALIZED && !shared) {
            drop(other);
        } else if (other != c && other->state == INITIALIZED && other->exclusive) {
            return false;
        }
    }
    c->exclusive = !shared;
    return true;
}

static void initialized(struct client *c, const struct vnc_ask *a)
{
    struct vnc_answer answer = {c->state == ENTERED && shares(c, a->shared != 0)};

    send(c->control, &answer, sizeof(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (answer.yes) {
        c->state = INITIALIZED;
        tell(c, PEER_INITIALIZED);
    }
}

unsigned clients_poll(struct pollfd *p)
{
    unsigned n = 0;

    for (unsigned i = 0; i < VNC_CLIENTS; i++) {
        if (clients.all[i].state != FREE) {
            p[n++] = (struct pollfd){.fd = clients.all[i].control, .events = POLLIN};
        }
    }
    return n;
}

static void serve(struct client *c)
{
    struct vnc_ask a;
    ssize_t n = recv(c->control, &a, sizeof(a), MSG_DONTWAIT | MSG_TRUNC);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n != (ssize_t)sizeof(a)) {
        drop(c);
    } else if (a.type == VNC_ENTER) {
        enter(c, &a);
    } else if (a.type == VNC_INITIALIZED) {
        initialized(c, &a);
    }
}

void clients_serve(const struct pollfd *p, unsigned n)
{
    for (unsigned k = 0; k < n; k++) {
        for (unsigned i = 0; p[k].revents && i < VNC_CLIENTS; i++) {
            if (clients.all[i].state != FREE && clients.all[i].control == p[k].fd) {
                serve(&clients.all[i]);
                break;
            }
        }
    }
}

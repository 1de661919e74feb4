/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmx-dm-vnc: the first process, started by the machine for -vnc: see vnc.h. */
#include "core/confine.h"
#include "core/report.h"
#include "ui/vnc/listen.h"
#include "ui/vnc/vnc.h"

#include <errno.h>
#include <fcntl.h>
#include <rfb/rfb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEY_DELAY_MS 10 /* as QEMU has it */

static struct arguments {
    gboolean machine, password, power, no_lock_sync;
    char *unix_path, *host, *websocket_host, *share, *keymap;
    int port, to, websocket_port, key_delay_ms;
} arguments = {.port = 5900, .key_delay_ms = KEY_DELAY_MS};

static bool parse(int *argc, char ***argv, GError **error)
{
    struct arguments *a = &arguments;
    const GOptionEntry entries[] = {
        {"unix", 0, 0, G_OPTION_ARG_FILENAME, &a->unix_path, "Listen on a socket", "PATH"},
        {"host", 0, 0, G_OPTION_ARG_STRING, &a->host, "Listen on its addresses", "HOST"},
        {"port", 0, 0, G_OPTION_ARG_INT, &a->port, "and this port", "PORT"},
        {"to", 0, 0, G_OPTION_ARG_INT, &a->to, "or the next up to this", "PORT"},
        {"websocket-host", 0, 0, G_OPTION_ARG_STRING, &a->websocket_host, "For browsers", "HOST"},
        {"websocket-port", 0, 0, G_OPTION_ARG_INT, &a->websocket_port, "For browsers", "PORT"},
        {"password", 0, 0, G_OPTION_ARG_NONE, &a->password, "Ask for the password", NULL},
        {"power-control", 0, 0, G_OPTION_ARG_NONE, &a->power, "Clients may reset", NULL},
        {"no-lock-key-sync", 0, 0, G_OPTION_ARG_NONE, &a->no_lock_sync, "Press no lock keys", NULL},
        {"share", 0, 0, G_OPTION_ARG_STRING, &a->share, "allow-exclusive, force-shared or ignore",
         "HOW"},
        {"key-delay-ms", 0, 0, G_OPTION_ARG_INT, &a->key_delay_ms, "Between two keys", "MS"},
        {"keymap", 'k', 0, G_OPTION_ARG_STRING, &a->keymap, "The guest's keyboard layout",
         "LAYOUT"},
        {"machine", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &a->machine, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) c = g_option_context_new(NULL);

    g_option_context_set_summary(c, "The screen of a machine over VNC; started by vmx-dm for -vnc, "
                                    "not by hand.");
    g_option_context_add_main_entries(c, entries, NULL);
    return g_option_context_parse(c, argc, argv, error);
}

static bool configure(struct vnc_config *cfg, GError **error)
{
    const struct arguments *a = &arguments;

    cfg->password = a->password;
    cfg->power = a->power;
    cfg->lock_sync = !a->no_lock_sync;
    cfg->key_delay_ms = (unsigned)CLAMP(a->key_delay_ms, 0, 1000);
    cfg->share = g_strcmp0(a->share, "ignore") == 0         ? VNC_SHARE_IGNORE
                 : g_strcmp0(a->share, "force-shared") == 0 ? VNC_SHARE_FORCE_SHARED
                                                            : VNC_SHARE_ALLOW_EXCLUSIVE;
    cfg->keymap = keymap_new(a->keymap ? a->keymap : "en-us", error);
    return cfg->keymap != NULL;
}

static bool open_listeners(struct listeners *l, GError **error)
{
    const struct arguments *a = &arguments;
    const char *host = a->host ? a->host : "127.0.0.1";
    unsigned port = (unsigned)a->port, to = MAX(port, (unsigned)MAX(a->to, 0));

    if (a->unix_path ? !listen_unix(l, a->unix_path, false, error)
                     : !listen_inet(l, host, port, to, false, error)) {
        return false;
    }
    if (a->websocket_port > 0) {
        unsigned web = (unsigned)a->websocket_port;

        return listen_inet(l, a->websocket_host ? a->websocket_host : host, web, web, true, error);
    }
    return true;
}

/* -- the machine -- */

static void say(const struct view_message *m)
{
    while (send(VIEW_FD, m, sizeof(*m), MSG_NOSIGNAL) < 0 && errno == EINTR) {
    }
}

static void say_value(enum view_type type, uint32_t value)
{
    struct view_message m = {.type = type, .value = value};

    say(&m);
}

static ssize_t take(struct view_message *m, int flags)
{
    int fd;
    ssize_t n = view_receive(VIEW_FD, m, &fd, flags);

    if (fd >= 0) {
        close(fd); /* pixels, which are for the others */
    }
    return n;
}

static bool greet(struct vnc_config *cfg, GError **error)
{
    struct view_message m;

    if (take(&m, 0) != (ssize_t)sizeof(m) || m.type != VIEW_HELLO ||
        m.hello.version != VIEW_VERSION) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "vmx-dm-vnc is of another version than the running vmx-dm");
        return false;
    }
    m.hello.name[VIEW_TEXT - 1] = 0;
    cfg->name = g_utf8_make_valid(m.hello.name, -1);
    return true;
}

/* False: it has ended. */
static bool hear_machine(void)
{
    struct view_message m;
    ssize_t n = take(&m, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return true;
    }
    if (n != (ssize_t)sizeof(m) || m.type == VIEW_END) {
        return false;
    }
    if (m.type == VIEW_SECRET) {
        m.text[VIEW_TEXT - 1] = 0;
        clients_secret(m.text);
        explicit_bzero(&m, sizeof(m));
    }
    return true;
}

/* -- running -- */

static void run(const struct listeners *l)
{
    struct pollfd p[1 + LISTENERS_MAX + VNC_CLIENTS];
    unsigned first = 1 + l->count;

    for (;;) {
        unsigned n;

        p[0] = (struct pollfd){.fd = VIEW_FD, .events = POLLIN};
        for (unsigned i = 0; i < l->count; i++) {
            p[1 + i] = (struct pollfd){.fd = l->all[i].fd, .events = POLLIN};
        }
        n = clients_poll(p + first);
        if (poll(p, first + n, clients_look()) < 0) {
            continue;
        }
        if (p[0].revents && !hear_machine()) {
            return;
        }
        clients_serve(p + first, n);
        for (unsigned i = 0; i < l->count; i++) {
            if (p[1 + i].revents) {
                clients_accept(l->all[i].fd, l->all[i].websocket);
            }
        }
    }
}

static void no_log(const char *format, ...)
{
    (void)format;
}

/* What libvncserver and its libraries read and open once. */
static void warm_up(void)
{
    uint8_t bytes[CHALLENGESIZE];
    char nothing[] = "";

    rfbLog = no_log;
    rfbErr = no_log;
    rfbRandomBytes(bytes);
    rfbEncryptBytes(bytes, nothing);
}

static void give_up_rights(void)
{
    static const unsigned short calls[] = {
        SYS_accept4,    SYS_getpeername,     SYS_getsockname,
        SYS_setsockopt, SYS_socketpair,      SYS_kill,
        SYS_wait4,      SYS_set_robust_list, SYS_rseq,
        SYS_prctl,      SYS_eventfd2,        SYS_select,
        SYS_pselect6,   SYS_uname,           SYS_seccomp,
        SYS_prlimit64,  SYS_pipe2,           0,
    };
    const struct confine c = {
        .memory = UINT64_C(1) << 30, .fds = 128, .forks = true, .calls = calls};

    if (!confine(&c)) {
        report("this kernel has no seccomp; it runs less confined");
    }
}

static void announce(const struct listeners *l)
{
    for (unsigned i = 0; i < l->count; i++) {
        struct view_message m = {.type = VIEW_PEER};

        m.peer = l->all[i].peer;
        say(&m);
    }
    say_value(VIEW_WANT, 0);
    say_value(VIEW_READY, 0);
}

int main(int argc, char **argv)
{
    static struct vnc_config cfg;
    static struct listeners listeners;
    g_autoptr(GError) error = NULL;
    bool parsed;

    report_as("vmx-dm-vnc");
    parsed = parse(&argc, &argv, &error);
    if (!parsed || !arguments.machine) {
        report("%s", parsed ? "is started by vmx-dm for -vnc, not by hand" : error->message);
        return EXIT_FAILURE;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    syscall(SYS_close_range, VIEW_FD + 1, ~0U, 0);
    fcntl(VIEW_FD, F_SETFD, FD_CLOEXEC);
    signal(SIGINT, SIG_IGN); /* of the terminal: the machine decides when it ends */
    signal(SIGHUP, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (!greet(&cfg, &error) || !configure(&cfg, &error) || !open_listeners(&listeners, &error)) {
        struct view_message m = {.type = VIEW_FAILED};

        g_strlcpy(m.text, error->message, sizeof(m.text));
        say(&m);
        return EXIT_FAILURE;
    }
    warm_up();
    give_up_rights();
    clients_open(&cfg, VIEW_FD);
    announce(&listeners);
    run(&listeners);
    return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmx-dm-term: the text screen of a running machine on a terminal. The machine starts one for
 * -display term; others may come and go as they like. It has no access to what the machine has.
 */
#include "core/confine.h"
#include "core/loop.h"
#include "core/report.h"
#include "ui/client/remote.h"
#include "ui/runtime.h"
#include "ui/term/input.h"
#include "ui/term/messages.h"
#include "ui/term/screen.h"

#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <wchar.h>

#define DEFAULT_LAYOUT "en-us"

struct arguments {
    gboolean machine, messages;
    char *layout;
    char **rest;
};

static unsigned drawing;   /* the idle source */
static const char *ending; /* what to say when we have ended */
static bool lost, left;

/* -- drawing: once all that has come is known -- */

static gboolean draw(void *opaque)
{
    (void)opaque;
    drawing = 0;
    screen_draw();
    remote_ready();
    return G_SOURCE_REMOVE;
}

static void draw_soon(void)
{
    if (!drawing) {
        drawing = g_idle_add(draw, NULL);
    }
}

static void text_mode(const struct surface_cells *shape, const struct surface *size)
{
    screen_mode(shape, size);
    draw_soon();
}

static void text_row(uint32_t row, const uint16_t cells[SURFACE_MAX_COLUMNS])
{
    screen_row(row, cells);
    draw_soon();
}

static void status(const char *text)
{
    screen_status(text);
    draw_soon();
}

static void frame(void)
{
    /* no pixels were asked for */
}

/* -- the end -- */

static void leave(void)
{
    left = true;
    loop_quit();
}

static void end(bool said)
{
    if (ending || left) {
        return; /* after the last word of either the connection ends */
    }
    lost = !said;
    ending = said ? "the machine has ended" : "the machine has gone";
    loop_quit();
}

static const struct remote_ops ops = {
    .frame = frame,
    .status = status,
    .end = end,
    .text_mode = text_mode,
    .text_row = text_row,
};

/* -- signals, read like everything else -- */

static gboolean signalled(int fd, GIOCondition cond, void *opaque)
{
    struct signalfd_siginfo s;

    (void)cond;
    (void)opaque;
    if (read(fd, &s, sizeof(s)) != (ssize_t)sizeof(s)) {
        return true;
    }
    switch (s.ssi_signo) {
    case SIGWINCH:
    case SIGCONT:
        screen_redraw();
        break;
    case SIGTSTP:
        screen_stop();
        break;
    default:
        remote_closed(false);
        leave();
    }
    return true;
}

/* -1: as usual. */
static int catch_signals(void)
{
    static const int all[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        sigaddset(&set, all[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* -- beginning -- */

static void give_up_the_rest(void)
{
    static const unsigned short calls[] = {SYS_ioctl,  SYS_pread64, SYS_ftruncate,
                                           SYS_tgkill, SYS_kill,    0};
    const struct confine c = {.memory = UINT64_C(1) << 30, .fds = 64, .calls = calls};
    mbstate_t state = {0};
    char loaded[MB_LEN_MAX];

    if (wcrtomb(loaded, L'\x2500', &state) == 0) { /* the conversion may be a file to be loaded */
        return;
    }
    confine(&c);
}

static gboolean look_for_messages(void *opaque)
{
    g_autofree char *line = messages_new();

    (void)opaque;
    if (line) {
        screen_notice(line);
        screen_draw();
    }
    return G_SOURCE_CONTINUE;
}

static bool parse(struct arguments *a, int argc, char **argv)
{
    const GOptionEntry entries[] = {
        {"keymap", 'k', 0, G_OPTION_ARG_STRING, &a->layout,
         "The guest's keyboard layout: en-us (default), de, fr...", "LAYOUT"},
        {"machine", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &a->machine, NULL, NULL},
        {"messages", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &a->messages, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->rest, NULL, "[MACHINE]"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) c = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(c, "The text screen of a running vmx-dm: by its name, its process "
                                    "id or a socket; the only one that runs needs no naming.");
    g_option_context_set_description(c, "Ctrl-A h lists the keys, Ctrl-A x leaves.");
    g_option_context_add_main_entries(c, entries, NULL);
    if (!g_option_context_parse(c, &argc, &argv, &error)) {
        report("%s", error->message);
        return false;
    }
    if (a->rest && a->rest[0] && a->rest[1]) {
        report("one machine at a time: \"%s\" is one too many", a->rest[1]);
        return false;
    }
    return true;
}

static void run(const struct arguments *a)
{
    unsigned timer = a->messages ? g_timeout_add_seconds(1, look_for_messages, NULL) : 0;

    input_start();
    remote_want(VIEW_WANT_CELLS);
    remote_shown(true);
    remote_ready();
    loop_run();
    if (timer) {
        g_source_remove(timer);
    }
    if (drawing) {
        g_source_remove(drawing);
    }
}

/* True when the terminal was ours. */
static bool look(const struct arguments *a, GError **error)
{
    struct input_config input = {
        .layout = a->layout ? a->layout : DEFAULT_LAYOUT,
        .of_machine = a->machine,
        .leave = leave,
        .stop = a->machine ? NULL : screen_stop,
    };
    int signals = catch_signals();
    int fd = a->machine ? VIEW_FD : runtime_connect(a->rest ? a->rest[0] : NULL, error);
    g_autofree char *name = fd >= 0 ? remote_open(fd, &ops, &input.close, error) : NULL;
    unsigned watch;

    if (!name || !input_open(&input, error) || !screen_open(error)) {
        return false;
    }
    give_up_the_rest();
    watch = signals >= 0 ? loop_watch(signals, G_IO_IN, signalled, NULL) : 0;
    run(a);
    input_close();
    screen_close();
    loop_unwatch(&watch);
    return true;
}

int main(int argc, char **argv)
{
    struct arguments a = {0};
    g_autoptr(GError) error = NULL;
    bool ok;

    setlocale(LC_CTYPE, "");
    report_as("vmx-dm-term");
    if (!parse(&a, argc, argv)) {
        return EXIT_FAILURE;
    }
    loop_init();
    ok = look(&a, &error);
    if (ok) { /* on the terminal: of files we can no longer write any */
        if (a.messages) {
            messages_print();
        }
        if (ending && (lost || !a.machine)) {
            printf("vmx-dm-term: %s\n", ending);
        }
    } else if (a.machine) {
        remote_failed(error->message); /* which says it */
    } else {
        report("%s", error->message);
    }
    remote_close();
    g_free(a.layout);
    g_strfreev(a.rest);
    return ok && !lost ? EXIT_SUCCESS : EXIT_FAILURE;
}

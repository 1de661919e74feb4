/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal while it is another's: see terminal.h. */
#include "system/terminal.h"

#include "chardev/chardev.h"
#include "core/loop.h"
#include "ui/server.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#define AWAIT_MS 3000u

static struct {
    bool lent;
    int messages; /* the file, and our stderr in the meantime; -1: stderr is no terminal */
    int stderr_before;
    struct termios modes;
} terminal = {.messages = -1, .stderr_before = -1};

bool terminal_check(const struct options *o, GError **error)
{
    const char *why = NULL;

    if (o->nographic) {
        why = "-nographic has the terminal for COM1; leave out one of both";
    } else if (o->daemonize) {
        why = "-daemonize leaves the terminal; leave out one of both";
    } else if (!isatty(STDIN_FILENO)) {
        why = "standard input is not a terminal";
    } else if (!isatty(STDOUT_FILENO)) {
        why = "standard output is not a terminal";
    }
    if (why) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "-display term: %s", why);
        return false;
    }
    chardev_lend_stdio("-display term");
    return true;
}

static void hold_messages(void)
{
    if (!isatty(STDERR_FILENO)) {
        return;
    }
    terminal.messages = memfd_create("vmx-dm messages", MFD_CLOEXEC);
    terminal.stderr_before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (terminal.messages >= 0 && terminal.stderr_before >= 0) {
        fcntl(terminal.messages, F_SETFL, O_APPEND);
        dup2(terminal.messages, STDERR_FILENO);
    }
}

/* What the viewer has not printed. */
static void release_messages(void)
{
    char text[1024];
    ssize_t n;

    if (terminal.messages >= 0 && terminal.stderr_before >= 0) {
        dup2(terminal.stderr_before, STDERR_FILENO);
        for (off_t at = 0; (n = pread(terminal.messages, text, sizeof(text), at)) > 0; at += n) {
            if (write(STDERR_FILENO, text, (size_t)n) != n) {
                break;
            }
        }
    }
    if (terminal.messages >= 0) {
        close(terminal.messages);
    }
    if (terminal.stderr_before >= 0) {
        close(terminal.stderr_before);
    }
    terminal.messages = terminal.stderr_before = -1;
}

static void take_back(void *opaque, int status)
{
    (void)opaque;
    if (!terminal.lent) {
        return;
    }
    terminal.lent = false;
    if (status) {
        tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal.modes);
    }
    release_messages();
}

bool terminal_lend(const struct options *o, GError **error)
{
    g_autofree char *keymap = NULL;
    char *options[4];
    struct view_start start = {
        .program = "vmx-dm-term",
        .options = options,
        .terminal = true,
        .window = true,
        .commands = true,
        .monitor = true,
        .ended = take_back,
    };
    unsigned n = 0;

    tcgetattr(STDIN_FILENO, &terminal.modes);
    hold_messages();
    terminal.lent = true;
    if (terminal.messages >= 0) {
        options[n++] = (char *)"--messages";
    }
    if (o->keymap) {
        keymap = g_strdup_printf("--keymap=%s", o->keymap);
        options[n++] = keymap;
    }
    options[n] = NULL;
    if (!view_start(&start, error)) {
        g_prefix_error(error, "-display term: ");
        take_back(NULL, 1);
        return false;
    }
    return true;
}

static gboolean too_late(void *opaque)
{
    *(bool *)opaque = true;
    return G_SOURCE_CONTINUE;
}

void terminal_await(void)
{
    bool late = false;
    unsigned timer;

    if (!terminal.lent) {
        return;
    }
    timer = g_timeout_add(AWAIT_MS, too_late, &late);
    while (terminal.lent && !late) {
        loop_iterate(true);
    }
    g_source_remove(timer);
    take_back(NULL, 1);
}

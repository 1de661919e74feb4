/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard input and output. A terminal is made raw, but for output processing, and with signal=on
 * (the default) for Ctrl-C and its like. Its modes come back at exit, on a fatal signal, and are
 * set again when the process is continued. Descriptors are opened anew where possible: O_NONBLOCK
 * on the inherited ones would also be seen by the shell and by our own stderr.
 */
#include "chardev/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static struct stream *in_use;
static const char *lent_to; /* an option, or NULL */
static struct termios before, raw;
static volatile sig_atomic_t changed; /* the terminal has our modes */
static int flags_before[2] = {-1, -1};

void chardev_lend_stdio(const char *to)
{
    lent_to = to;
}

void chardev_restore_terminal(void)
{
    if (changed) {
        changed = 0;
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    for (int fd = 0; fd < 2; fd++) {
        if (flags_before[fd] >= 0) {
            fcntl(fd, F_SETFL, flags_before[fd]);
        }
    }
}

static void fatal(int sig)
{
    chardev_restore_terminal();
    raise(sig); /* SA_RESETHAND: as if we had not been here */
}

static void continued(int sig)
{
    int saved = errno;

    (void)sig;
    if (changed) {
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    errno = saved;
}

static void catch (int sig, void (*handler)(int), int flags)
{
    struct sigaction old, sa = {.sa_handler = handler, .sa_flags = flags};

    if (sigaction(sig, NULL, &old) == 0 && !(old.sa_flags & SA_SIGINFO) &&
        old.sa_handler == SIG_DFL) {
        sigaction(sig, &sa, NULL);
    }
}

static void make_raw(bool signals)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    static bool hooked;

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &before) < 0) {
        return;
    }
    raw = before;
    raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    raw.c_oflag |= OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | (signals ? 0 : ISIG));
    raw.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    raw.c_cflag |= CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    changed = 1;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    if (!hooked) {
        hooked = true;
        atexit(chardev_restore_terminal);
        for (size_t i = 0; i < G_N_ELEMENTS(deadly); i++) {
            catch (deadly[i], fatal, (int)SA_RESETHAND);
        }
        catch (SIGCONT, continued, SA_RESTART);
    }
}

/* A non-blocking descriptor for fd 0 or 1 that nobody else shares, where that is possible. */
static int private_fd(int fd, int mode)
{
    struct stat st;
    int copy;

    if (fstat(fd, &st) < 0) {
        return -1;
    }
    if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)) {
        g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);

        copy = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (copy >= 0) {
            return copy;
        }
    }
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy >= 0 && !S_ISREG(st.st_mode)) { /* a file's offset and O_APPEND must be shared */
        flags_before[fd] = fcntl(fd, F_GETFL);
        fcntl(fd, F_SETFL, flags_before[fd] | O_NONBLOCK);
    }
    return copy;
}

static void stdio_closing(struct stream *s)
{
    (void)s;
    in_use = NULL;
    chardev_restore_terminal();
}

static const struct stream_ops stdio_ops = {.closing = stdio_closing};

bool chardev_stdio(const struct chardev_args *a, GError **error)
{
    bool signals = !a->escape;
    int in, out;

    if (!keyval_take_bool(a->kv, "signal", &signals, error)) {
        return false;
    }
    if (lent_to) {
        keyval_error(a->kv, error, "stdio is in use by %s; leave out one of both", lent_to);
        return false;
    }
    if (in_use) {
        keyval_error(a->kv, error, "stdio is in use by chardev %s", line_name(in_use->base.line));
        return false;
    }
    out = private_fd(STDOUT_FILENO, O_WRONLY);
    in = private_fd(STDIN_FILENO, O_RDONLY);
    if (out < 0) {
        keyval_error(a->kv, error, "standard output is closed");
        if (in >= 0) {
            close(in);
        }
        return false;
    }
    make_raw(signals);
    line_set_label(a->line, "stdio");
    in_use = g_new0(struct stream, 1);
    stream_init(in_use, a, &stdio_ops);
    in_use->no_stall = true;
    stream_open(in_use, in, out, false);
    return true;
}

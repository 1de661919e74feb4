/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vmx-dm with -accel qtest, spoken to by its standard input and output: see replay.h. */
#include "tests/tools/trace/replay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define HANG_MS 60000

struct board {
    GPid pid;
    int in, out;
    GString *buf;
    gsize done; /* of buf */
};

static void child_setup(gpointer opaque)
{
    (void)opaque;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

struct board *board_start(const char *program, char **args, const char *cwd, GError **error)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    struct board *b = g_new0(struct board, 1);

    g_ptr_array_add(argv, (char *)program);
    for (; *args; args++) {
        g_ptr_array_add(argv, *args);
    }
    g_ptr_array_add(argv, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!g_spawn_async_with_pipes(cwd, (char **)argv->pdata, NULL,
                                  G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, child_setup,
                                  NULL, &b->pid, &b->in, &b->out, NULL, error)) {
        g_free(b);
        return NULL;
    }
    b->buf = g_string_new(NULL);
    return b;
}

int board_end(struct board *b)
{
    int status = 0;

    close(b->in);
    close(b->out);
    for (int i = 0; waitpid(b->pid, &status, WNOHANG) != b->pid; i++) {
        if (i == 0) {
            kill(b->pid, SIGTERM);
        } else if (i == 500) {
            kill(b->pid, SIGKILL);
        }
        g_usleep(10000);
    }
    g_string_free(b->buf, TRUE);
    g_free(b);
    return status;
}

static bool send_all(struct board *b, const char *text, size_t len)
{
    while (len) {
        ssize_t n = write(b->in, text, len);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        text += n;
        len -= (size_t)n;
    }
    return true;
}

/* The next line, in place. NULL: it has gone, or hangs. */
static const char *next_line(struct board *b)
{
    for (;;) {
        char *from = b->buf->str + b->done;
        char *end = memchr(from, '\n', b->buf->len - b->done);
        struct pollfd p = {.fd = b->out, .events = POLLIN};
        char part[65536];
        ssize_t n;

        if (end) {
            *end = 0;
            b->done += (gsize)(end - from) + 1;
            return from;
        }
        g_string_erase(b->buf, 0, (gssize)b->done);
        b->done = 0;
        if (poll(&p, 1, HANG_MS) != 1) {
            return NULL;
        }
        n = read(b->out, part, sizeof(part));
        if (n <= 0) {
            return NULL;
        }
        g_string_append_len(b->buf, part, n);
    }
}

const char *board_ask(struct board *b, const char *lines, unsigned n,
                      void (*each)(void *opaque, unsigned i, const char *answer), void *opaque)
{
    const char *line = "";

    if (!send_all(b, lines, strlen(lines))) {
        return NULL;
    }
    for (unsigned i = 0; i < n; i++) {
        do {
            line = next_line(b);
        } while (line && strncmp(line, "IRQ ", 4) == 0);
        if (!line) {
            return NULL;
        }
        if (each) {
            each(opaque, i, line);
        }
    }
    return line;
}

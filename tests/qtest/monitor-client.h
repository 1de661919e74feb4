/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of a monitor on a socket of its own: what libqtest's is not. */
#ifndef TESTS_QTEST_MONITOR_CLIENT_H
#define TESTS_QTEST_MONITOR_CLIENT_H

#include <glib.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_MS 60000

static inline int client(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    memcpy(a.sun_path, path, strlen(path) + 1);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&a, sizeof(a)), ==, 0);
    return fd;
}

static inline void put(int fd, const char *text)
{
    g_assert_cmpint(write(fd, text, strlen(text)), ==, (gssize)strlen(text));
}

/* Read until `what` has come; all that was read, g_free. */
static inline char *until(int fd, const char *what)
{
    GString *got = g_string_new(NULL);

    while (!strstr(got->str, what)) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        char buf[4096];
        ssize_t n;

        if (poll(&p, 1, PATIENCE_MS) != 1 || (n = read(fd, buf, sizeof(buf))) <= 0) {
            g_error("waited for \"%s\" and got \"%s\"", what, got->str);
        }
        g_string_append_len(got, buf, n);
    }
    return g_string_free(got, FALSE);
}

static inline void expect(int fd, const char *what)
{
    g_free(until(fd, what));
}

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The vmx-dm-slirp process as its parent sees it: see user_priv.h. */
#include "net/user_priv.h"

#include "core/helper.h"
#include "core/keyval.h"
#include "net/net.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PROGRAM "vmx-dm-slirp"

static char *program;

void net_user_set_program(const char *path)
{
    g_free(program);
    program = g_strdup(path);
}

int user_proc_start(pid_t *pid, const char *dir, GError **error)
{
    static char *const argv[] = {(char *)PROGRAM, NULL};
    struct helper_start start = {.argv = argv, .as = WIRE_FD, .dir = dir};
    int fds[2], err;

    if (!program) {
        program = helper_path(PROGRAM);
    }
#ifdef VMX_DEBUG
    start.says_errors = true;
#endif
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error(error, KEYVAL_ERROR, 0, "socketpair: %s", g_strerror(errno));
        return -1;
    }
    start.path = program;
    start.fd = fds[1];
    err = helper_start(&start, pid);
    close(fds[1]);
    if (err) {
        g_set_error(error, KEYVAL_ERROR, 0, "cannot start %s: %s; it is installed with vmx-dm",
                    program, g_strerror(err));
        close(fds[0]);
        return -1;
    }
    return fds[0];
}

char *user_proc_text(const uint8_t *payload, size_t len, bool lines)
{
    char *text = g_strndup((const char *)payload, len);
    char *end;

    for (char *p = text; *p; p++) {
        if ((unsigned char)*p < 0x20 && !(lines && *p == '\n')) {
            *p = ' ';
        }
    }
    if (!g_utf8_validate(text, -1, (const char **)&end)) {
        *end = 0;
    }
    return g_strchomp(text);
}

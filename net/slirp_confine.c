/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the vmx-dm-slirp process gives up before the first frame of the guest. Whoever takes libslirp
 * over has sockets of the kinds it uses anyhow, and can read what the TFTP directory and the resolver's
 * configuration hold; no other process, no other file where the kernel has Landlock (5.13), no
 * capability, not even when started by root.
 */
#include "core/confine.h"
#include "net/slirp_priv.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>

bool slirp_confine(const char *tftp)
{
    static const unsigned families[] = {AF_INET, AF_INET6, AF_UNIX, 0};
    static const unsigned short calls[] = {
        SYS_pread64,    SYS_stat,    SYS_statx,       SYS_connect, SYS_bind,      SYS_listen,
        SYS_accept,     SYS_accept4, SYS_getsockname, SYS_ioctl,   SYS_nanosleep, SYS_getpeername,
        SYS_setsockopt, 0,
    };
    /* resolv.conf is replaced by renaming: its directory, wherever the name leads */
    g_autofree char *resolver = realpath("/etc/resolv.conf", NULL);
    g_autofree char *dir = resolver ? g_path_get_dirname(resolver) : NULL;
    const struct confine_path paths[] = {
        {dir ? dir : tftp, CONFINE_READ},
        {dir ? tftp : NULL, CONFINE_READ},
        {NULL, 0},
    };
    const struct confine c = {
        .memory = UINT64_C(1) << 30,
        .fds = 1024,
        .paths = paths,
        .families = families,
        .calls = calls,
    };

    return confine(&c);
}

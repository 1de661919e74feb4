/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the vmx-dm-slirp process gives up before the first frame of the guest. Whoever takes libslirp
 * over has sockets of the kinds it uses anyhow, and can read what the TFTP directory and the resolver's
 * configuration hold; no other process, no other file where the kernel has Landlock (5.13), no
 * capability, not even when started by root.
 */
#include "net/slirp_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#define FDS_MAX 1024u
#define MEMORY_MAX (UINT64_C(1) << 30)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static void limit(int what, rlim_t most)
{
    struct rlimit r;

    if (getrlimit((__rlimit_resource_t)what, &r) == 0) {
        r.rlim_cur = MIN(r.rlim_cur, most);
        r.rlim_max = MIN(r.rlim_max, most);
        setrlimit((__rlimit_resource_t)what, &r);
    }
}

static void drop_capabilities(void)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};

    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (unsigned long c = 0; c <= 63; c++) {
        prctl(PR_CAPBSET_DROP, c, 0, 0, 0); /* needs one itself, which most have not */
    }
    syscall(SYS_capset, &head, none);
}

/* -- files -- */

#ifdef LANDLOCK_ACCESS_FS_READ_FILE
static void allow_below(int rules, const char *path, uint64_t access)
{
    struct landlock_path_beneath_attr at = {.allowed_access = access};

    at.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (at.parent_fd >= 0) {
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &at, 0);
        close(at.parent_fd);
    }
}

static void confine_files(const char *tftp)
{
    struct landlock_ruleset_attr attr = {
        /* all of the first version: what is not handled is not restricted */
        .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
    };
    /* resolv.conf is replaced by renaming: its directory, wherever the name leads */
    g_autofree char *resolver = realpath("/etc/resolv.conf", NULL);
    g_autofree char *dir = resolver ? g_path_get_dirname(resolver) : NULL;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

    if (rules < 0) {
        return; /* an older kernel: the system calls are still read-only */
    }
    if (dir) {
        allow_below(rules, dir, LANDLOCK_ACCESS_FS_READ_FILE);
    }
    if (tftp) {
        allow_below(rules, tftp, LANDLOCK_ACCESS_FS_READ_FILE);
    }
    syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
}
#else
static void confine_files(const char *tftp)
{
    (void)tftp;
}
#endif

/* -- system calls -- */

static const unsigned short allowed[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_stat,
    SYS_newfstatat,
    SYS_statx,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_poll,
    SYS_ppoll,
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_shutdown,
    SYS_getsockname,
    SYS_getpeername,
    SYS_setsockopt,
    SYS_getsockopt,
    SYS_fcntl,
    SYS_ioctl,
    SYS_futex,
    SYS_getpid,
    SYS_gettid,
    SYS_getuid,
    SYS_getgid,
    SYS_geteuid,
    SYS_getegid,
    SYS_gettimeofday,
    SYS_time,
    SYS_clock_gettime,
    SYS_clock_getres,
    SYS_nanosleep,
    SYS_clock_nanosleep,
    SYS_getrandom,
    SYS_sched_yield,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_exit,
    SYS_exit_group,
};

#define FILTER_MAX (2 * G_N_ELEMENTS(allowed) + 48)

struct program {
    struct sock_filter code[FILTER_MAX];
    unsigned short len;
};

static void emit(struct program *p, unsigned short code, unsigned k, unsigned char jt,
                 unsigned char jf)
{
    if (p->len < FILTER_MAX) {
        p->code[p->len++] = (struct sock_filter){code, jt, jf, k};
    }
}

static void load(struct program *p, size_t offset)
{
    emit(p, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

static void answer(struct program *p, unsigned verdict)
{
    emit(p, BPF_RET | BPF_K, verdict, 0, 0);
}

#define ARG(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)

/* Call `nr` is allowed when none of `bits` is set in its argument. */
static void allow_without(struct program *p, unsigned nr, unsigned arg, unsigned bits)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 4);
    load(p, ARG(arg));
    emit(p, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    answer(p, REFUSE);
    answer(p, SECCOMP_RET_ALLOW);
}

static bool confine_calls(void)
{
    static const unsigned families[] = {AF_INET, AF_INET6, AF_UNIX};
    const unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
    struct program p = {.len = 0};
    struct sock_fprog prog = {.filter = p.code};

    load(&p, offsetof(struct seccomp_data, arch));
    emit(&p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    answer(&p, SECCOMP_RET_KILL_PROCESS);
    load(&p, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < G_N_ELEMENTS(allowed); i++) {
        emit(&p, BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
        answer(&p, SECCOMP_RET_ALLOW);
    }
    allow_without(&p, SYS_open, 1, writing);
    allow_without(&p, SYS_openat, 2, writing);
    allow_without(&p, SYS_mmap, 2, PROT_EXEC);
    allow_without(&p, SYS_mprotect, 2, PROT_EXEC);
    emit(&p, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0);
    answer(&p, REFUSE);
    load(&p, ARG(0));
    for (unsigned i = 0; i < G_N_ELEMENTS(families); i++) {
        emit(&p, BPF_JMP | BPF_JEQ | BPF_K, families[i], 0, 1);
        answer(&p, SECCOMP_RET_ALLOW);
    }
    answer(&p, REFUSE);
    prog.len = p.len;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}

bool slirp_confine(const char *tftp)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, FDS_MAX);
    if (!SANITIZED) { /* their shadow memory is larger than any limit */
        limit(RLIMIT_AS, MEMORY_MAX);
    }
    drop_capabilities();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    confine_files(tftp);
    return confine_calls();
}

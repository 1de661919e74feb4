/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what a process of ours does not need: see confine.h. */
#include "core/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

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
static void allow_below(int rules, const char *path)
{
    struct landlock_path_beneath_attr at = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};

    at.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (at.parent_fd >= 0) {
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &at, 0);
        close(at.parent_fd);
    }
}

static void confine_files(const struct confine *c)
{
    struct landlock_ruleset_attr attr = {
        /* all of the first version: what is not handled is not restricted */
        .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
    };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

    if (rules < 0) {
        return; /* an older kernel: the system calls are still read-only */
    }
    for (const char *const *dir = c->dirs; dir && *dir; dir++) {
        allow_below(rules, *dir);
    }
    syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
}
#else
static void confine_files(const struct confine *c)
{
    (void)c;
}
#endif

/* -- system calls -- */

/* What everybody needs. */
static const unsigned short common[] = {
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_close,
    SYS_lseek,
    SYS_fstat,
    SYS_newfstatat, /* fstat() of newer libraries */
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    SYS_brk,
    SYS_poll,
    SYS_ppoll,
    SYS_sendto,
    SYS_recvfrom,
    SYS_sendmsg,
    SYS_recvmsg,
    SYS_shutdown,
    SYS_getsockopt,
    SYS_fcntl,
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

#define FILTER_MAX 256u

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

static void allow(struct program *p, unsigned nr)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1);
    emit(p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
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

/* socket() of the families; after it, as all before it have not answered. */
static void allow_families(struct program *p, const unsigned *families)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0);
    answer(p, REFUSE);
    load(p, ARG(0));
    for (unsigned i = 0; families && families[i]; i++) {
        allow(p, families[i]);
    }
    answer(p, REFUSE);
}

static bool confine_calls(const struct confine *c)
{
    const unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
    struct program p = {.len = 0};
    struct sock_fprog prog = {.filter = p.code};

    load(&p, offsetof(struct seccomp_data, arch));
    emit(&p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    answer(&p, SECCOMP_RET_KILL_PROCESS);
    load(&p, offsetof(struct seccomp_data, nr));
    for (unsigned i = 0; i < G_N_ELEMENTS(common); i++) {
        allow(&p, common[i]);
    }
    for (unsigned i = 0; c->calls && c->calls[i]; i++) {
        allow(&p, c->calls[i]);
    }
    if (c->dirs) {
        allow_without(&p, SYS_open, 1, writing);
        allow_without(&p, SYS_openat, 2, writing);
    }
    if (c->forks) { /* no thread, no name space */
        allow_without(&p, SYS_clone, 0,
                      CLONE_VM | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                          CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET);
    }
    allow_without(&p, SYS_mmap, 2, PROT_EXEC);
    allow_without(&p, SYS_mprotect, 2, PROT_EXEC);
    allow_families(&p, c->families);
    prog.len = p.len;
    return p.len < FILTER_MAX && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}

bool confine(const struct confine *c)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_NOFILE, c->fds);
    if (!c->forks) {
        limit(RLIMIT_NPROC, 0);
    }
    if (!SANITIZED) { /* their shadow memory is larger than any limit */
        limit(RLIMIT_AS, c->memory);
    }
    drop_capabilities();
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    confine_files(c);
    return confine_calls(c);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up what a process of ours does not need: see confine.h. */
#include "core/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
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
#define FILE_RIGHTS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

static void allow_path(int rules, const struct confine_path *p)
{
    struct landlock_path_beneath_attr at = {.parent_fd = open(p->path, O_PATH | O_CLOEXEC)};
    struct stat st;

    if (at.parent_fd < 0) {
        return;
    }
    if (p->may & CONFINE_READ) {
        at.allowed_access |= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    }
    if (p->may & CONFINE_WRITE) {
        at.allowed_access |= LANDLOCK_ACCESS_FS_WRITE_FILE;
    }
    if (p->may & CONFINE_CREATE) {
        at.allowed_access |= LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE;
    }
    if (fstat(at.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode)) {
        at.allowed_access &= FILE_RIGHTS; /* or the whole rule is refused */
    }
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &at, 0);
    close(at.parent_fd);
}

static void confine_files(const struct confine_path *paths)
{
    struct landlock_ruleset_attr attr = {
        /* all of the first version: what is not handled is not restricted */
        .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
    };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);

    if (rules < 0) {
        return; /* an older kernel: what the system calls allow */
    }
    for (const struct confine_path *p = paths; p && p->path; p++) {
        allow_path(rules, p);
    }
    syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
}
#else
static void confine_files(const struct confine_path *paths)
{
    (void)paths;
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

/*
 * What no library asks for that shows a window or plays sound, and what a taken-over process would:
 * other processes, other programs, the metadata of files (to which Landlock does not see, as to
 * truncate() in its first versions), and doors into the kernel that few guard.
 */
static const unsigned short harmful[] = {
    /* processes */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_process_madvise,
    SYS_process_mrelease,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_kcmp,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_move_pages,
    SYS_migrate_pages,
    SYS_perf_event_open,
    SYS_fork,
    SYS_vfork,
    SYS_execve,
    SYS_execveat,
    SYS_uselib,
    /* files */
    SYS_chmod,
    SYS_fchmodat,
    SYS_chown,
    SYS_lchown,
    SYS_fchownat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_utimensat,
    SYS_truncate,
    SYS_mknod,
    SYS_mknodat,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_quotactl,
    SYS_quotactl_fd,
    SYS_acct,
    SYS_swapon,
    SYS_swapoff,
    SYS_chroot,
    SYS_pivot_root,
    SYS_mount,
    SYS_umount2,
    SYS_mount_setattr,
    SYS_move_mount,
    SYS_open_tree,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    /* the kernel */
    SYS_setns,
    SYS_unshare,
    SYS_bpf,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_kexec_load,
    SYS_kexec_file_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_personality,
    SYS_vhangup,
    SYS_syslog,
    SYS_reboot,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_lookup_dcookie,
    SYS__sysctl,
    SYS_nfsservctl,
};
/* Later ones, and those of the 32-bit names for 64 bits (x32): as a kernel without them. */
#define LAST_CALL SYS_set_mempolicy_home_node

#define FILTER_MAX 384u

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

#define NUMBER offsetof(struct seccomp_data, nr)
#define ARG(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define ALLOW SECCOMP_RET_ALLOW
#define REFUSE (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN (SECCOMP_RET_ERRNO | ENOSYS)

/* What was loaded last, where it is this value. */
static void answer_to(struct program *p, unsigned value, unsigned verdict)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(p, verdict);
}

/* Call `nr` by the bits of its argument: any of them is set, or none. */
static void answer_bits(struct program *p, unsigned nr, unsigned arg, unsigned bits, unsigned any,
                        unsigned none)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 4);
    load(p, ARG(arg));
    emit(p, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    answer(p, any);
    answer(p, none);
}

/* Call `nr` is allowed with this argument only. */
static void allow_value(struct program *p, unsigned nr, unsigned arg, unsigned value)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 4);
    load(p, ARG(arg));
    answer_to(p, value, ALLOW);
    answer(p, REFUSE);
}

/*
 * Whoever has a terminal could type on it, and the shell would obey when we have ended; and no other
 * driver's requests have the letter of KVM's.
 */
static void refuse_requests(struct program *p)
{
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 9);
    load(p, ARG(1));
    answer_to(p, TIOCSTI, REFUSE);
    answer_to(p, TIOCLINUX, REFUSE);
    emit(p, BPF_ALU | BPF_AND | BPF_K, _IOC_TYPEMASK << _IOC_TYPESHIFT, 0, 0);
    answer_to(p, KVMIO << _IOC_TYPESHIFT, REFUSE);
    load(p, NUMBER);
}

/* socket() of these families only; all other calls go on. */
static void allow_families(struct program *p, const unsigned *families)
{
    unsigned n = 0;

    while (families && families[n]) {
        n++;
    }
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, (unsigned char)(2 * n + 2));
    load(p, ARG(0));
    for (unsigned i = 0; i < n; i++) {
        answer_to(p, families[i], ALLOW);
    }
    answer(p, REFUSE);
}

static void begin(struct program *p)
{
    load(p, offsetof(struct seccomp_data, arch));
    emit(p, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
    answer(p, SECCOMP_RET_KILL_PROCESS);
    load(p, NUMBER);
    refuse_requests(p);
}

/* In all threads there are; libraries may have started some. */
static bool install(struct program *p)
{
    struct sock_fprog prog = {.len = p->len, .filter = p->code};

    return p->len < FILTER_MAX &&
           (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &prog) == 0 ||
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0);
}

static bool allow_only(const struct confine *c)
{
    const unsigned writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
    struct program p = {.len = 0};

    begin(&p);
    for (unsigned i = 0; i < G_N_ELEMENTS(common); i++) {
        answer_to(&p, common[i], ALLOW);
    }
    for (unsigned i = 0; c->calls && c->calls[i]; i++) {
        answer_to(&p, c->calls[i], ALLOW);
    }
    if (c->paths) {
        answer_bits(&p, SYS_open, 1, writing, REFUSE, ALLOW);
        answer_bits(&p, SYS_openat, 2, writing, REFUSE, ALLOW);
    }
    if (c->forks) { /* no thread, no name space */
        answer_bits(&p, SYS_clone, 0,
                    CLONE_VM | CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC |
                        CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET,
                    REFUSE, ALLOW);
    }
    answer_bits(&p, SYS_mmap, 2, PROT_EXEC, REFUSE, ALLOW);
    answer_bits(&p, SYS_mprotect, 2, PROT_EXEC, REFUSE, ALLOW);
    allow_families(&p, c->families);
    answer(&p, REFUSE);
    return install(&p);
}

static bool refuse_harmful(const unsigned *families)
{
    struct program p = {.len = 0};

    begin(&p);
    emit(&p, BPF_JMP | BPF_JGT | BPF_K, LAST_CALL, 0, 1);
    answer(&p, UNKNOWN);
    for (unsigned i = 0; i < G_N_ELEMENTS(harmful); i++) {
        answer_to(&p, harmful[i], REFUSE);
    }
    answer_bits(&p, SYS_clone, 0, CLONE_THREAD, ALLOW, REFUSE);
    answer_to(&p, SYS_clone3,
              UNKNOWN); /* whose flags no filter sees: libraries then take the other */
    allow_value(&p, SYS_tgkill, 0, (unsigned)getpid()); /* abort() */
    allow_value(&p, SYS_prlimit64, 0, 0);
    allow_families(&p, families);
    answer(&p, ALLOW);
    return install(&p);
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
    confine_files(c->paths);
    return allow_only(c);
}

bool confine_host(const struct confine_host *c)
{
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, c->fds);
    if (!c->capable) {
        drop_capabilities();
    }
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (c->paths) {
        confine_files(c->paths);
    }
    return refuse_harmful(c->families);
}

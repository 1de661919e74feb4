/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left to a process that has given up its rights: each test is a process of its own, which
 * tries it, as one that has been taken over would.
 */
#include "core/confine.h"
#include "ui/view/keeper.h"
#include "ui/view/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/kvm.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTENT "not for others"

static struct {
    char *dir, *home, *image, *pictures, *xauth, *sounds;
    bool files; /* the kernel can confine them */
} rig;

/* -- in the process -- */

static _Noreturn void fail(const char *what, int line)
{
    int err = errno;
    g_autofree char *text =
        g_strdup_printf("line %d: %s: errno is %d (%s)\n", line, what, err, g_strerror(err));

    if (write(STDERR_FILENO, text, strlen(text)) < 0) {
        _exit(2);
    }
    _exit(1);
}

/* What fails with this error, and what does not fail. */
#define refused(call, error)                                                                       \
    do {                                                                                           \
        errno = 0;                                                                                 \
        if ((long)(call) >= 0 || errno != (error)) {                                               \
            fail(#call, __LINE__);                                                                 \
        }                                                                                          \
    } while (0)
#define granted(call)                                                                              \
    do {                                                                                           \
        errno = 0;                                                                                 \
        if ((long)(call) < 0) {                                                                    \
            fail(#call, __LINE__);                                                                 \
        }                                                                                          \
    } while (0)
#define holds(condition) granted((condition) ? 0 : -1)

static bool status_has(const char *line)
{
    g_autofree char *status = NULL;

    return g_file_get_contents("/proc/self/status", &status, NULL, NULL) && strstr(status, line);
}

static void *nothing(void *opaque)
{
    return opaque;
}

static bool thread_runs(void)
{
    void *result = NULL;
    pthread_t t;

    return pthread_create(&t, NULL, nothing, &rig) == 0 && pthread_join(t, &result) == 0 &&
           result == &rig;
}

static void try_others(void)
{
    char *argv[] = {(char *)"true", NULL};
    char byte;
    struct iovec mine = {&byte, 1}, its = {&byte, 1};

    refused(execv("/bin/true", argv), EPERM);
    refused(fork(), EPERM);
    refused(syscall(SYS_clone3, NULL, 0), ENOSYS);
    refused(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL), EPERM);
    refused(process_vm_readv(getppid(), &mine, 1, &its, 1, 0), EPERM);
    refused(kill(getppid(), 0), EPERM);
    refused(syscall(SYS_tgkill, getppid(), getppid(), 0), EPERM);
    refused(syscall(SYS_prlimit64, getppid(), 0, NULL, NULL), EPERM);
    refused(unshare(CLONE_NEWUSER), EPERM);
    refused(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
    refused(syscall(SYS_bpf, 0, NULL, 0), EPERM);
    refused(syscall(SYS_mount, NULL, "/", NULL, 0, NULL), EPERM);
    refused(ioctl(STDERR_FILENO, TIOCSTI, "x"), EPERM);
    refused(ioctl(STDERR_FILENO, KVM_GET_API_VERSION, 0), EPERM);
    refused(syscall(0x40000000 | SYS_getpid), ENOSYS);
    refused(truncate(rig.image, 0), EPERM);
    refused(chmod(rig.image, 0777), EPERM);
}

static void try_files(void)
{
    g_autofree char *memory = g_strdup_printf("/proc/%d/mem", (int)getppid());
    g_autofree char *fresh = g_build_filename(rig.home, "new", NULL);
    g_autofree char *other = g_build_filename(rig.pictures, "other.png", NULL);

    refused(open(rig.image, O_RDONLY), EACCES);
    refused(open(rig.image, O_RDWR), EACCES);
    refused(open(rig.image, O_WRONLY | O_TRUNC), EACCES);
    refused(open(rig.home, O_RDONLY | O_DIRECTORY), EACCES);
    refused(open(fresh, O_WRONLY | O_CREAT, 0666), EACCES);
    refused(open(other, O_WRONLY | O_CREAT, 0666), EACCES);
    refused(mkdir(fresh, 0777), EACCES);
    refused(unlink(rig.image), EACCES);
    refused(rename(rig.image, fresh), EACCES);
    refused(open(rig.xauth, O_WRONLY), EACCES);
    refused(open(memory, O_RDONLY), EACCES);
    refused(open("/usr/bin", O_RDWR | O_TMPFILE, 0666), EACCES);
    if (access("/dev/kvm", F_OK) == 0) {
        refused(open("/dev/kvm", O_RDWR), EACCES);
    }
    if (access("/etc/shadow", F_OK) == 0) {
        refused(open("/etc/shadow", O_RDONLY), EACCES);
    }
}

/* What libraries may want. */
static void try_needs(void)
{
    int fd;

    granted(fd = open("/dev/null", O_RDWR));
    close(fd);
    granted(fd = open("/proc/self/maps", O_RDONLY));
    close(fd);
    granted(fd = open("/etc/passwd", O_RDONLY));
    close(fd);
    granted(fd = open(rig.xauth, O_RDONLY));
    close(fd);
    granted(fd = open("/usr/bin", O_RDONLY | O_DIRECTORY));
    close(fd);
    granted(fd = memfd_create("x", MFD_CLOEXEC));
    granted(ftruncate(fd, 4096));
    holds(mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0) != MAP_FAILED);
    close(fd);
    granted(syscall(SYS_tgkill, getpid(), gettid(), 0));
    holds(thread_runs());
}

/* A picture can be made; one that is there is out of reach. */
static void try_pictures(void)
{
    g_autofree char *path = NULL, *second = NULL;
    struct stat st;
    int fd;

    granted(fd = keeper_create("a/../machine", &path));
    holds(strstr(path, "/vmx-dm-a_.._machine-") && g_str_has_prefix(path, rig.pictures));
    holds(write(fd, "png", 3) == 3);
    close(fd);
    granted(fd = keeper_create("a/../machine", &second));
    close(fd);
    holds(strcmp(path, second) != 0);
    keeper_remove();
    close(keeper_create("", &second)); /* it serves in order */
    holds(g_str_has_prefix(strrchr(second, '/'), "/vmx-dm-screen-"));
    granted(stat(path, &st));
    holds(st.st_size == 3);
    if (rig.files) {
        refused(open(path, O_WRONLY), EACCES);
    }
}

static void be_viewer(void)
{
    int fd;

    holds(keeper_start(true));
    rights_drop_files();
    granted(fd = socket(AF_INET, SOCK_STREAM, 0)); /* the display may be elsewhere */
    close(fd);
    holds(status_has("NoNewPrivs:\t1") && status_has("Seccomp:\t2"));
    rights_drop_network(true);
    holds(status_has("CapEff:\t0000000000000000") && status_has("CapPrm:\t0000000000000000"));
    granted(fd = socket(AF_UNIX, SOCK_STREAM, 0)); /* a sound server */
    close(fd);
    refused(socket(AF_INET, SOCK_STREAM, 0), EPERM);
    refused(socket(AF_INET6, SOCK_DGRAM, 0), EPERM);
    refused(socket(AF_NETLINK, SOCK_RAW, 0), EPERM);
    refused(socket(AF_VSOCK, SOCK_STREAM, 0), EPERM);
    try_others();
    if (rig.files) { /* else what the system calls keep from it */
        try_files();
    }
    try_needs();
    try_pictures();
    rights_drop_network(false);
    refused(socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
    try_needs();
    keeper_stop();
}

/* A thread from before is bound, too. */
static void *ask_for_socket(void *opaque)
{
    int *pipe_end = opaque;
    char byte;

    holds(read(*pipe_end, &byte, 1) == 1);
    refused(socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
    return opaque;
}

static void be_threaded(void)
{
    int ends[2];
    void *result;
    pthread_t t;

    granted(pipe(ends));
    rights_drop_files();
    holds(pthread_create(&t, NULL, ask_for_socket, &ends[0]) == 0);
    rights_drop_network(false);
    holds(write(ends[1], "x", 1) == 1);
    holds(pthread_join(t, &result) == 0 && result == &ends[0]);
}

/* As a kernel before 5.13: its calls are not there. */
static void lose_landlock(void)
{
    struct sock_filter code[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
        {BPF_JMP | BPF_JGT | BPF_K, 2, 0, SYS_landlock_restrict_self},
        {BPF_JMP | BPF_JGE | BPF_K, 0, 1, SYS_landlock_create_ruleset},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const struct sock_fprog prog = {G_N_ELEMENTS(code), code};

    granted(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    granted(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog));
    refused(syscall(SYS_landlock_create_ruleset, NULL, 0, 0), ENOSYS);
}

static void be_on_old_kernel(void)
{
    lose_landlock();
    rig.files = false;
    be_viewer();
}

/* Where sound goes to another host, and where it does not. */
static void be_heard(const char *server, bool elsewhere)
{
    g_setenv("PULSE_SERVER", server, TRUE);
    rights_drop_files();
    rights_drop_network(true);
    if (elsewhere) {
        granted(socket(AF_INET, SOCK_STREAM, 0));
    } else {
        refused(socket(AF_INET, SOCK_STREAM, 0), EPERM);
    }
}

static void be_heard_at_host(void)
{
    be_heard("sound.example", true);
}

static void be_heard_by_list(void)
{
    be_heard("{0123}unix:/run/user/1/pulse/native tcp:10.0.0.1:4713", true);
}

static void be_heard_here(void)
{
    be_heard("{0123}unix:/run/user/1/pulse/native /tmp/pulse", false);
}

static void be_heard_by_file(void)
{
    g_autofree char *file = g_build_filename(rig.sounds, "x.raw", NULL);
    int fd;

    g_setenv("SDL_AUDIODRIVER", "disk", TRUE);
    g_setenv("SDL_DISKAUDIOFILE", file, TRUE);
    rights_drop_files();
    rights_drop_network(true);
    for (int i = 0; i < 2; i++) {
        granted(fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666));
        close(fd);
    }
    if (rig.files) {
        refused(open(rig.image, O_RDONLY), EACCES);
    }
}

static void be_sealed(void)
{
    int nothing_of[8], keep, wayland;
    char number[16];

    for (unsigned i = 0; i < G_N_ELEMENTS(nothing_of); i++) {
        granted(nothing_of[i] = open(rig.image, O_RDONLY));
    }
    keep = nothing_of[3];
    wayland = nothing_of[1];
    g_snprintf(number, sizeof(number), "%d", wayland);
    g_setenv("WAYLAND_SOCKET", number, TRUE);
    rights_seal(keep);
    for (int fd = STDERR_FILENO + 1; fd < 1024; fd++) {
        if (fd == keep || fd == wayland) {
            granted(fcntl(fd, F_GETFD));
        } else {
            refused(fcntl(fd, F_GETFD), EBADF);
        }
    }
    g_unsetenv("WAYLAND_SOCKET");
    rights_seal(-1);
    refused(fcntl(keep, F_GETFD), EBADF);
    refused(fcntl(wayland, F_GETFD), EBADF);
    granted(fcntl(STDERR_FILENO, F_GETFD));
}

/* Those with a list of what is allowed: requests to a driver are, but not these. */
static void be_listed(void)
{
    static const unsigned short calls[] = {SYS_ioctl, 0};
    const struct confine c = {.memory = UINT64_C(1) << 40, .fds = 64, .calls = calls};
    int waiting, ends[2];

    granted(pipe(ends));
    holds(confine(&c));
    granted(ioctl(ends[0], FIONREAD, &waiting));
    refused(ioctl(ends[0], TIOCSTI, "x"), EPERM);
    refused(ioctl(ends[0], TIOCLINUX, "x"), EPERM);
    refused(ioctl(ends[0], KVM_CREATE_VM, 0), EPERM);
    refused(socket(AF_UNIX, SOCK_STREAM, 0), EPERM);
    refused(open("/dev/null", O_RDONLY), EPERM);
    refused(kill(getppid(), 0), EPERM);
}

/* -- beside it -- */

static void run(const void *data)
{
    void (*const *be)(void) = data;
    g_autofree char *content = NULL;
    int status = -1;
    pid_t pid = fork();

    g_assert_cmpint(pid, >=, 0);
    if (pid == 0) {
        (*be)();
        _exit(0);
    }
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    g_assert_cmpint(status, ==, 0);
    g_assert_true(g_file_get_contents(rig.image, &content, NULL, NULL));
    g_assert_cmpstr(content, ==, CONTENT);
}

static char *make_dir(const char *name)
{
    char *path = g_build_filename(rig.dir, name, NULL);

    g_assert_cmpint(g_mkdir(path, 0700), ==, 0);
    return path;
}

static void set_up(void)
{
    rig.dir = g_dir_make_tmp("confine-XXXXXX", NULL);
    g_assert_nonnull(rig.dir);
    rig.home = make_dir("home");
    rig.pictures = make_dir("pictures");
    rig.sounds = make_dir("sounds");
    rig.image = g_build_filename(rig.home, "disk.img", NULL);
    rig.xauth = g_build_filename(rig.home, "xauth", NULL);
    g_assert_true(g_file_set_contents(rig.image, CONTENT, -1, NULL));
    g_assert_true(g_file_set_contents(rig.xauth, CONTENT, -1, NULL));
    g_setenv("HOME", rig.home, TRUE);
    g_setenv("XAUTHORITY", rig.xauth, TRUE);
    g_setenv("XDG_PICTURES_DIR", rig.pictures, TRUE);
    g_unsetenv("PULSE_SERVER");
    g_unsetenv("SDL_AUDIODRIVER");
    rig.files = syscall(SYS_landlock_create_ruleset, NULL, 0, 1) > 0;
}

static void remove_all(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *below = g_build_filename(path, name, NULL);

        remove_all(below);
    }
    if (dir) {
        g_dir_close(dir);
    }
    g_remove(path);
}

static void clean_up(void)
{
    remove_all(rig.dir);
    g_free(rig.dir);
    g_free(rig.home);
    g_free(rig.image);
    g_free(rig.pictures);
    g_free(rig.xauth);
    g_free(rig.sounds);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*be)(void);
    } tests[] = {
        {"/confine/viewer", be_viewer},
        {"/confine/viewer-without-landlock", be_on_old_kernel},
        {"/confine/threads", be_threaded},
        {"/confine/descriptors", be_sealed},
        {"/confine/sound-at-a-host", be_heard_at_host},
        {"/confine/sound-at-one-of-several", be_heard_by_list},
        {"/confine/sound-here", be_heard_here},
        {"/confine/sound-in-a-file", be_heard_by_file},
        {"/confine/listed", be_listed},
    };
    int result;

    g_test_init(&argc, &argv, NULL);
    set_up();
    for (unsigned i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_test_add_data_func(tests[i].name, &tests[i].be, run);
    }
    result = g_test_run();
    clean_up();
    return result;
}

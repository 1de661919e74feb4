/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loaded into a viewer (LD_PRELOAD), it is the viewer that has been taken over: told to by SIGUSR1, it
 * tries what $TAKEN_IMAGE (a disk) and $TAKEN_MACHINE (a process) are worth, and says on stderr how
 * each attempt ended: "done", or the error's name.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static char image[4096], memory[64];
static pid_t machine;

static void say(const char *what, long result)
{
    dprintf(STDERR_FILENO, "taken: %s: %s\n", what, result < 0 ? strerrorname_np(errno) : "done");
}

static void say_open(const char *what, const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC);

    say(what, fd);
    if (fd >= 0) {
        close(fd);
    }
}

static void try(int signal)
{
    char *argv[] = {(char *)"true", NULL};
    int saved = errno;

    (void)signal;
    say("landlock", syscall(SYS_landlock_create_ruleset, NULL, 0, 1));
    say_open("read disk", image, O_RDONLY);
    say_open("write disk", image, O_WRONLY);
    say_open("kvm", "/dev/kvm", O_RDWR);
    say_open("memory", memory, O_RDONLY);
    say("ask kvm", ioctl(STDERR_FILENO, KVM_GET_API_VERSION, 0));
    say("signal", kill(machine, 0));
    say("trace", ptrace(PTRACE_SEIZE, machine, NULL, NULL));
    say("network", socket(AF_INET, SOCK_STREAM, 0));
    say("cut disk", truncate(image, 1));
    say("program", execv("/bin/true", argv));
    say("end", 0);
    errno = saved;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TAKEN_IMAGE"), *pid = getenv("TAKEN_MACHINE");
    const struct sigaction action = {.sa_handler = try, .sa_flags = SA_RESTART};

    if (path && pid) {
        snprintf(image, sizeof(image), "%s", path);
        snprintf(memory, sizeof(memory), "/proc/%s/mem", pid);
        machine = atoi(pid);
        sigaction(SIGUSR1, &action, NULL);
    }
}

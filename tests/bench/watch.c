/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stopwatch: runs one program, takes what its guest writes to the debug console (the program's
 * standard output), and prints "name value" lines. Every program is watched in the same way.
 *
 *   watch [-t SECONDS] [-u TEXT] [-r RAM_KIB] PROGRAM ARGUMENTS...
 *
 * first_byte_us  from before fork and exec to the first byte of the guest
 * exit_us, cpu_us, peak_kib   the whole process: time, CPU time, most resident memory
 * rest_kib       with -r: resident memory of all mappings but that of RAM_KIB (guest RAM), taken
 *                when TEXT has come; peak_kib is then less guest RAM too
 *
 * A line "@name cycles count" of the guest (both hexadecimal, cycles from RDTSC) becomes
 * "name nanoseconds", of one of the count. Lines "<name" and ">name count" become
 * "name_cpu nanoseconds": the program's CPU time between them, of one of the count.
 * It runs at the highest priority that we may give: other work on the machine disturbs less.
 * With -u the program is ended when TEXT has come. Status 1: it failed, or ran out of time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define TEXT_MAX 65536

static struct {
    double tsc_ns; /* of one cycle */
    const char *until;
    long ram_kib, seconds;
    char text[TEXT_MAX];
    size_t len;
    size_t seen; /* of text: lines up to here were looked at when they came */
    uint64_t begin, first, limit, cpu;
    long rest_kib, ram_rss_kib;
} w = {.seconds = 60, .rest_kib = -1};

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void calibrate(void)
{
    uint64_t t0 = now_ns(), c0 = __rdtsc(), t1, c1;
    struct timespec nap = {.tv_nsec = 10000000};

    nanosleep(&nap, NULL);
    t1 = now_ns();
    c1 = __rdtsc();
    w.tsc_ns = (double)(t1 - t0) / (double)(c1 - c0);
}

/* Resident memory of all mappings but guest RAM; an adjacent mapping may have been merged to it. */
static void sample(pid_t pid)
{
    char name[64], line[512];
    long size = 0, rss, rest = 0, ram = 0;
    FILE *f;

    snprintf(name, sizeof(name), "/proc/%d/smaps", (int)pid);
    f = fopen(name, "re");
    if (!f) {
        return;
    }
    while (fgets(line, sizeof(line), f)) {
        if (sscanf(line, "Size: %ld kB", &size) == 1) {
            continue;
        }
        if (sscanf(line, "Rss: %ld kB", &rss) == 1) {
            if (size >= w.ram_kib && size < w.ram_kib + 4096) {
                ram += rss;
            } else {
                rest += rss;
            }
        }
    }
    fclose(f);
    w.rest_kib = rest;
    w.ram_rss_kib = ram;
}

/* Lines of the guest; what is none is let go. */
static void print_lines(void)
{
    char *line = w.text, *end;
    char name[64];
    unsigned long long cycles, count;

    w.text[w.len] = 0;
    for (; (end = strchr(line, '\n')); line = end + 1) {
        *end = 0;
        if (sscanf(line, "@%63s %llx %llx", name, &cycles, &count) == 3 && count) {
            printf("%s %.2f\n", name, (double)cycles * w.tsc_ns / (double)count);
        }
    }
}

static uint64_t cpu_ns(pid_t pid)
{
    struct timespec t = {0};
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) == 0) {
        clock_gettime(clock, &t);
    }
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Lines that count from when they come. */
static void take_marks(pid_t pid)
{
    char *end;
    char name[64];
    unsigned long long count;

    while ((end = strchr(w.text + w.seen, '\n'))) {
        const char *line = w.text + w.seen;

        if (line[0] == '<') {
            w.cpu = cpu_ns(pid);
        } else if (sscanf(line, ">%63s %llx", name, &count) == 2 && count) {
            printf("%s_cpu %.2f\n", name, (double)(cpu_ns(pid) - w.cpu) / (double)count);
        }
        w.seen = (size_t)(end + 1 - w.text);
    }
}

static pid_t spawn(char **argv, int *out)
{
    int p[2], null = open("/dev/null", O_RDWR | O_CLOEXEC);
    pid_t pid;

    if (null < 0 || pipe2(p, O_CLOEXEC) < 0) {
        return -1;
    }
    w.begin = now_ns();
    pid = vfork();
    if (pid == 0) {
        dup2(null, 0);
        dup2(p[1], 1);
        execvp(argv[0], argv);
        _exit(127);
    }
    close(p[1]);
    close(null);
    *out = p[0];
    return pid;
}

/* Until the guest's end, TEXT, or the limit; true if that is as it should be. */
static int listen_to(pid_t pid, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    for (;;) {
        uint64_t now = now_ns();
        ssize_t n;

        if (now >= w.limit || poll(&p, 1, (int)((w.limit - now) / 1000000) + 1) == 0) {
            kill(pid, SIGKILL);
            return 0;
        }
        if (w.len == TEXT_MAX - 1) {
            memmove(w.text, w.text + TEXT_MAX / 2, w.len -= TEXT_MAX / 2);
            w.seen = w.seen > TEXT_MAX / 2 ? w.seen - TEXT_MAX / 2 : 0;
        }
        n = read(fd, w.text + w.len, TEXT_MAX - 1 - w.len);
        if (n <= 0) {
            return w.until == NULL;
        }
        if (!w.first) {
            w.first = now_ns();
        }
        w.len += (size_t)n;
        w.text[w.len] = 0;
        take_marks(pid);
        if (w.until && strstr(w.text, w.until)) {
            if (w.ram_kib) {
                sample(pid);
            }
            kill(pid, SIGKILL);
            return 1;
        }
    }
}

int main(int argc, char **argv)
{
    struct rusage use;
    int opt, fd, status, good;
    pid_t pid;

    while ((opt = getopt(argc, argv, "+t:u:r:")) != -1) {
        switch (opt) {
        case 't':
            w.seconds = atol(optarg);
            break;
        case 'u':
            w.until = optarg;
            break;
        case 'r':
            w.ram_kib = atol(optarg);
            break;
        default:
            return 2;
        }
    }
    if (optind >= argc) {
        fprintf(stderr, "usage: watch [-t SECONDS] [-u TEXT] [-r RAM_KIB] PROGRAM...\n");
        return 2;
    }
    setpriority(PRIO_PROCESS, 0, -20); /* allowed or not */
    calibrate();
    pid = spawn(argv + optind, &fd);
    if (pid < 0) {
        perror("watch");
        return 1;
    }
    w.limit = w.begin + (uint64_t)w.seconds * 1000000000u;
    good = listen_to(pid, fd);
    while (wait4(pid, &status, 0, &use) < 0 && errno == EINTR) {
    }
    print_lines();
    if (w.first) {
        printf("first_byte_us %.1f\n", (double)(w.first - w.begin) / 1000);
    }
    printf("exit_us %.1f\n", (double)(now_ns() - w.begin) / 1000);
    printf("cpu_us %ld\n", (long)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 +
                               (long)(use.ru_utime.tv_usec + use.ru_stime.tv_usec));
    printf("peak_kib %ld\n", use.ru_maxrss - w.ram_rss_kib);
    if (w.rest_kib >= 0) {
        printf("rest_kib %ld\n", w.rest_kib);
    }
    return good ? 0 : 1;
}

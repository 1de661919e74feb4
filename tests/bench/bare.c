/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor: the least that a program has to do to run a guest on KVM, with the best in-kernel
 * set-up, and what each kind of exit then costs. Any device model's figures are read as ratios to
 * these, measured in the same run. Needs libc only.
 *
 * Output: lines "name value_ns". To time exec too, the program starts itself anew with BARE_T0, the
 * CLOCK_MONOTONIC time in ns, in the environment; a harness may set that itself. coalesced_pio is
 * what a write into the ring takes beyond a no-op.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 3000
#define RING_WRITES 160 /* of 170 */
#define PORT 0x80
#define RING_PORT 0x310
#define WINDOW 0xd0000

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void print(const char *name, uint64_t ns)
{
    printf("%s %llu\n", name, (unsigned long long)ns);
}

static int skip(const char *what)
{
    printf("1..0 # SKIP %s: %s\n", what, strerror(errno));
    return 77;
}

/* When the process began. */
static uint64_t exec_time(char **argv)
{
    const char *env = getenv("BARE_T0");
    char text[32];

    if (!env) {
        snprintf(text, sizeof(text), "%llu", (unsigned long long)now_ns());
        setenv("BARE_T0", text, 1);
        execv("/proc/self/exe", argv);
    }
    return env ? strtoull(env, NULL, 10) : now_ns();
}

static struct {
    int vm, cpu;
    struct kvm_run *run;
    struct kvm_coalesced_mmio_ring *ring;
    uint8_t *ram, *rom;
} m;

static int set_slot(unsigned slot, uint64_t at, uint64_t size, void *host)
{
    struct kvm_userspace_memory_region r = {.slot = slot,
                                            .guest_phys_addr = at,
                                            .memory_size = size,
                                            .userspace_addr = (uintptr_t)host};

    return ioctl(m.vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static int make(void)
{
    struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
    struct kvm_coalesced_mmio_zone zone = {.addr = RING_PORT, .size = 1, .pio = 1};
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), size, page;

    if (kvm < 0 || (m.vm = ioctl(kvm, KVM_CREATE_VM, 0)) < 0) {
        return -1;
    }
    m.ram = mmap(NULL, 0x110000, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (m.ram == MAP_FAILED) {
        return -1;
    }
    m.rom = m.ram + 0x100000;
    /* the slots before the chips: 30 us, after them 6 ms */
    if (set_slot(0, 0, WINDOW, m.ram) < 0 || set_slot(1, 0xffff0000, 0x10000, m.rom) < 0 ||
        ioctl(m.vm, KVM_CREATE_IRQCHIP, 0) < 0 || ioctl(m.vm, KVM_CREATE_PIT2, &pit) < 0) {
        return -1;
    }
    page = ioctl(m.vm, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);
    if (ioctl(m.vm, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_PIO) <= 0 ||
        ioctl(m.vm, KVM_REGISTER_COALESCED_MMIO, &zone) < 0) {
        page = 0;
    }
    m.cpu = ioctl(m.vm, KVM_CREATE_VCPU, 0);
    size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (m.cpu < 0 || size < 0) {
        return -1;
    }
    m.run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, m.cpu, 0);
    if (m.run == MAP_FAILED) {
        return -1;
    }
    m.ring = page > 0 ? (void *)((uint8_t *)m.run + page * 4096) : NULL;
    return 0;
}

/* One run to an exit of the wanted kind. */
static void step(uint32_t reason)
{
    if (ioctl(m.cpu, KVM_RUN, 0) < 0 || m.run->exit_reason != reason) {
        fprintf(stderr, "bare: exit %u, wanted %u: %s\n", m.run->exit_reason, reason,
                strerror(errno));
        exit(1);
    }
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/*
 * Time of a guest loop that exits once each turn: the median, or with `quiet` the tenth percentile
 * (for a difference of two on a busy machine). Forgets the ring's entries on the way.
 */
static uint64_t turn(uint32_t reason, unsigned rounds, int quiet)
{
    static uint64_t t[ROUNDS];

    step(reason);
    for (unsigned i = 0; i < rounds; i++) {
        uint64_t start = now_ns();

        if (m.ring) {
            __atomic_store_n(&m.ring->first, m.ring->last, __ATOMIC_RELEASE);
        }
        step(reason);
        t[i] = now_ns() - start;
    }
    qsort(t, rounds, sizeof(t[0]), by_value);
    return t[quiet ? rounds / 10 : rounds / 2];
}

static uint64_t median_exit(uint32_t reason)
{
    return turn(reason, ROUNDS, 0);
}

/* Put code at 0:1000h and start there. */
static void go(const void *code, size_t len, unsigned dx, unsigned cx)
{
    struct kvm_regs r = {.rip = 0x1000, .rflags = 2, .rdx = dx, .rcx = cx, .rsi = cx};
    struct kvm_sregs s;

    m.run->immediate_exit = 1; /* finish the I/O that is under way */
    ioctl(m.cpu, KVM_RUN, 0);
    m.run->immediate_exit = 0;
    memcpy(m.ram + 0x1000, code, len);
    ioctl(m.cpu, KVM_GET_SREGS, &s);
    s.cs.base = 0;
    s.cs.selector = 0;
    s.ds.base = WINDOW;
    s.ds.selector = WINDOW >> 4;
    if (ioctl(m.cpu, KVM_SET_SREGS, &s) < 0 || ioctl(m.cpu, KVM_SET_REGS, &r) < 0) {
        perror("bare: registers");
        exit(1);
    }
}

/* RING_WRITES writes into the ring, then an exit. What a loop of no-ops takes is taken off. */
static uint64_t coalesced(void)
{
    static const uint8_t code[] = {0x89, 0xf1, /* again: mov cx, si */
                                   0xee,       /* put: out dx, al */
                                   0xe2, 0xfd, /* loop put */
                                   0xe6, PORT, /* out PORT, al */
                                   0xeb, 0xf7 /* jmp again */};
    uint8_t empty[sizeof(code)];
    uint64_t with, without;

    memcpy(empty, code, sizeof(code));
    empty[2] = 0x90; /* nop */
    go(empty, sizeof(empty), RING_PORT, RING_WRITES);
    without = turn(KVM_EXIT_IO, ROUNDS / 3, 1);
    go(code, sizeof(code), RING_PORT, RING_WRITES);
    with = turn(KVM_EXIT_IO, ROUNDS / 3, 1);
    return with > without ? (with - without) / RING_WRITES : 0;
}

int main(int argc, char **argv)
{
    static const uint8_t first[] = {0xe6, PORT, 0xeb, 0xfc}; /* out PORT, al; jmp */
    static const uint8_t out[] = {0xee, 0xeb, 0xfd};         /* out dx, al */
    static const uint8_t in[] = {0xec, 0xeb, 0xfd};          /* in al, dx */
    static const uint8_t store[] = {0xa2, 0, 0, 0xeb, 0xfb}; /* mov [0], al */
    static const uint8_t load[] = {0xa0, 0, 0, 0xeb, 0xfb};  /* mov al, [0] */
    static const uint8_t block[] = {0x89, 0xf1, 0xf3, 0x6c,  /* mov cx, si; rep insb */
                                    0x31, 0xff, 0xeb, 0xf8}; /* xor di, di; jmp */
    uint64_t exec = exec_time(argv), begin = now_ns(), first_ns;

    (void)argc;
    if (make() < 0) {
        return skip("/dev/kvm");
    }
    memcpy(m.rom + 0xfff0, first, sizeof(first));
    step(KVM_EXIT_IO);
    first_ns = now_ns();
    print("exec_to_first_instruction", first_ns - exec);
    print("main_to_first_instruction", first_ns - begin);
    go(out, sizeof(out), PORT, 0);
    print("pio_out", median_exit(KVM_EXIT_IO));
    go(in, sizeof(in), PORT, 0);
    print("pio_in", median_exit(KVM_EXIT_IO));
    go(store, sizeof(store), PORT, 0);
    print("mmio_write", median_exit(KVM_EXIT_MMIO));
    go(load, sizeof(load), PORT, 0);
    print("mmio_read", median_exit(KVM_EXIT_MMIO));
    go(block, sizeof(block), PORT, 1024);
    print("rep_ins_1024", median_exit(KVM_EXIT_IO));
    if (m.ring) {
        print("coalesced_pio", coalesced());
    }
    return 0;
}

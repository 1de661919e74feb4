/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The floor: the least that a program has to do to run a guest of this folder on KVM, with the best
 * in-kernel set-up: chips in the kernel, slots before the chips, the registers that only store
 * coalesced, the text window plain memory. It models nothing: reads are answered from a table, disk
 * blocks come from one copy of the image's start in memory. What a device model takes beyond these
 * figures is its own. Needs libc only.
 *
 *   bare ROM [DISK]
 *
 * The debug console (port E9h) is standard output; port F4h ends the run.
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
#include <unistd.h>

#define RAM_SIZE 0x4000000u /* 64 MiB */
#define LOW_SIZE 0xa0000u
#define TEXT 0xb8000u
#define TEXT_SIZE 0x8000u
#define ROM_SIZE 0x10000u
#define SECTOR 512u
#define DISK_SIZE (256 * SECTOR)
#define DISK_IRQ 14

static struct {
    int vm, cpu;
    struct kvm_run *run;
    struct kvm_coalesced_mmio_ring *ring;
    uint8_t *ram, *rom;
    uint8_t *disk;
    uint32_t at, prd;
    char out[4096];
    size_t outs;
} m;

static int die(const char *what)
{
    fprintf(stderr, "bare: %s: %s\n", what, strerror(errno));
    return 1;
}

static int set_slot(unsigned slot, uint64_t at, uint64_t size, void *host)
{
    struct kvm_userspace_memory_region r = {.slot = slot,
                                            .guest_phys_addr = at,
                                            .memory_size = size,
                                            .userspace_addr = (uintptr_t)host};

    return ioctl(m.vm, KVM_SET_USER_MEMORY_REGION, &r);
}

static int load(const char *rom, const char *disk)
{
    int fd = open(rom, O_RDONLY | O_CLOEXEC);

    m.ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    m.rom = mmap(NULL, ROM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
    if (fd < 0 || m.ram == MAP_FAILED || m.rom == MAP_FAILED) {
        return -1;
    }
    close(fd);
    if (disk) {
        fd = open(disk, O_RDONLY | O_CLOEXEC);
        m.disk = calloc(1, DISK_SIZE);
        if (fd < 0 || !m.disk || read(fd, m.disk, DISK_SIZE) != DISK_SIZE) {
            return -1;
        }
        close(fd);
    }
    return 0;
}

static void coalesce(void)
{
    /* IDE, VGA, NE2000: what vmx-dm coalesces of the registers that the guests write */
    static const struct kvm_coalesced_mmio_zone zones[] = {
        {.addr = 0xe9, .size = 1, .pio = 1},  {.addr = 0x1f1, .size = 6, .pio = 1},
        {.addr = 0x3c0, .size = 6, .pio = 1}, {.addr = 0x3ce, .size = 2, .pio = 1},
        {.addr = 0x3d4, .size = 2, .pio = 1}, {.addr = 0x304, .size = 3, .pio = 1},
        {.addr = 0x308, .size = 4, .pio = 1}, {.addr = 0x310, .size = 8, .pio = 1},
        {.addr = 0x300, .size = 1, .pio = 1}, {.addr = 0x303, .size = 1, .pio = 1},
        {.addr = 0x307, .size = 1, .pio = 1},
    };

    struct kvm_coalesced_mmio_zone planes = {.addr = LOW_SIZE, .size = 0x10000};

    for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
        struct kvm_coalesced_mmio_zone z = zones[i];

        ioctl(m.vm, KVM_REGISTER_COALESCED_MMIO, &z);
    }
    ioctl(m.vm, KVM_REGISTER_COALESCED_MMIO, &planes);
}

static int make(void)
{
    struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
    int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC), size, page;

    if (kvm < 0 || (m.vm = ioctl(kvm, KVM_CREATE_VM, 0)) < 0) {
        return -1;
    }
    if (set_slot(0, 0, LOW_SIZE, m.ram) < 0 || set_slot(1, TEXT, TEXT_SIZE, m.ram + TEXT) < 0 ||
        set_slot(2, 0x100000 - ROM_SIZE, ROM_SIZE, m.rom) < 0 ||
        set_slot(3, 0x100000, RAM_SIZE - 0x100000, m.ram + 0x100000) < 0 ||
        set_slot(4, 0x100000000 - ROM_SIZE, ROM_SIZE, m.rom) < 0 ||
        ioctl(m.vm, KVM_CREATE_IRQCHIP, 0) < 0 || ioctl(m.vm, KVM_CREATE_PIT2, &pit) < 0) {
        return -1;
    }
    page = ioctl(m.vm, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);
    if (page > 0 && ioctl(m.vm, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_PIO) > 0) {
        coalesce();
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

/* -- the debug console -- */

static void flush(void)
{
    if (write(STDOUT_FILENO, m.out, m.outs) < 0) {
        exit(die("standard output"));
    }
    m.outs = 0;
}

static void debug_byte(uint8_t byte)
{
    m.out[m.outs++] = (char)byte;
    if (m.outs == sizeof(m.out) || byte == '\n' || byte == 'S') {
        flush();
    }
}

/* Of the coalesced writes only the console's are of interest. */
static void drain(void)
{
    uint32_t size = (4096 - sizeof(*m.ring)) / sizeof(m.ring->coalesced_mmio[0]);

    while (m.ring && m.ring->first != m.ring->last) {
        const struct kvm_coalesced_mmio *e = &m.ring->coalesced_mmio[m.ring->first];

        if (e->phys_addr == 0xe9) {
            debug_byte(e->data[0]);
        }
        __atomic_store_n(&m.ring->first, (m.ring->first + 1) % size, __ATOMIC_RELEASE);
    }
}

/* -- answers -- */

static void set_irq(unsigned level)
{
    struct kvm_irq_level l = {.irq = DISK_IRQ, .level = level};

    ioctl(m.vm, KVM_IRQ_LINE, &l);
}

/* 64 KiB to where the guest wants it. */
static void bus_master(void)
{
    uint32_t to;

    if (m.prd > LOW_SIZE - 8) {
        return;
    }
    memcpy(&to, m.ram + m.prd, 4);
    if (m.disk && to <= LOW_SIZE - 0x10000) {
        memcpy(m.ram + to, m.disk, 0x10000);
    }
    set_irq(1);
}

static void port_out(uint16_t port, const uint8_t *data)
{
    switch (port) {
    case 0xe9:
        debug_byte(data[0]);
        break;
    case 0xf4:
        flush();
        exit(0);
    case 0x1f7:
        m.at = 0;
        break;
    case 0xc000:
        if (data[0] & 1) {
            bus_master();
        }
        break;
    case 0xc004:
        memcpy(&m.prd, data, 4);
        break;
    default:
        break;
    }
}

static uint8_t port_in(uint16_t port)
{
    switch (port) {
    case 0x71:
        return 0;
    case 0x1f7:
        set_irq(0);
        return 0x58; /* ready, data */
    case 0x307:
        return 0xc2; /* reset, RDC, PTX */
    case 0x3fd:
        return 0x60;
    case 0xc002:
        return 4;
    default:
        return 0xff;
    }
}

static void exit_io(void)
{
    uint8_t *data = (uint8_t *)m.run + m.run->io.data_offset;
    uint32_t len = m.run->io.size * m.run->io.count;

    if (m.run->io.direction == KVM_EXIT_IO_OUT) {
        port_out(m.run->io.port, data);
    } else if (m.run->io.port == 0x1f0 && m.disk && m.at + len <= DISK_SIZE) {
        memcpy(data, m.disk + m.at, len);
        m.at += len;
    } else {
        memset(data, port_in(m.run->io.port), len);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: bare ROM [DISK]\n");
        return 2;
    }
    if (load(argv[1], argc > 2 ? argv[2] : NULL) < 0) {
        return die("images");
    }
    if (make() < 0) {
        return die("/dev/kvm");
    }
    for (;;) {
        if (ioctl(m.cpu, KVM_RUN, 0) < 0) {
            return die("KVM_RUN");
        }
        drain();
        if (m.run->exit_reason == KVM_EXIT_IO) {
            exit_io();
        } else if (m.run->exit_reason == KVM_EXIT_MMIO) {
            memset(m.run->mmio.data, 0xff, sizeof(m.run->mmio.data));
        } else {
            fprintf(stderr, "bare: exit reason %u\n", m.run->exit_reason);
            return 1;
        }
    }
}

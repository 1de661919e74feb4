/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NE2000 on PCI: the same, with 32 KiB, dwords, and a BAR that moves. */
#include "tests/fuzz/ne2000.h"

#define IO 0xd000u
#define BAR0 0x10u
#define COMMAND 0x04u

static struct pci_device *card(void)
{
    return (struct pci_device *)(void *)fuzz_device_named("ne2k_pci");
}

static void config(unsigned at, uint32_t value)
{
    struct pci_device *d = card();

    pci_config_write(d->bus, d->devfn, at, 4, value);
}

/* Somewhere else, perhaps on top of another device, and back; or off. */
static void move(struct fuzz_in *in)
{
    config(in8(in) & 0xfc, in32(in));
    config(BAR0, in16(in));
    outb((uint16_t)(in16(in)), in8(in));
    config(BAR0, IO);
    config(COMMAND, 1 | (in8(in) & 4) << 8);
}

static void begin(void)
{
    if (!fuzz.pc) {
        struct device *d = device_new(device_class_find("ne2k_pci"), NULL);

        fuzz_board_new();
        nic.cls = "ne2k_pci";
        nic.base = IO;
        nic.other = move;
        nic.link = fuzz_wire();
        if (!device_set(d, "netdev", "net1", NULL) || !device_set(d, "ram", "32", NULL)) {
            fuzz_fail("ne2k_pci", "does not take its properties");
        }
        fuzz_realize(d);
    }
    fuzz_begin();
    config(BAR0, IO);
    config(COMMAND, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct fuzz_in in = {data, len};

    begin();
    fuzz_nic(&in);
    return 0;
}

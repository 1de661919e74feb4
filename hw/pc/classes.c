/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every device class there is. */
#include "core/device.h"

#include "hw/char/debug_exit.h"
#include "hw/char/debugcon.h"
#include "hw/char/serial.h"
#include "hw/display/vga_pci.h"
#include "hw/dma/i8257.h"
#include "hw/ide/piix3_ide.h"
#include "hw/input/i8042.h"
#include "hw/input/vmmouse.h"
#include "hw/intc/i8259.h"
#include "hw/intc/ioapic.h"
#include "hw/net/e1000.h"
#include "hw/net/ne2000_isa.h"
#include "hw/net/ne2000_pci.h"
#include "hw/net/pcnet.h"
#include "hw/net/rtl8139.h"
#include "hw/net/virtio_net.h"
#include "hw/pc/fw_cfg.h"
#include "hw/pc/port92.h"
#include "hw/pci/i440fx.h"
#include "hw/pci/piix3.h"
#include "hw/pci/piix4_pm.h"
#include "hw/timer/hpet.h"
#include "hw/timer/i8254.h"
#include "hw/timer/mc146818.h"
#include "hw/timer/port61.h"

const struct device_class *const device_classes[] = {
    /* soldered to the board */
    &i440fx_class,
    &piix3_class,
    &piix3_ide_class,
    &piix4_pm_class,
    &i8259_class,
    &ioapic_class,
    &hpet_class,
    &i8254_class,
    &port61_class,
    &mc146818_class,
    &i8257_class,
    &port92_class,
    &fw_cfg_class,
    &i8042_class,
    &vmmouse_class,
    /* -device */
    &vga_pci_class,
    &serial_class,
    &debugcon_class,
    &debug_exit_class,
    &ne2k_isa_class,
    &ne2k_pci_class,
    &e1000_class,
    &pcnet_class,
    &rtl8139_class,
    &virtio_net_class,
    NULL,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Intel 82371AB (PIIX4), function 3, power management and SMBus; order number 290562: configuration
 * registers (section 7.1), SMBus I/O (7.2), power management I/O (7.3). Identity and board wiring as
 * QEMU's pc: a PIIX3 with this function beside it, SCI on IRQ 9, a GPE block at AFE0h.
 *
 * Modelled: PMBASE and PMREGMISC, SMBBA and SMBHSTCFG; PMSTS, PMEN, PMCNTRL, PMTMR with its overflow
 * status; the power button; soft off; SCI; APMC and APMS at B2h, B3h, where the values F1h and F0h
 * switch ACPI on and off as the firmware's SMI handler would. The SMBus host finds nobody: each
 * command ends at once with DEV_ERR. General purpose events are in piix4_gpe.c.
 * Not modelled: SMI (DEVACTB shows APMC_EN so that firmware takes SMM for set up), device and
 * global monitors, clock control (PCNTRL, PLVL2, PLVL3 read 0), suspend states but soft off, RTC and
 * bus master status, SMBus slave and block data.
 *
 * PMTMR is a pure function of guest time. TMROF_STS is worked off at each access and, while it can
 * interrupt, by a timer. An event raises SCI only with SCI_EN: without, it would be an SMI.
 *
 * The two blocks move as the guest says, so they lie below all fixed ports, like BARs.
 *
 * Threading: own device lock; configuration writes come with the host bridge's in addition.
 */
#include "hw/pci/piix4_pm.h"

#include "core/power.h"

#include <string.h>

#define PMBASE 0x40
#define PMBASE_MASK 0xffc0u
#define DEVACTB_3 0x5b /* DEVACTB bits 24 to 31 */
#define DEVACTB_3_APMC_EN 0x02
#define COUNTERS_END 0x7f /* from 44h: CNTA to DEVRESJ */
#define PMREGMISC 0x80
#define PMREGMISC_PMIOSE 0x01u
#define SMBBA 0x90
#define SMBBA_MASK 0xfff0u
#define SMBHSTCFG 0xd2
#define SMBHSTCFG_HST_EN 0x01u
#define SMBHSTCFG_INTRSEL 0x0eu
#define SMBHSTCFG_IRQ9 0x08u
#define SMBHSTCFG_WMASK 0x0fu
#define SMBSLVC 0xd3 /* and the two shadow commands after it */
#define BASE_IO 0x01u

#define PMSTS 0x00
#define PMSTS_TMROF 0x0001u
#define PMSTS_PWRBTN 0x0100u
#define PMSTS_REACHABLE (PMSTS_TMROF | PMSTS_PWRBTN)
#define PMEN 0x02
#define PMEN_WMASK 0x0521u /* RTC, PWRBTN, GBL, TMROF */
#define PMCNTRL 0x04
#define PMCNTRL_SCI_EN 0x0001u
#define PMCNTRL_SUS_TYP 0x1c00u
#define PMCNTRL_SUS_EN 0x2000u
#define PMCNTRL_KEPT (PMCNTRL_SCI_EN | 0x0002u | PMCNTRL_SUS_TYP) /* BRLD_EN_BM */
#define PMTMR 0x08
#define TIMER_HALF_SHIFT 23 /* TMROF is set when bit 23 changes */
#define TIMER_MASK 0xffffffu
#define TMR_HALF_LIMIT (UINT64_C(1) << 33) /* more half turns than 2^64 ns can hold */

#define SMBHSTSTS 0x0
#define HSTSTS_DEV_ERR 0x04u
#define HSTSTS_FAILED 0x10u
#define HSTSTS_REACHABLE (HSTSTS_DEV_ERR | HSTSTS_FAILED)
#define SMBHSTCNT 0x2
#define HSTCNT_INTEREN 0x01u
#define HSTCNT_KILL 0x02u
#define HSTCNT_START 0x40u
#define HSTCNT_KEPT 0x1du /* INTEREN, SMB_CMD_PROT */
#define SMBHSTCMD 0x3
#define SMBHSTADD 0x4
#define SMBHSTDAT0 0x5
#define SMBHSTDAT1 0x6
#define SMBSLVCNT 0x8
#define SLVCNT_WMASK 0x0fu
#define SMBSHDWCMD 0x9
#define SMBSLVEVT 0xa

_Static_assert(sizeof(struct piix4_pm_state) ==
                   sizeof(struct pci_state) + sizeof(struct piix4_gpe_state) + 32,
               "no padding");
_Static_assert(PMSTS == PIIX4_PM_EVT && PMCNTRL == PIIX4_PM_CNT && PMTMR == PIIX4_PM_TMR,
               "the tables name what is here");

static struct piix4_pm *self(struct device *d)
{
    return (struct piix4_pm *)(void *)d;
}

/* -- pure helpers -- */

static uint64_t tick_at(uint64_t ns)
{
    return muldiv64(ns, PIIX4_PM_TIMER_HZ, NS_PER_SEC);
}

/* First ns of a half turn. */
static uint64_t half_ns(uint64_t half)
{
    unsigned __int128 ticks = (unsigned __int128)half << TIMER_HALF_SHIFT;
    unsigned __int128 ns = (ticks * NS_PER_SEC + PIIX4_PM_TIMER_HZ - 1) / PIIX4_PM_TIMER_HZ;

    return ns < TIMER_NEVER ? (uint64_t)ns : TIMER_NEVER;
}

static bool smb_interrupts(const struct piix4_pm_state *s)
{
    return (s->hststs & HSTSTS_REACHABLE) && (s->hstcnt & HSTCNT_INTEREN) &&
           (s->pci.config[SMBHSTCFG] & SMBHSTCFG_INTRSEL) == SMBHSTCFG_IRQ9;
}

static bool sci_level(const struct piix4_pm_state *s)
{
    return ((s->pmcntrl & PMCNTRL_SCI_EN) &&
            ((s->pmsts & s->pmen) || piix4_gpe_pending(&s->gpe))) ||
           smb_interrupts(s);
}

static uint8_t byte_of(uint32_t value, uint64_t n)
{
    return (uint8_t)(value >> (8 * (n & 3)));
}

/* A 16-bit register with one byte replaced. */
static uint16_t with_byte(uint16_t old, uint64_t n, uint8_t v)
{
    return n & 1 ? (uint16_t)((old & 0x00ffu) | (unsigned)v << 8) : (uint16_t)((old & 0xff00u) | v);
}

/* -- outputs -- */

static void update(struct piix4_pm *pm)
{
    const struct piix4_pm_state *s = &pm->s;

    irq_set(&pm->sci, sci_level(s));
    if ((s->pmen & PMSTS_TMROF) && (s->pmcntrl & PMCNTRL_SCI_EN) && !(s->pmsts & PMSTS_TMROF)) {
        timer_arm(&pm->timer, half_ns(s->tmr_half + 1));
    } else {
        timer_cancel(&pm->timer);
    }
}

/* Note an overflow that has happened up to now. Returns the tick. */
static uint64_t advance(struct piix4_pm *pm)
{
    uint64_t tick = tick_at(clock_now(pm->board->clock));

    if (pm->s.tmr_half != tick >> TIMER_HALF_SHIFT) {
        pm->s.tmr_half = tick >> TIMER_HALF_SHIFT;
        pm->s.pmsts |= PMSTS_TMROF;
    }
    return tick;
}

static void expired(void *opaque)
{
    struct piix4_pm *pm = opaque;

    advance(pm);
    update(pm);
}

static void gpe_changed(void *opaque)
{
    update(opaque);
}

void piix4_pm_slot(struct piix4_pm *pm, unsigned slot, bool up)
{
    device_enter(&pm->pci.dev);
    piix4_gpe_raise(&pm->gpe, slot, up);
    device_leave(&pm->pci.dev);
}

uint32_t piix4_pm_slots_down(struct piix4_pm *pm)
{
    uint32_t down;

    device_enter(&pm->pci.dev);
    down = pm->s.gpe.down;
    device_leave(&pm->pci.dev);
    return down;
}

void piix4_pm_power_button(struct piix4_pm *pm)
{
    device_enter(&pm->pci.dev);
    pm->s.pmsts |= PMSTS_PWRBTN;
    update(pm);
    device_leave(&pm->pci.dev);
}

static void place(struct piix4_pm *pm, struct region *r, bool on, uint32_t base)
{
    if (region_mapped(r) && !(on && r->base == base)) {
        space_unmap(r);
    }
    if (on && base && !region_mapped(r)) {
        space_map_or_warn(pm->board->ports, r, base);
    }
}

static uint32_t base_of(const uint8_t *config, uint32_t mask)
{
    return (uint32_t)(config[0] | config[1] << 8) & mask;
}

static void place_blocks(struct piix4_pm *pm)
{
    const uint8_t *c = pm->s.pci.config;

    place(pm, &pm->pm, c[PMREGMISC] & PMREGMISC_PMIOSE, base_of(c + PMBASE, PMBASE_MASK));
    place(pm, &pm->smb, c[SMBHSTCFG] & SMBHSTCFG_HST_EN, base_of(c + SMBBA, SMBBA_MASK));
}

static void config_written(struct pci_device *d, uint8_t offset, unsigned len)
{
    if (offset + len > PMBASE) {
        place_blocks(self(&d->dev));
        update(self(&d->dev));
    }
}

/* -- power management block -- */

static uint8_t pm_byte(const struct piix4_pm_state *s, uint64_t offset, uint64_t tick)
{
    switch (offset & ~UINT64_C(1)) {
    case PMSTS:
        return byte_of(s->pmsts, offset & 1);
    case PMEN:
        return byte_of(s->pmen, offset & 1);
    case PMCNTRL:
        return byte_of(s->pmcntrl, offset & 1);
    case PMTMR:
    case PMTMR + 2:
        return byte_of((uint32_t)tick & TIMER_MASK, offset);
    default:
        return 0;
    }
}

/* All bytes of one access see the timer at one moment. */
static uint64_t pm_read(void *opaque, uint64_t offset, unsigned width)
{
    struct piix4_pm *pm = opaque;
    uint64_t tick = advance(pm);
    uint64_t value = 0;

    for (unsigned i = 0; i < width; i++) {
        value |= (uint64_t)pm_byte(&pm->s, offset + i, tick) << (8 * i);
    }
    update(pm);
    return value;
}

static void sleep_now(const struct piix4_pm_state *s)
{
    if ((s->pmcntrl & PMCNTRL_SUS_TYP) >> 10 == PIIX4_PM_SUS_TYP_OFF) {
        power_request(POWER_OFF, 0);
    }
}

static void pm_write_byte(struct piix4_pm_state *s, uint64_t offset, uint8_t v)
{
    switch (offset & ~UINT64_C(1)) {
    case PMSTS:
        s->pmsts = (uint16_t)(s->pmsts & ~with_byte(0, offset, v));
        break;
    case PMEN:
        s->pmen = with_byte(s->pmen, offset, v) & PMEN_WMASK;
        break;
    case PMCNTRL:
        s->pmcntrl = with_byte(s->pmcntrl, offset, v) & PMCNTRL_KEPT;
        if (with_byte(0, offset, v) & PMCNTRL_SUS_EN) {
            sleep_now(s);
        }
        break;
    default:
        break;
    }
}

static void pm_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct piix4_pm *pm = opaque;

    advance(pm);
    for (unsigned i = 0; i < width; i++) {
        pm_write_byte(&pm->s, offset + i, (uint8_t)(value >> (8 * i)));
    }
    update(pm);
}

static const struct region_ops pm_ops = {
    .read = pm_read,
    .write = pm_write,
    .impl = 1 | 2 | 4,
};

/* -- APMC, APMS -- */

static uint64_t apm_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct piix4_pm *pm = opaque;

    (void)width;
    return offset == 0 ? pm->s.apmc : pm->s.apms;
}

static void apm_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct piix4_pm *pm = opaque;

    (void)width;
    if (offset != 0) {
        pm->s.apms = (uint8_t)value;
        return;
    }
    pm->s.apmc = (uint8_t)value;
    if (value == PIIX4_PM_ACPI_ENABLE) {
        pm->s.pmcntrl |= PMCNTRL_SCI_EN;
    } else if (value == PIIX4_PM_ACPI_DISABLE) {
        pm->s.pmcntrl &= (uint16_t)~PMCNTRL_SCI_EN;
    }
    advance(pm);
    update(pm);
}

static const struct region_ops apm_ops = {.read = apm_read, .write = apm_write};

/* -- SMBus -- */

static uint64_t smb_read(void *opaque, uint64_t offset, unsigned width)
{
    const struct piix4_pm_state *s = &((struct piix4_pm *)opaque)->s;

    (void)width;
    switch (offset) {
    case SMBHSTSTS:
        return s->hststs;
    case SMBHSTCNT:
        return s->hstcnt;
    case SMBHSTCMD:
        return s->hstcmd;
    case SMBHSTADD:
        return s->hstadd;
    case SMBHSTDAT0:
    case SMBHSTDAT1:
        return s->hstdat[offset - SMBHSTDAT0];
    case SMBSLVCNT:
        return s->slvcnt;
    case SMBSHDWCMD:
        return s->shdwcmd;
    case SMBSLVEVT:
    case SMBSLVEVT + 1:
        return s->slvevt[offset - SMBSLVEVT];
    default:
        return 0;
    }
}

static void host_control(struct piix4_pm_state *s, uint8_t v)
{
    s->hstcnt = v & HSTCNT_KEPT;
    if (v & HSTCNT_KILL) {
        s->hststs |= HSTSTS_FAILED;
    } else if (v & HSTCNT_START) { /* no address is acknowledged */
        s->hststs |= HSTSTS_DEV_ERR;
    }
}

static void smb_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct piix4_pm *pm = opaque;
    struct piix4_pm_state *s = &pm->s;
    uint8_t v = (uint8_t)value;

    (void)width;
    switch (offset) {
    case SMBHSTSTS:
        s->hststs &= (uint8_t)~v;
        break;
    case SMBHSTCNT:
        host_control(s, v);
        break;
    case SMBHSTCMD:
        s->hstcmd = v;
        break;
    case SMBHSTADD:
        s->hstadd = v;
        break;
    case SMBHSTDAT0:
    case SMBHSTDAT1:
        s->hstdat[offset - SMBHSTDAT0] = v;
        break;
    case SMBSLVCNT:
        s->slvcnt = v & SLVCNT_WMASK;
        break;
    case SMBSHDWCMD:
        s->shdwcmd = v;
        break;
    case SMBSLVEVT:
    case SMBSLVEVT + 1:
        s->slvevt[offset - SMBSLVEVT] = v;
        break;
    default:
        break;
    }
    update(pm);
}

static const struct region_ops smb_ops = {.read = smb_read, .write = smb_write};

/* -- life -- */

static void reset(struct device *d)
{
    struct piix4_pm *pm = self(d);

    memset(&pm->s, 0, sizeof(pm->s));
    pci_device_reset(&pm->pci);
}

static void settle(struct device *d)
{
    struct piix4_pm *pm = self(d);

    pci_device_settle(&pm->pci);
    place_blocks(pm);
    update(pm);
}

static const char *check(const void *state)
{
    const struct piix4_pm_state *s = state;
    const char *wrong = piix4_gpe_check(&s->gpe);

    if (wrong) {
        return wrong;
    }
    if (s->tmr_half >= TMR_HALF_LIMIT) {
        return "tmr_half";
    }
    if (s->pmsts & ~PMSTS_REACHABLE) {
        return "pmsts";
    }
    if (s->pmen & ~PMEN_WMASK) {
        return "pmen";
    }
    if (s->pmcntrl & ~PMCNTRL_KEPT) {
        return "pmcntrl";
    }
    if (s->hststs & ~HSTSTS_REACHABLE) {
        return "hststs";
    }
    if (s->hstcnt & ~HSTCNT_KEPT) {
        return "hstcnt";
    }
    if (s->slvcnt & ~SLVCNT_WMASK) {
        return "slvcnt";
    }
    for (size_t i = 0; i < sizeof(s->pad); i++) {
        if (s->pad[i]) {
            return "pad";
        }
    }
    return pci_state_check(&s->pci);
}

static void init_config(struct piix4_pm *pm)
{
    uint8_t *c = pm->pci.reset_config, *w = pm->pci.wmask;

    c[PCI_STATUS] = 0x80; /* fast back-to-back, medium DEVSEL */
    c[PCI_STATUS + 1] = 0x02;
    c[PMBASE] = BASE_IO;
    w[PMBASE] = PMBASE_MASK & 0xff;
    w[PMBASE + 1] = PMBASE_MASK >> 8;
    memset(w + PMBASE + 4, 0xff, COUNTERS_END + 1 - (PMBASE + 4));
    c[DEVACTB_3] = DEVACTB_3_APMC_EN;
    w[PMREGMISC] = PMREGMISC_PMIOSE;
    c[SMBBA] = BASE_IO;
    w[SMBBA] = SMBBA_MASK & 0xff;
    w[SMBBA + 1] = SMBBA_MASK >> 8;
    w[SMBHSTCFG] = SMBHSTCFG_WMASK;
    memset(w + SMBSLVC, 0xff, 3);
}

static struct region block(struct piix4_pm *pm, const char *name, const struct region_ops *ops,
                           uint64_t size, int prio)
{
    return (struct region){
        .name = name, .dev = &pm->pci.dev, .opaque = pm, .ops = ops, .size = size, .prio = prio};
}

static void unrealize(struct device *d)
{
    struct piix4_pm *pm = self(d);

    timer_cancel(&pm->timer);
    space_unmap(&pm->pm);
    space_unmap(&pm->smb);
    space_unmap(&pm->apm);
    piix4_gpe_exit(&pm->gpe);
    irq_set(&pm->sci, false);
    pci_device_exit(&pm->pci); /* waits for readers */
}

static bool realize(struct device *d, struct board *b, GError **error)
{
    static const struct pci_ids ids = {
        .vendor = 0x8086,
        .device = 0x7113,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .revision = 3,
        .class_base = 0x06,
        .class_sub = 0x80,
        .interrupt_pin = 1,
    };
    struct piix4_pm *pm = self(d);

    pm->board = b;
    pm->pci.devfn = PIIX4_PM_DEVFN;
    pm->pci.config_written = config_written;
    if (!pci_device_init(&pm->pci, &pm->s.pci, b, &ids, error)) {
        return false;
    }
    init_config(pm);
    timer_init(&pm->timer, b->clock, d, expired, pm);
    irq_pin_init(&pm->sci, pm->sci_line);
    pm->pm = block(pm, "piix4-pm", &pm_ops, PIIX4_PM_PORTS, PRIO_BAR(PIIX4_PM_DEVFN, 0));
    pm->smb = block(pm, "piix4-smbus", &smb_ops, PIIX4_PM_SMB_PORTS, PRIO_BAR(PIIX4_PM_DEVFN, 1));
    pm->apm = block(pm, "apm", &apm_ops, 2, PRIO_FIXED);
    d->regions = g_slist_append(d->regions, &pm->pm);
    d->regions = g_slist_append(d->regions, &pm->smb);
    d->regions = g_slist_append(d->regions, &pm->apm);
    if (!piix4_gpe_init(&pm->gpe, &pm->s.gpe, d, b, gpe_changed, pm, error) ||
        !space_map(b->ports, &pm->apm, PIIX4_PM_SMI_CMD, error)) {
        unrealize(d);
        return false;
    }
    return true;
}

/* -- tables -- */

static const struct state_field fields[] = {
    STATE_STRUCT(struct piix4_pm_state, pci, &pci_state_layout),
    STATE_STRUCT(struct piix4_pm_state, gpe, &piix4_gpe_layout),
    STATE_FIELD(struct piix4_pm_state, tmr_half),
    STATE_FIELD(struct piix4_pm_state, pmsts),
    STATE_FIELD(struct piix4_pm_state, pmen),
    STATE_FIELD(struct piix4_pm_state, pmcntrl),
    STATE_FIELD(struct piix4_pm_state, apmc),
    STATE_FIELD(struct piix4_pm_state, apms),
    STATE_FIELD(struct piix4_pm_state, hststs),
    STATE_FIELD(struct piix4_pm_state, hstcnt),
    STATE_FIELD(struct piix4_pm_state, hstcmd),
    STATE_FIELD(struct piix4_pm_state, hstadd),
    STATE_ARRAY(struct piix4_pm_state, hstdat),
    STATE_FIELD(struct piix4_pm_state, slvcnt),
    STATE_FIELD(struct piix4_pm_state, shdwcmd),
    STATE_ARRAY(struct piix4_pm_state, slvevt),
    STATE_ARRAY(struct piix4_pm_state, pad),
    STATE_END,
};

static const struct state_layout layout = {
    .name = "PIIX4_PM",
    .version = 2,
    .min_version = 2,
    .size = sizeof(struct piix4_pm_state),
    .fields = fields,
    .check = check,
};

const struct device_class piix4_pm_class = {
    .name = "PIIX4_PM",
    .desc = "PIIX4 power management and SMBus",
    .bus = BUS_BOARD,
    .size = sizeof(struct piix4_pm),
    .state_offset = offsetof(struct piix4_pm, s),
    .state = &layout,
    .realize = realize,
    .reset = reset,
    .settle = settle,
    .unrealize = unrealize,
};

struct piix4_pm *piix4_pm_new(struct board *b, struct irq_line *sci, GError **error)
{
    struct device *d = device_new(&piix4_pm_class, NULL);

    self(d)->sci_line = sci;
    return device_realize(d, b, error) ? self(d) : NULL;
}

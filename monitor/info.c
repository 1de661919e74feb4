/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What only people ask for: networks, CPUs, interrupts, the map, devices. */
#include "monitor/command.h"

#include "hw/intc/i8259.h"
#include "hw/intc/ioapic.h"
#include "net/net.h"
#include "system/vm.h"

#include <string.h>

#define ARRAY_SHOWN 16u /* elements of an array in info device */

static struct board *board(void)
{
    return pc_board(machine_pc(monitor_machine));
}

static JsonNode *text(GString *out)
{
    return qmp_text(g_string_free(out, FALSE));
}

struct device *info_device_of(const struct device_class *cls)
{
    GPtrArray *list = device_list();

    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);

        if (d->cls == cls) {
            return d;
        }
    }
    return NULL;
}

/* -- network -- */

static void card_row(const struct device *d, GString *out)
{
    g_autofree char *mac = device_get(d, "mac");

    g_string_append_printf(out, "%s: index=0,type=nic,model=%s,macaddr=%s\n",
                           d->id ? d->id : d->cls->name, d->cls->name, mac ? mac : "?");
}

static void network_row(struct link *l, void *opaque)
{
    g_autofree char *what = link_describe(l);
    struct device *d = link_device(l);
    const char *pad = "";

    if (d) {
        card_row(d, opaque);
        pad = " \\ ";
    }
    g_string_append_printf(opaque, "%s%s: index=0,type=%s%s\n", pad, link_name(l),
                           what ? what : "none", link_plugged(l) ? "" : ",link=off");
}

static void note_card(struct link *l, void *opaque)
{
    if (link_device(l)) {
        g_ptr_array_add(opaque, link_device(l));
    }
}

static bool is_card(const struct device *d)
{
    const struct prop *p = d->cls->props;

    while (p && p->name && p->type != PROP_LINK) {
        p++;
    }
    return p && p->name;
}

JsonNode *info_network(JsonObject *args, GError **error)
{
    g_autoptr(GPtrArray) shown = g_ptr_array_new();
    GPtrArray *list = device_list();
    GString *out = g_string_new(NULL);

    (void)args;
    (void)error;
    link_each(network_row, out);
    link_each(note_card, shown);
    for (guint i = 0; i < list->len; i++) { /* those without a network, or whose network has gone */
        struct device *d = g_ptr_array_index(list, i);

        if (is_card(d) && !g_ptr_array_find(shown, d, NULL)) {
            card_row(d, out);
        }
    }
    return text(out);
}

#ifdef CONFIG_SLIRP
static void usernet_row(struct link *l, void *opaque)
{
    g_autofree char *info = net_user_info(l);

    if (info) {
        const char *rows = *info == ' ' ? info : strchr(info, '\n'); /* it says its own name */

        g_string_append_printf(opaque, "Hub -1 (%s):\n%s", link_name(l),
                               rows ? rows + (*rows == '\n') : "");
    }
}
#endif

JsonNode *info_usernet(JsonObject *args, GError **error)
{
    GString *out = g_string_new(NULL);

    (void)args;
    (void)error;
#ifdef CONFIG_SLIRP
    link_each(usernet_row, out);
#endif
    return text(out);
}

/* -- interrupts -- */

static void put_pic(GString *out, const struct i8259_state *s)
{
    for (int i = 1; i >= 0; i--) {
        const struct i8259_chip *c = &s->chip[i];
        unsigned irr = (unsigned)(c->latch | (c->lines & c->elcr));

        g_string_append_printf(out,
                               "pic%d: irr=%02x imr=%02x isr=%02x hprio=%u irq_base=%02x "
                               "rr_sel=%u elcr=%02x fnm=%u\n",
                               i, irr, c->imr, c->isr, (c->lowest + 1u) & 7, c->vector, c->read_isr,
                               c->elcr, c->sfnm);
    }
}

static void put_ioapic(GString *out, const struct ioapic_state *s)
{
    static const char *const modes[] = {"fixed", "lowest", "smi", "?",
                                        "nmi",   "init",   "?",   "extint"};

    g_string_append_printf(out, "ioapic0: ver=0x20 id=0x%02x sel=0x%02x\n", s->id, s->select);
    for (unsigned i = 0; i < IOAPIC_PINS; i++) {
        uint64_t e = s->entry[i];

        g_string_append_printf(out,
                               "  pin %-2u 0x%016" G_GINT64_MODIFIER
                               "x dest=%x vec=%-3u active-%s %-5s %-6s %-6s %s\n",
                               i, e, (unsigned)(e >> 56), (unsigned)(e & 0xff),
                               e >> 13 & 1 ? "lo" : "hi", e >> 15 & 1 ? "level" : "edge",
                               e >> 16 & 1 ? "masked" : "", modes[e >> 8 & 7],
                               e >> 11 & 1 ? "logical" : "physical");
    }
}

JsonNode *info_pic(JsonObject *args, GError **error)
{
    struct device *pic = info_device_of(&i8259_class), *ioapic = info_device_of(&ioapic_class);
    GString *out = g_string_new(NULL);

    (void)args;
    (void)error;
    if (ioapic) {
        device_enter(ioapic);
        put_ioapic(out, device_state(ioapic));
        device_leave(ioapic);
    }
    if (pic) {
        device_enter(pic);
        put_pic(out, device_state(pic));
        device_leave(pic);
    }
    if (!pic && !ioapic) {
        g_string_append(out, "the interrupt controllers are in the hypervisor "
                             "(-accel kvm,kernel-irqchip=split has them here)\n");
    }
    return text(out);
}

JsonNode *info_irq(JsonObject *args, GError **error)
{
    GString *out = g_string_new("interrupt lines that are asserted:\n");

    (void)args;
    (void)error;
    for (unsigned i = 0; i < BOARD_GSIS; i++) {
        if (irq_line_level(&board()->gsi[i])) {
            g_string_append_printf(out, "%2u: 1\n", i);
        }
    }
    return text(out);
}

/* -- the map -- */

static const char *kind_name(const struct region *r)
{
    return r->kind == REGION_RAM ? "ram" : r->kind == REGION_ROM ? "rom" : "i/o";
}

static gint by_base(gconstpointer a, gconstpointer b)
{
    const struct region *x = *(const struct region *const *)a;
    const struct region *y = *(const struct region *const *)b;

    return x->base != y->base ? (x->base < y->base ? -1 : 1) : y->prio - x->prio;
}

static void put_regions(GString *out, struct space *s, const char *title)
{
    g_autoptr(GPtrArray) list = space_regions(s);

    g_ptr_array_sort(list, by_base);
    g_string_append_printf(out, "address-space: %s\n", title);
    for (guint i = 0; i < list->len; i++) {
        const struct region *r = g_ptr_array_index(list, i);

        g_string_append_printf(
            out, "  %016" G_GINT64_MODIFIER "x-%016" G_GINT64_MODIFIER "x (prio %d, %s): %s\n",
            r->base, r->base + r->size - 1, r->prio, kind_name(r), r->name);
    }
    g_string_append_c(out, '\n');
}

/* Memory as the CPU sees it: each address once. */
static void put_flat(GString *out)
{
    const struct space_map *m = space_map_get(board()->mem);

    g_string_append(out, "FlatView: memory\n");
    for (uint32_t i = 0; i < m->n; i++) {
        const struct space_range *r = &m->r[i];

        g_string_append_printf(out,
                               "  %016" G_GINT64_MODIFIER "x-%016" G_GINT64_MODIFIER
                               "x (prio %d, %s): %s @%016" G_GINT64_MODIFIER "x\n",
                               r->first, r->last, r->region->prio, kind_name(r->region),
                               r->region->name, r->offset);
    }
}

JsonNode *info_mtree(JsonObject *args, GError **error)
{
    GString *out = g_string_new(NULL);

    (void)error;
    if (arg_bool(args, "flat", false)) {
        put_flat(out);
    } else {
        put_regions(out, board()->mem, "memory");
        put_regions(out, board()->ports, "I/O");
    }
    return text(out);
}

JsonNode *info_roms(JsonObject *args, GError **error)
{
    g_autoptr(GPtrArray) list = space_regions(board()->mem);
    GString *out = g_string_new(NULL);

    (void)args;
    (void)error;
    g_ptr_array_sort(list, by_base);
    for (guint i = 0; i < list->len; i++) {
        const struct region *r = g_ptr_array_index(list, i);

        if (r->kind == REGION_ROM) {
            g_string_append_printf(out,
                                   "addr=%016" G_GINT64_MODIFIER "x size=0x%06" G_GINT64_MODIFIER
                                   "x mem=rom name=\"%s\"\n",
                                   r->base, r->size, r->name);
        }
    }
    return text(out);
}

JsonNode *info_trace(JsonObject *args, GError **error)
{
    const struct options *o = machine_options(monitor_machine);

    (void)args;
    (void)error;
    if (!o->trace) {
        return qmp_text(g_strdup("nothing is recorded; -trace FILE records from the start\n"));
    }
    return qmp_text(g_strdup_printf("recording into %s, the last %" G_GUINT64_FORMAT
                                    " KiB; vmx-dm-trace reads it\n",
                                    o->trace, o->trace_size >> 10));
}

/* -- devices -- */

static void put_device(GString *out, const struct device *d)
{
    g_string_append_printf(out, "  dev: %s, id \"%s\"\n", d->cls->name, d->id ? d->id : "");
    for (const struct prop *p = d->cls->props; p && p->name; p++) {
        g_autofree char *value = device_get(d, p->name);
        bool quoted = p->type >= PROP_STRING && p->type != PROP_ADDR;

        g_string_append_printf(out, "    %s = %s%s%s\n", p->name, quoted ? "\"" : "",
                               value ? value : "", quoted ? "\"" : "");
    }
    for (GSList *l = d->regions; l; l = l->next) {
        const struct region *r = l->data;

        if (region_mapped(r)) {
            g_string_append_printf(
                out, "    %s %016" G_GINT64_MODIFIER "x/%016" G_GINT64_MODIFIER "x (%s)\n",
                space_is_ports(r->space) ? "pio" : "mmio", r->base, r->size, r->name);
        }
    }
}

JsonNode *info_qtree(JsonObject *args, GError **error)
{
    static const char *const buses[] = {"main-system-bus", "isa.0", "pci.0"};
    static const char *const types[] = {"System", "ISA", "PCI"};
    GPtrArray *list = device_list();
    GString *out = g_string_new(NULL);

    (void)args;
    (void)error;
    for (unsigned bus = BUS_BOARD; bus <= BUS_PCI; bus++) {
        g_string_append_printf(out, "bus: %s\n  type %s\n", buses[bus], types[bus]);
        for (guint i = 0; i < list->len; i++) {
            const struct device *d = g_ptr_array_index(list, i);

            if (d->cls->bus == bus) {
                put_device(out, d);
            }
        }
    }
    return text(out);
}

static uint64_t element(const uint8_t *p, uint32_t width)
{
    uint64_t v = 0;

    memcpy(&v, p, MIN(width, sizeof(v)));
    return v;
}

static void put_state(GString *out, const struct state_layout *l, const uint8_t *state,
                      const char *prefix)
{
    for (const struct state_field *f = l->fields; f->name; f++) {
        const uint8_t *at = state + f->offset;

        if (f->nested) {
            for (uint32_t i = 0; i < f->count; i++) {
                g_autofree char *name = f->count == 1
                                            ? g_strdup_printf("%s%s.", prefix, f->name)
                                            : g_strdup_printf("%s%s[%u].", prefix, f->name, i);

                put_state(out, f->nested, at + (size_t)i * f->width, name);
            }
            continue;
        }
        g_string_append_printf(out, "  %s%s =", prefix, f->name);
        for (uint32_t i = 0; i < MIN(f->count, ARRAY_SHOWN); i++) {
            g_string_append_printf(out, " %0*" G_GINT64_MODIFIER "x", (int)f->width * 2,
                                   element(at + (size_t)i * f->width, f->width));
        }
        if (f->count > ARRAY_SHOWN) {
            g_string_append_printf(out, " ... (%u)", f->count);
        }
        g_string_append_c(out, '\n');
    }
}

/* All registers, as the saved state names them, of the device with an id, or of a model. */
JsonNode *info_device(JsonObject *args, GError **error)
{
    const char *name = json_object_get_string_member(args, "name");
    GPtrArray *list = device_list();
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);

        if (g_strcmp0(d->id, name) != 0 && strcmp(d->cls->name, name) != 0) {
            continue;
        }
        g_string_append_printf(out, "%s \"%s\"\n", d->cls->name, d->id ? d->id : "");
        if (d->cls->state) {
            device_enter(d);
            put_state(out, d->cls->state, device_state(d), "");
            device_leave(d);
        }
    }
    if (out->len == 0) {
        g_string_free(out, TRUE);
        g_set_error(error, QMP_ERROR, QMP_DEVICE_NOT_FOUND, "Device '%s' not found", name);
        return NULL;
    }
    return text(out);
}

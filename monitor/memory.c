/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest memory, ports and CPU registers as the monitor sees them. Virtual addresses are linear ones.
 * Not offered: disassembly.
 */
#include "monitor/command.h"
#include "monitor/walk.h"

#include "core/report.h"
#include "system/vm.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define DUMP_MAX 65536u /* bytes of one x or xp */
#define PORT_MASK 0xffffu

static unsigned chosen;

static struct board *board(void)
{
    return pc_board(machine_pc(monitor_machine));
}

/* -- CPUs -- */

unsigned monitor_cpus(void)
{
    const struct accel_ops *ops = accel_ops_of(vm_accel());

    return ops->cpus ? ops->cpus(vm_accel()) : 1;
}

unsigned monitor_cpu(void)
{
    return chosen;
}

bool monitor_choose_cpu(gint64 cpu)
{
    if (cpu < 0 || cpu >= monitor_cpus()) {
        return false;
    }
    chosen = (unsigned)cpu;
    return true;
}

JsonNode *hmp_cpu(JsonObject *args, GError **error)
{
    (void)error;
    if (!monitor_choose_cpu(json_object_get_int_member(args, "index"))) {
        return qmp_text(g_strdup("invalid CPU index\n"));
    }
    return qmp_nothing();
}

bool monitor_regs(int cpu, struct accel_regs *regs, GError **error)
{
    const struct accel_ops *ops = accel_ops_of(vm_accel());

    memset(regs, 0, sizeof(*regs));
    if (!ops->get_regs || !ops->get_regs(vm_accel(), cpu < 0 ? chosen : (unsigned)cpu, regs)) {
        qmp_fail(error, "no registers: the %s backend has no CPU here", ops->name);
        return false;
    }
    return true;
}

/* -- reading -- */

/* Is anything there? */
static bool answers(uint64_t pa)
{
    uint64_t end;

    return space_map_find(space_map_get(board()->mem), pa, &end) != NULL;
}

/*
 * Read guest memory; regs NULL: physical. What is neither RAM nor ROM is asked of its device, a
 * byte at a time, if `io`.
 */
static bool read_guest(const struct accel_regs *regs, uint64_t addr, uint8_t *buf, uint64_t len,
                       bool io)
{
    while (len) {
        uint64_t n = MIN(len, RAM_PAGE - (addr & (RAM_PAGE - 1)));
        uint64_t pa = addr;

        if (regs && !walk(regs, board()->mem, addr, &pa)) {
            return false;
        }
        if (!ram_read(board()->mem, pa, buf, n)) {
            if (!io) {
                return false;
            }
            for (uint64_t i = 0; i < n; i++) {
                if (!answers(pa + i)) {
                    return false;
                }
                buf[i] = (uint8_t)space_read(board()->mem, pa + i, 1);
            }
        }
        addr += n;
        buf += n;
        len -= n;
    }
    return true;
}

/* -- memsave, pmemsave -- */

static void *cannot_write(const char *path, int fd, GError **error)
{
    int err = errno;

    close(fd);
    return qmp_fail(error, "writing to file '%s': %s", path, g_strerror(err));
}

/* The last address that memory can be saved from, and one more: the end of RAM or of ROM. */
static uint64_t memory_end(void)
{
    const struct space_map *m = space_map_get(board()->mem);

    return m->n ? m->r[m->n - 1].last : 0;
}

static JsonNode *save(const struct accel_regs *regs, JsonObject *args, GError **error)
{
    const char *path = json_object_get_string_member(args, "filename");
    uint64_t addr = (uint64_t)json_object_get_int_member(args, "val");
    gint64 size = json_object_get_int_member(args, "size");
    g_autofree uint8_t *buf = g_malloc(1 << 16);
    int fd;

    if (size < 0 || (uint64_t)size > memory_end() || (!regs && addr > memory_end())) {
        return qmp_fail(
            error, "Invalid addr 0x%016" G_GINT64_MODIFIER "x/size %" G_GINT64_FORMAT " specified",
            addr, size);
    }
    fd = monitor_create(path, "Could not open", error);
    if (fd < 0) {
        return NULL;
    }
    while (size) {
        size_t n = (size_t)MIN(size, 1 << 16);

        memset(buf, 0, n);
        if (!read_guest(regs, addr, buf, n, false) && regs) {
            close(fd);
            return qmp_fail(error, "Invalid addr 0x%016" G_GINT64_MODIFIER "x/size %zu specified",
                            addr, n);
        }
        for (size_t done = 0; done < n;) {
            ssize_t w = write(fd, buf + done, n - done);

            if (w < 0 && errno == EINTR) {
                continue;
            }
            if (w <= 0) {
                return cannot_write(path, fd, error);
            }
            done += (size_t)w;
        }
        addr += n;
        size -= (gint64)n;
    }
    if (close(fd) < 0) {
        return qmp_fail(error, "writing to file '%s': %s", path, g_strerror(errno));
    }
    return qmp_nothing();
}

JsonNode *qmp_pmemsave(JsonObject *args, GError **error)
{
    return save(NULL, args, error);
}

JsonNode *qmp_memsave(JsonObject *args, GError **error)
{
    gint64 cpu = arg_int(args, "cpu-index", chosen);
    struct accel_regs regs;

    if (cpu < 0 || cpu >= monitor_cpus()) {
        return qmp_fail(error, "Parameter 'cpu-index' expects a CPU number");
    }
    return monitor_regs((int)cpu, &regs, error) ? save(&regs, args, error) : NULL;
}

/* -- x, xp, print, i, o -- */

struct format {
    uint64_t count;
    unsigned size; /* 1, 2, 4, 8 */
    char letter;   /* x d u o c i */
};

/* "4xw": count, letters in any order. What is not said is as before. */
static bool parse_format(const char *text, struct format *f, GError **error)
{
    char *end;

    f->count = 1;
    if (g_ascii_isdigit(*text)) {
        f->count = g_ascii_strtoull(text, &end, 10);
        text = end;
    }
    for (; *text; text++) {
        const char *sizes = "b.hw...g";
        const char *size = *text == '.' ? NULL : strchr(sizes, *text);

        if (size) {
            f->size = *text == 'b' ? 1 : *text == 'h' ? 2 : *text == 'w' ? 4 : 8;
        } else if (strchr("xduoci", *text)) {
            f->letter = *text;
        } else {
            qmp_fail(error, "invalid char in format: '%c'", *text);
            return false;
        }
    }
    return true;
}

bool format_check(const char *text, GError **error)
{
    struct format f;

    return parse_format(text, &f, error);
}

/* What x, xp and print had last holds for all three. */
static struct format last = {.size = 4, .letter = 'x'};

static void put_char(GString *out, uint64_t v)
{
    uint8_t c = (uint8_t)v;
    const char *special = c ? strchr("\n\r\t'\\", c) : NULL;

    if (special) {
        g_string_append_printf(out, "'\\%c'",
                               c == '\n'   ? 'n'
                               : c == '\r' ? 'r'
                               : c == '\t' ? 't'
                                           : c);
    } else if (c >= 32 && c < 127) {
        g_string_append_printf(out, "'%c'", c);
    } else {
        g_string_append_printf(out, "'\\x%02x'", c);
    }
}

static void put_value(GString *out, char letter, unsigned size, uint64_t v, bool pad)
{
    int bits = (int)size * 8;
    int width = !pad            ? 0
                : letter == 'o' ? (bits + 2) / 3
                : letter == 'x' ? bits / 4
                                : (bits * 10 + 32) / 33;

    switch (letter) {
    case 'd': /* as QEMU has it: what is narrower than 64 bits is not extended */
        g_string_append_printf(out, "%*" G_GINT64_FORMAT, width, (gint64)v);
        break;
    case 'u':
        g_string_append_printf(out, "%*" G_GUINT64_FORMAT, width, v);
        break;
    case 'o':
        g_string_append_printf(out, "%#*" G_GINT64_MODIFIER "o", width, v);
        break;
    case 'c':
        put_char(out, v);
        break;
    default:
        g_string_append_printf(out, "0x%0*" G_GINT64_MODIFIER "x", width, v);
        break;
    }
}

static JsonNode *dump(JsonObject *args, bool physical, GError **error)
{
    uint64_t addr = (uint64_t)json_object_get_int_member(args, "addr");
    struct format f = last;
    struct accel_regs regs;
    unsigned size, per_line;
    GString *out;

    if (!parse_format(arg_str(args, "fmt", ""), &f, error)) {
        return NULL;
    }
    if (f.letter == 'i') {
        return qmp_fail(error, "there is no disassembler here; save the code with memsave and "
                               "give it to objdump");
    }
    size = f.letter == 'c' ? 1 : f.size;
    if (f.count > DUMP_MAX / size) {
        return qmp_fail(error, "more than 64 KiB; use memsave or pmemsave");
    }
    if (!physical && !monitor_regs(-1, &regs, error)) {
        return NULL;
    }
    last = f;
    per_line = size == 1 ? 8 : 16 / size;
    out = g_string_new(NULL);
    for (uint64_t i = 0; i < f.count; i++, addr += size) {
        uint8_t bytes[8] = {0};
        uint64_t v = 0;

        if (i % per_line == 0) {
            g_string_append_printf(out, "%s%016" G_GINT64_MODIFIER "x:", i ? "\n" : "", addr);
        }
        if (!read_guest(physical ? NULL : &regs, addr, bytes, size, physical)) {
            g_string_append(out, " Cannot access memory");
            break;
        }
        for (unsigned b = 0; b < size; b++) {
            v |= (uint64_t)bytes[b] << (8 * b);
        }
        g_string_append_c(out, ' ');
        put_value(out, f.letter, size, v, true);
    }
    if (out->len) {
        g_string_append_c(out, '\n');
    }
    return qmp_text(g_string_free(out, FALSE));
}

JsonNode *hmp_x(JsonObject *args, GError **error)
{
    return dump(args, false, error);
}

JsonNode *hmp_xp(JsonObject *args, GError **error)
{
    return dump(args, true, error);
}

JsonNode *hmp_print(JsonObject *args, GError **error)
{
    GString *out;

    if (!parse_format(arg_str(args, "fmt", ""), &last, error)) {
        return NULL;
    }
    out = g_string_new(NULL);
    put_value(out, last.letter == 'i' ? 'd' : last.letter, 8,
              (uint64_t)json_object_get_int_member(args, "value"), false);
    g_string_append_c(out, '\n');
    return qmp_text(g_string_free(out, FALSE));
}

/* Width of a port access: 1, 2 or 4. */
static bool port_format(JsonObject *args, struct format *f, GError **error)
{
    *f = (struct format){.size = 1, .letter = 'x'};
    if (!parse_format(arg_str(args, "fmt", ""), f, error)) {
        return false;
    }
    f->size = MIN(f->size, 4);
    return true;
}

JsonNode *hmp_i(JsonObject *args, GError **error)
{
    uint64_t port = (uint64_t)json_object_get_int_member(args, "addr") & PORT_MASK;
    struct format f;
    uint64_t v;

    if (!port_format(args, &f, error)) {
        return NULL;
    }
    v = space_read(board()->ports, port, f.size);
    return qmp_text(g_strdup_printf("port%c[0x%04x] = 0x%0*x\n",
                                    f.size == 1   ? 'b'
                                    : f.size == 2 ? 'w'
                                                  : 'l',
                                    (unsigned)port, (int)f.size * 2, (unsigned)v));
}

JsonNode *hmp_o(JsonObject *args, GError **error)
{
    uint64_t port = (uint64_t)json_object_get_int_member(args, "addr") & PORT_MASK;
    struct format f;

    if (!port_format(args, &f, error)) {
        return NULL;
    }
    space_write(board()->ports, port, f.size, (uint64_t)json_object_get_int_member(args, "value"));
    return qmp_nothing();
}

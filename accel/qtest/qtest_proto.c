/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of QEMU's qtest protocol. Answers have QEMU's words and number formats; what ends
 * QEMU's process in an assertion (missing or malformed arguments) is answered with ERR here.
 */
#include "accel/qtest/qtest_priv.h"

#include "core/stats.h"

#include <errno.h>
#include <string.h>

#define WORDS_MAX 8

struct words {
    char *w[WORDS_MAX];
    unsigned n;
};

static void split(char *line, struct words *out)
{
    char *p = line;

    out->n = 0;
    while (out->n < WORDS_MAX) {
        while (*p == ' ') {
            p++;
        }
        if (*p == 0) {
            return;
        }
        out->w[out->n++] = p;
        while (*p && *p != ' ') {
            p++;
        }
        if (*p) {
            *p++ = 0;
        }
    }
}

static void bad(struct qtest_session *s, const char *what)
{
    qtest_send(s, "ERR invalid argument %s\n", what);
}

/* Decimal, 0x hex or 0 octal, no sign, no leftovers, up to max. */
static bool number(const struct words *w, unsigned at, uint64_t max, uint64_t *out)
{
    char *end;

    if (at >= w->n || !g_ascii_isdigit(w->w[at][0])) {
        return false;
    }
    errno = 0;
    *out = g_ascii_strtoull(w->w[at], &end, 0);
    return errno == 0 && *end == 0 && *out <= max;
}

/* -- guest memory: RAM by copy, windows of devices by the widest aligned access up to 4 -- */

static uint64_t ram_total(const struct space_map *map)
{
    uint64_t total = 0;

    for (uint32_t i = 0; i < map->n; i++) {
        if (map->r[i].region->kind != REGION_IO) {
            total += map->r[i].last - map->r[i].first + 1;
        }
    }
    return total;
}

/* The test is the CPU: each access is an exit of its own. */
static void cpu_access(struct space *s, uint64_t addr, unsigned width, bool write, void *data)
{
    stats_returned();
    space_access(s, addr, width, 1, write, data);
    stats_answered(1);
}

static uint64_t cpu_read(struct space *s, uint64_t addr, unsigned width)
{
    uint64_t value = 0;

    cpu_access(s, addr, width, false, &value);
    return value;
}

static void cpu_write(struct space *s, uint64_t addr, unsigned width, uint64_t value)
{
    cpu_access(s, addr, width, true, &value);
}

static void window(struct space *mem, uint64_t addr, uint8_t *buf, uint64_t len, bool write)
{
    while (len) {
        unsigned width = addr % 4 == 0 && len >= 4 ? 4 : addr % 2 == 0 && len >= 2 ? 2 : 1;

        cpu_access(mem, addr, width, write, buf);
        addr += width;
        buf += width;
        len -= width;
    }
}

static void transfer(struct space *mem, uint64_t addr, uint8_t *buf, uint64_t len, bool write)
{
    while (len) {
        uint64_t last;
        /* looked up again for each piece: a device may have moved the map meanwhile */
        const struct space_range *r = space_map_find(space_map_get(mem), addr, &last);
        uint64_t n = last - addr < len - 1 ? last - addr + 1 : len;

        if (!r) {
            if (!write) {
                memset(buf, 0xff, n);
            }
        } else if (r->region->kind == REGION_IO) {
            window(mem, addr, buf, n, write);
        } else if (write) {
            ram_write(mem, addr, buf, n);
        } else {
            ram_read(mem, addr, buf, n);
        }
        buf += n;
        addr += n;
        len -= n;
    }
}

/* Address and length of words 1 and 2: not empty, no wrap, no more than there is RAM. */
static bool range(struct qtest_session *s, const struct words *w, uint64_t max, uint64_t *addr,
                  uint64_t *len)
{
    uint64_t ram = ram_total(space_map_get(s->mem));

    if (!number(w, 1, UINT64_MAX, addr)) {
        bad(s, "address");
        return false;
    }
    if (!number(w, 2, MIN(max, ram), len) || (*len && *addr + (*len - 1) < *addr)) {
        bad(s, "size");
        return false;
    }
    return true;
}

/* -- commands; w->w[0] is the command itself -- */

static unsigned width_of(char suffix)
{
    switch (suffix) {
    case 'b':
        return 1;
    case 'w':
        return 2;
    case 'l':
        return 4;
    default:
        return 8;
    }
}

static void do_in(struct qtest_session *s, const struct words *w)
{
    unsigned width = width_of(w->w[0][2]);
    uint64_t port;

    if (!number(w, 1, 0xffff, &port)) {
        bad(s, "address");
        return;
    }
    qtest_send(s, "OK 0x%04x\n", (unsigned)cpu_read(s->ports, port, width));
}

static void do_out(struct qtest_session *s, const struct words *w)
{
    unsigned width = width_of(w->w[0][3]);
    uint64_t port, value;

    if (!number(w, 1, 0xffff, &port)) {
        bad(s, "address");
    } else if (!number(w, 2, UINT64_MAX, &value)) {
        bad(s, "value");
    } else {
        cpu_write(s->ports, port, width, value);
        qtest_send(s, "OK\n");
    }
}

static void do_readx(struct qtest_session *s, const struct words *w)
{
    unsigned width = width_of(w->w[0][4]);
    uint64_t addr;

    if (!number(w, 1, UINT64_MAX, &addr)) {
        bad(s, "address");
        return;
    }
    qtest_send(s, "OK 0x%016" G_GINT64_MODIFIER "x\n", cpu_read(s->mem, addr, width));
}

static void do_writex(struct qtest_session *s, const struct words *w)
{
    unsigned width = width_of(w->w[0][5]);
    uint64_t addr, value;

    if (!number(w, 1, UINT64_MAX, &addr)) {
        bad(s, "address");
    } else if (!number(w, 2, UINT64_MAX, &value)) {
        bad(s, "value");
    } else {
        cpu_write(s->mem, addr, width, value);
        qtest_send(s, "OK\n");
    }
}

static void do_read(struct qtest_session *s, const struct words *w)
{
    static const char digits[] = "0123456789abcdef";
    g_autofree uint8_t *data = NULL;
    g_autofree char *text = NULL;
    uint64_t addr, len;
    size_t n = 0;

    if (!range(s, w, QTEST_READ_MAX, &addr, &len)) {
        return;
    }
    if (len == 0) {
        bad(s, "size");
        return;
    }
    data = g_malloc(len);
    transfer(s->mem, addr, data, len, false);
    text = g_malloc(2 * len + 5);
    memcpy(text, "OK 0x", 5);
    n = 5;
    for (uint64_t i = 0; i < len; i++) {
        text[n++] = digits[data[i] >> 4];
        text[n++] = digits[data[i] & 15];
    }
    qtest_send_text(s, text, n);
}

/* Hex after 0x; what is missing of it is zero, what is too much is not looked at. */
static bool from_hex(const char *text, uint8_t *data, uint64_t len)
{
    if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) {
        return false;
    }
    text += 2;
    for (uint64_t i = 0; i < len && text[0]; i++, text += 2) {
        int hi = g_ascii_xdigit_value(text[0]);
        int lo = g_ascii_xdigit_value(text[1]);

        if (hi < 0 || lo < 0) {
            return false;
        }
        data[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}

static void do_write(struct qtest_session *s, const struct words *w)
{
    g_autofree uint8_t *data = NULL;
    uint64_t addr, len;

    if (!range(s, w, QTEST_LINE_MAX, &addr, &len)) {
        return;
    }
    if (len == 0) { /* as QEMU says it */
        bad(s, "size");
        return;
    }
    data = g_malloc0(len);
    if (w->n < 4 || !from_hex(w->w[3], data, len)) {
        bad(s, "data");
        return;
    }
    transfer(s->mem, addr, data, len, true);
    qtest_send(s, "OK\n");
}

static void do_memset(struct qtest_session *s, const struct words *w)
{
    uint64_t addr, len, pattern;
    uint8_t chunk[4096];

    if (!range(s, w, UINT64_MAX, &addr, &len)) {
        return;
    }
    if (!number(w, 3, UINT64_MAX, &pattern)) {
        bad(s, "pattern");
        return;
    }
    memset(chunk, (uint8_t)pattern, sizeof(chunk));
    while (len) {
        uint64_t n = MIN(len, sizeof(chunk));

        transfer(s->mem, addr, chunk, n, true);
        addr += n;
        len -= n;
    }
    qtest_send(s, "OK\n");
}

static void do_b64read(struct qtest_session *s, const struct words *w)
{
    g_autofree uint8_t *data = NULL;
    g_autofree char *text = NULL;
    g_autofree char *answer = NULL;
    uint64_t addr, len;

    if (!range(s, w, QTEST_READ_MAX, &addr, &len)) {
        return;
    }
    data = g_malloc(len + 1);
    transfer(s->mem, addr, data, len, false);
    text = g_base64_encode(data, len);
    answer = g_strconcat("OK ", text, NULL);
    qtest_send_text(s, answer, strlen(answer));
}

/* Only whole groups of the base64 alphabet; GLib itself skips what it does not know. */
static bool is_base64(const char *text)
{
    size_t n = strlen(text), body = n;

    while (body && n - body < 2 && text[body - 1] == '=') {
        body--;
    }
    for (size_t i = 0; i < body; i++) {
        if (!g_ascii_isalnum(text[i]) && text[i] != '+' && text[i] != '/') {
            return false;
        }
    }
    return n % 4 == 0;
}

static void do_b64write(struct qtest_session *s, const struct words *w)
{
    uint64_t addr, len;
    gsize got;

    if (!range(s, w, QTEST_LINE_MAX, &addr, &len)) {
        return;
    }
    if (w->n < 4 || !is_base64(w->w[3])) {
        bad(s, "data");
        return;
    }
    if (w->w[3][0]) {
        g_base64_decode_inplace(w->w[3], &got);
        transfer(s->mem, addr, (uint8_t *)w->w[3], MIN(got, len), true);
    }
    qtest_send(s, "OK\n");
}

static void do_endianness(struct qtest_session *s, const struct words *w)
{
    (void)w;
    qtest_send(s, "OK little\n");
}

static void clock_answer(struct qtest_session *s)
{
    qtest_send(s, "OK %" G_GINT64_FORMAT "\n", (gint64)clock_now(s->clock));
}

/* Without an argument: to the next deadline; if there is none, time stays. */
static void do_clock_step(struct qtest_session *s, const struct words *w)
{
    uint64_t now = clock_now(s->clock);
    uint64_t ns;

    if (w->n < 2) {
        uint64_t next = clock_deadline(s->clock);

        ns = next == TIMER_NEVER || next < now ? 0 : next - now;
    } else if (!number(w, 1, QTEST_CLOCK_MAX, &ns)) {
        bad(s, "time");
        return;
    }
    clock_step(s->clock, ns);
    clock_answer(s);
}

static void do_clock_set(struct qtest_session *s, const struct words *w)
{
    uint64_t ns;

    if (!number(w, 1, UINT64_MAX, &ns) ||
        (ns > clock_now(s->clock) && ns - clock_now(s->clock) > QTEST_CLOCK_MAX)) {
        bad(s, "time");
        return;
    }
    if (ns > clock_now(s->clock)) {
        clock_set(s->clock, ns);
    }
    clock_answer(s);
}

/* There is no object tree: every path that ends in "ioapic" names the inputs of that chip. */
static bool is_ioapic(struct qtest_session *s, const struct words *w)
{
    const char *slash, *last;

    if (w->n < 2) {
        bad(s, "device");
        return false;
    }
    slash = strrchr(w->w[1], '/');
    last = slash ? slash + 1 : w->w[1];
    if (strcmp(last, "ioapic") != 0) {
        qtest_send(s, "FAIL Unknown device\n");
        return false;
    }
    return true;
}

static void do_intercept_in(struct qtest_session *s, const struct words *w)
{
    if (is_ioapic(s, w)) {
        __atomic_store_n(&s->announce, true, __ATOMIC_RELEASE);
        qtest_send(s, "OK\n");
    }
}

/* Its outputs are messages, not lines: there is nothing to announce. */
static void do_intercept_out(struct qtest_session *s, const struct words *w)
{
    if (is_ioapic(s, w)) {
        qtest_send(s, "OK\n");
    }
}

static void do_set_irq_in(struct qtest_session *s, const struct words *w)
{
    uint64_t n, level;

    if (!is_ioapic(s, w)) {
        return;
    }
    if (w->n < 3 || strcmp(w->w[2], "unnamed-gpio-in") != 0) {
        bad(s, "name");
    } else if (!number(w, 3, ACCEL_GSIS - 1, &n)) {
        bad(s, "line");
    } else if (!number(w, 4, UINT64_MAX, &level)) {
        bad(s, "level");
    } else {
        irq_set(&s->pin[n], level != 0);
        qtest_send(s, "OK\n");
    }
}

static void do_host(struct qtest_session *s, const struct words *w)
{
    qtest_host(s, w->w + 1, w->n - 1);
}

static const struct {
    const char *name;
    void (*run)(struct qtest_session *s, const struct words *w);
    bool needs_step; /* unknown, as in QEMU, unless time is the test's */
} commands[] = {
    {"inb", do_in, false},
    {"inw", do_in, false},
    {"inl", do_in, false},
    {"outb", do_out, false},
    {"outw", do_out, false},
    {"outl", do_out, false},
    {"readb", do_readx, false},
    {"readw", do_readx, false},
    {"readl", do_readx, false},
    {"readq", do_readx, false},
    {"writeb", do_writex, false},
    {"writew", do_writex, false},
    {"writel", do_writex, false},
    {"writeq", do_writex, false},
    {"read", do_read, false},
    {"write", do_write, false},
    {"memset", do_memset, false},
    {"b64read", do_b64read, false},
    {"b64write", do_b64write, false},
    {"endianness", do_endianness, false},
    {"clock_step", do_clock_step, true},
    {"clock_set", do_clock_set, true},
    {"irq_intercept_in", do_intercept_in, false},
    {"irq_intercept_out", do_intercept_out, false},
    {"set_irq_in", do_set_irq_in, false},
    {"host", do_host, false},
};

static bool regs_get(void *opaque, struct cpu_regs *regs)
{
    *regs = ((const struct qtest_session *)opaque)->regs;
    return true;
}

static void regs_set(void *opaque, const struct cpu_regs *regs)
{
    ((struct qtest_session *)opaque)->regs = *regs;
}

static const struct cpu_regs_ops regs_ops = {.get = regs_get, .set = regs_set};

static void run_command(struct qtest_session *s, char *line)
{
    struct words w;

    split(line, &w);
    if (w.n == 0) {
        qtest_send(s, "ERR empty command\n");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(w.w[0], commands[i].name) == 0 &&
            (!commands[i].needs_step || clock_is_stepped(s->clock))) {
            commands[i].run(s, &w);
            return;
        }
    }
    qtest_send(s, "FAIL Unknown command '%.64s'\n", w.w[0]);
}

void qtest_command(struct qtest_session *s, char *line)
{
    cpu_regs_provide(&regs_ops, s);
    run_command(s, line);
    cpu_regs_provide(NULL, NULL);
}

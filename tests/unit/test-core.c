/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ground floor but for the bus: lines, clock, loop, state, devices, queues, keyvals. */
#include "core/fifo.h"
#include "core/keyval.h"
#include "core/report.h"
#include "core/surface.h"
#include "tests/unit/stub-board.h"

#include <errno.h>
#include <string.h>

/* -- a device with all kinds of properties and state -- */

struct inner {
    uint16_t a;
    uint8_t b[2];
};

struct thing_state {
    uint32_t reg;
    uint8_t bytes[4];
    FIFO(8) queue;
    struct inner inner[2];
};

struct thing {
    struct device dev;
    struct thing_state st;
    bool flag;
    uint8_t irq;
    uint16_t port;
    uint64_t size;
    char *text;
    uint8_t mac[6];
    uint32_t addr;
    struct link *link;
    unsigned resets, settles;
    struct timer timer;
    unsigned fired;
};

static const struct state_field inner_fields[] = {STATE_FIELD(struct inner, a),
                                                  STATE_ARRAY(struct inner, b), STATE_END};
static const struct state_layout inner_layout = {
    .name = "inner", .version = 1, .size = sizeof(struct inner), .fields = inner_fields};

static const struct state_field thing_fields[] = {
    STATE_FIELD(struct thing_state, reg),
    STATE_ARRAY(struct thing_state, bytes),
    STATE_FIFO(struct thing_state, queue),
    STATE_STRUCTS(struct thing_state, inner, &inner_layout),
    STATE_END,
};

static const char *thing_check(const void *state)
{
    const struct thing_state *s = state;

    return s->reg > 100 ? "reg" : !fifo_valid(&s->queue) ? "queue" : NULL;
}

static const struct state_layout thing_layout = {.name = "thing",
                                                 .version = 2,
                                                 .min_version = 1,
                                                 .size = sizeof(struct thing_state),
                                                 .fields = thing_fields,
                                                 .check = thing_check};

static const struct prop thing_props[] = {
    {.name = "flag", .type = PROP_BOOL, .offset = offsetof(struct thing, flag), .def = "on"},
    {.name = "irq",
     .type = PROP_U8,
     .offset = offsetof(struct thing, irq),
     .min = 3,
     .max = 15,
     .def = "9"},
    {.name = "port", .type = PROP_U16, .offset = offsetof(struct thing, port), .def = "0x300"},
    {.name = "size", .type = PROP_SIZE, .offset = offsetof(struct thing, size)},
    {.name = "text", .type = PROP_STRING, .offset = offsetof(struct thing, text), .def = "hello"},
    {.name = "mac",
     .type = PROP_MAC,
     .offset = offsetof(struct thing, mac),
     .def = "52:54:00:12:34:56"},
    {.name = "addr", .type = PROP_ADDR, .offset = offsetof(struct thing, addr)},
    {.name = "netdev", .type = PROP_LINK, .offset = offsetof(struct thing, link)},
    {.name = NULL},
};

static void thing_reset(struct device *d)
{
    struct thing *t = (struct thing *)(void *)d;

    g_assert_true(lock_held(d->lock));
    memset(&t->st, 0, sizeof(t->st));
    t->resets++;
}

static void thing_settle(struct device *d)
{
    g_assert_true(lock_held(d->lock));
    ((struct thing *)(void *)d)->settles++;
}

static const struct device_class thing_class = {
    .name = "thing",
    .desc = "a thing",
    .user = true,
    .size = sizeof(struct thing),
    .state_offset = offsetof(struct thing, st),
    .state = &thing_layout,
    .props = thing_props,
    .reset = thing_reset,
    .settle = thing_settle,
};
const struct device_class *const device_classes[] = {&thing_class, NULL};

static struct thing *thing_new(const char *id)
{
    return (struct thing *)(void *)device_new(&thing_class, id);
}

static void expect_bad(struct thing *t, const char *prop, const char *value, const char *word)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(device_set(&t->dev, prop, value, &error));
    if (!strstr(error->message, word)) {
        g_error("\"%s\" does not say \"%s\"", error->message, word);
    }
}

static void test_props(void)
{
    struct stub *s = stub_new(0);
    struct thing *t = thing_new("x");
    struct link *l = link_new("net0");
    g_autofree char *mac = NULL, *addr = NULL, *net = NULL;

    g_assert_true(t->flag);
    g_assert_cmpuint(t->irq, ==, 9);
    g_assert_cmphex(t->port, ==, 0x300);
    g_assert_cmpstr(t->text, ==, "hello");
    g_assert_cmpuint(t->addr, ==, 0xff);
    g_assert_true(device_set(&t->dev, "flag", "off", NULL));
    g_assert_false(t->flag);
    g_assert_true(device_set(&t->dev, "size", "16M", NULL));
    g_assert_cmpuint(t->size, ==, 16 << 20);
    g_assert_true(device_set(&t->dev, "addr", "1f.7", NULL));
    g_assert_cmpuint(t->addr, ==, 0xff);
    g_assert_true(device_set(&t->dev, "addr", "3", NULL));
    g_assert_cmpuint(t->addr, ==, 3 << 3);
    g_assert_true(device_set(&t->dev, "netdev", "net0", NULL));
    g_assert_true(t->link == l);
    mac = device_get(&t->dev, "mac");
    addr = device_get(&t->dev, "addr");
    net = device_get(&t->dev, "netdev");
    g_assert_cmpstr(mac, ==, "52:54:00:12:34:56");
    g_assert_cmpstr(addr, ==, "03.0");
    g_assert_cmpstr(net, ==, "net0");
    g_assert_null(device_get(&t->dev, "nope"));

    expect_bad(t, "irq", "2", "3 to 15");
    expect_bad(t, "irq", "16", "3 to 15");
    expect_bad(t, "irq", "9x", "number");
    expect_bad(t, "irq", "-1", "number");
    expect_bad(t, "irq", "", "number");
    expect_bad(t, "port", "65536", "number");
    expect_bad(t, "size", "99999999999999999999", "number");
    expect_bad(t, "size", "18446744073709551615T", "number");
    expect_bad(t, "flag", "maybe", "on or off");
    expect_bad(t, "mac", "52:54:00:12:34", "six hex");
    expect_bad(t, "mac", "52:54:00:12:34:5g", "six hex");
    expect_bad(t, "mac", "53:54:00:12:34:56", "multicast");
    expect_bad(t, "addr", "20", "slot");
    expect_bad(t, "addr", "1.8", "slot");
    expect_bad(t, "netdev", "net1", "no -netdev");
    expect_bad(t, "color", "red", "it has: flag, irq");
    device_free(&t->dev);
    link_free(l);
    stub_free(s);
}

static void test_device_life(void)
{
    struct stub *s = stub_new(0);
    struct thing *t = thing_new("x");
    g_autoptr(GError) error = NULL;

    g_assert_true(device_realize(&t->dev, &s->board, NULL));
    g_assert_true(device_find("x") == &t->dev);
    g_assert_false(device_realize(&thing_new("x")->dev, &s->board, &error));
    g_assert_nonnull(strstr(error->message, "id=x"));
    device_reset_all();
    g_assert_cmpuint(t->resets, ==, 1);
    g_assert_cmpuint(t->settles, ==, 1);
    stub_free(s);
    g_assert_null(device_find("x"));
}

/* -- state -- */

static void test_state_round_trip(void)
{
    struct thing_state a = {.reg = 7, .bytes = {1, 2, 3, 4}}, b;
    g_autoptr(GByteArray) one = g_byte_array_new(), two = g_byte_array_new();

    fifo_push(&a.queue, 9);
    a.inner[1].a = 0x1234;
    g_assert_cmpuint(state_layout_gap(&thing_layout), ==, SIZE_MAX);
    state_save(&thing_layout, &a, one);
    memset(&b, 0xff, sizeof(b));
    g_assert_true(state_load(&thing_layout, &b, one->data, one->len, NULL));
    g_assert_cmpmem(&a, sizeof(a), &b, sizeof(b));
    state_save(&thing_layout, &b, two);
    g_assert_cmpmem(one->data, one->len, two->data, two->len);
}

/* Every truncation, and every single damaged byte, either loads to a checked state or changes
 * nothing. */
static void test_state_damage(void)
{
    struct thing_state a = {.reg = 7}, b;
    g_autoptr(GByteArray) good = g_byte_array_new();
    const struct thing_state before = {.reg = 42};

    state_save(&thing_layout, &a, good);
    g_assert_false(state_load(&thing_layout, &b, NULL, 0, NULL));
    for (guint n = 0; n < good->len; n++) {
        g_autoptr(GError) error = NULL;

        b = before;
        g_assert_false(state_load(&thing_layout, &b, good->data, n, &error));
        g_assert_cmpmem(&b, sizeof(b), &before, sizeof(before));
        g_assert_nonnull(strstr(error->message, "thing"));
    }
    for (guint n = 0; n < good->len; n++) {
        g_autofree uint8_t *bad = g_memdup2(good->data, good->len);

        bad[n] ^= 0xff;
        b = before;
        if (state_load(&thing_layout, &b, bad, good->len, NULL)) {
            g_assert_null(thing_check(&b));
        } else {
            g_assert_cmpmem(&b, sizeof(b), &before, sizeof(before));
        }
    }
}

static void test_state_check_named(void)
{
    struct thing_state a = {.reg = 101}, b = {0};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    state_save(&thing_layout, &a, bytes);
    g_assert_false(state_load(&thing_layout, &b, bytes->data, bytes->len, &error));
    g_assert_nonnull(strstr(error->message, "field reg"));
    g_assert_cmpuint(b.reg, ==, 0);
}

static void test_state_gap(void)
{
    static const struct state_field missing[] = {STATE_FIELD(struct inner, a), STATE_END};
    static const struct state_field twice[] = {STATE_FIELD(struct inner, a),
                                               STATE_FIELD(struct inner, a),
                                               STATE_ARRAY(struct inner, b), STATE_END};
    struct state_layout l = {.name = "l", .size = sizeof(struct inner), .fields = missing};

    g_assert_cmpuint(state_layout_gap(&l), ==, 2);
    l.fields = twice;
    g_assert_cmpuint(state_layout_gap(&l), ==, 0);
}

/* -- queues -- */

static void test_fifo(void)
{
    FIFO(4) f;

    memset(&f, 0xee, sizeof(f)); /* whatever the indices are, nothing leaves the array */
    fifo_pop(&f);
    fifo_push(&f, 1);
    fifo_clear(&f);
    for (unsigned i = 0; i < 100; i++) {
        g_assert_true(fifo_push(&f, (uint8_t)i));
        g_assert_true(fifo_push(&f, (uint8_t)(i + 1)));
        g_assert_cmpuint(fifo_peek(&f), ==, (uint8_t)i);
        g_assert_cmpuint(fifo_pop(&f), ==, (uint8_t)i);
        g_assert_cmpuint(fifo_pop(&f), ==, (uint8_t)(i + 1));
        g_assert_true(fifo_valid(&f));
    }
    g_assert_cmpuint(fifo_pop(&f), ==, 0);
    for (int i = 0; i < 4; i++) {
        g_assert_true(fifo_push(&f, 1));
    }
    g_assert_true(fifo_full(&f));
    g_assert_false(fifo_push(&f, 1));
    f.h.len = 5;
    g_assert_false(fifo_valid(&f));
}

static void test_xfer(void)
{
    XFER(8) x = {0};
    uint8_t out[16];

    g_assert_cmpuint(xfer_begin(&x, 100), ==, 8);
    g_assert_cmpuint(xfer_put(&x, "0123456789", 10), ==, 8);
    g_assert_true(xfer_done(&x));
    g_assert_cmpuint(xfer_put(&x, "z", 1), ==, 0);
    xfer_begin(&x, 5);
    g_assert_cmpuint(xfer_get(&x, out, 3), ==, 3);
    g_assert_cmpuint(xfer_left(&x), ==, 2);
    g_assert_cmpuint(xfer_get(&x, out, 3), ==, 2);
    g_assert_cmpuint(xfer_get(&x, out, 3), ==, 0);
    x.h.pos = 1000; /* a lying head */
    x.h.len = 2000;
    g_assert_false(xfer_valid(&x));
    g_assert_cmpuint(xfer_get(&x, out, 16), ==, 0);
}

/* -- lines and pins -- */

static void test_wired_or(void)
{
    struct stub *s = stub_new(0);
    struct irq_pin a, b, open;

    irq_pin_init(&a, &s->board.gsi[5]);
    irq_pin_init(&b, &s->board.gsi[5]);
    irq_pin_init(&open, NULL);
    irq_set(&open, true);
    irq_set(&a, true);
    irq_set(&a, true);
    irq_set(&b, true);
    g_assert_cmpuint(s->raised[5], ==, 1); /* the sink hears changes only */
    irq_set(&a, false);
    g_assert_true(s->level[5]);
    irq_pin_move(&b, &s->board.gsi[6]);
    g_assert_false(s->level[5]);
    g_assert_true(s->level[6]);
    irq_set(&b, false);
    g_assert_false(irq_line_level(&s->board.gsi[6]));
    stub_free(s);
}

/* -- clock -- */

static void thing_fire(void *opaque)
{
    struct thing *t = opaque;

    g_assert_true(lock_held(t->dev.lock));
    t->fired++;
}

static void test_timer_order(void)
{
    struct stub *s = stub_new(0);
    struct thing *t = thing_new(NULL);
    struct timer many[50];

    for (int i = 0; i < 50; i++) {
        timer_init(&many[i], s->board.clock, &t->dev, thing_fire, t);
        timer_arm(&many[i], (uint64_t)g_test_rand_int_range(1, 1000000));
    }
    for (int i = 0; i < 50; i += 2) {
        timer_cancel(&many[i]);
        g_assert_false(timer_armed(&many[i]));
    }
    for (uint64_t last = 0; clock_deadline(s->board.clock) != TIMER_NEVER;) {
        uint64_t next = clock_deadline(s->board.clock);

        g_assert_cmpuint(next, >=, last);
        last = next;
        g_assert_cmpuint(clock_set(s->board.clock, next), ==, next);
    }
    g_assert_cmpuint(t->fired, ==, 25);
    device_free(&t->dev);
    stub_free(s);
}

static void rearm(void *opaque)
{
    struct thing *t = opaque;

    t->fired++;
    timer_arm(&t->timer, 0); /* always in the past: the minimum period holds it back */
}

static void test_timer_min_period(void)
{
    struct stub *s = stub_new(0);
    struct thing *t = thing_new(NULL);

    timer_init(&t->timer, s->board.clock, &t->dev, rearm, t);
    clock_step(s->board.clock, 1000);
    timer_arm(&t->timer, 1);
    clock_step(s->board.clock, 100 * TIMER_MIN_PERIOD_NS);
    g_assert_cmpuint(t->fired, >, 90);
    g_assert_cmpuint(t->fired, <=, 102);
    timer_cancel(&t->timer);
    device_free(&t->dev);
    stub_free(s);
}

/* Time that goes back, as by loading a snapshot, does not hold a timer that fired later. */
static void test_timer_restore(void)
{
    struct stub *s = stub_new(0);
    struct thing *t = thing_new(NULL);

    timer_init(&t->timer, s->board.clock, &t->dev, thing_fire, t);
    timer_arm(&t->timer, NS_PER_SEC);
    clock_step(s->board.clock, NS_PER_SEC);
    g_assert_cmpuint(t->fired, ==, 1);
    clock_restore(s->board.clock, 1000);
    timer_arm(&t->timer, 2000);
    clock_step(s->board.clock, 2000);
    g_assert_cmpuint(t->fired, ==, 2);
    device_free(&t->dev);
    stub_free(s);
}

static void test_real_clock(void)
{
    struct clock *c;
    struct thing *t = thing_new(NULL);
    uint64_t frozen;

    loop_init();
    c = clock_new(false);
    timer_init(&t->timer, c, &t->dev, thing_fire, t);
    timer_arm(&t->timer, 1000000);
    g_assert_cmpuint(clock_now(c), ==, 0);
    clock_start(c);
    while (!t->fired) {
        loop_iterate(true);
    }
    g_assert_cmpuint(clock_now(c), >=, 1000000);
    clock_stop(c);
    frozen = clock_now(c);
    g_usleep(2000);
    g_assert_cmpuint(clock_now(c), ==, frozen); /* guest time stands with the guest */
    clock_start(c);
    g_assert_cmpuint(clock_now(c), >=, frozen);
    clock_stop(c);
    /* a saved machine that ran for longer than this host has been up */
    clock_restore(c, UINT64_C(1) << 62);
    t->fired = 0;
    timer_arm(&t->timer, (UINT64_C(1) << 62) + NS_PER_MS);
    clock_start(c);
    while (!t->fired) {
        loop_iterate(true);
    }
    clock_stop(c);
    device_free(&t->dev);
    clock_free(c);
}

static void test_wall(void)
{
    struct stub *s = stub_new(0);
    int64_t at = INT64_C(894888000) * (int64_t)NS_PER_SEC;

    clock_wall_set(s->board.clock, at);
    clock_step(s->board.clock, NS_PER_SEC);
    g_assert_cmpint(clock_wall(s->board.clock), ==, at + (int64_t)NS_PER_SEC);
    stub_free(s);
}

/* -- loop -- */

static void bump(void *opaque)
{
    ++*(int *)opaque;
}

static gpointer kick_many(gpointer opaque)
{
    for (int i = 0; i < 10000; i++) {
        loop_kick(opaque);
    }
    return NULL;
}

struct turns {
    struct loop_kick kick;
    int done; /* atomic */
};

static void answer(void *opaque)
{
    __atomic_fetch_add(&((struct turns *)opaque)->done, 1, __ATOMIC_SEQ_CST);
}

/* Kick again as soon as the last one has run: the loop is then on its way to sleep. */
static gpointer kick_in_turn(gpointer opaque)
{
    struct turns *t = opaque;

    for (int i = 0; i < 20000; i++) {
        loop_kick(&t->kick);
        while (__atomic_load_n(&t->done, __ATOMIC_SEQ_CST) == i) {
            g_thread_yield();
        }
    }
    return NULL;
}

/* No kick is lost to a loop that sleeps, or is about to: this would not end. */
static void test_loop_sleeps(void)
{
    struct turns t = {.done = 0};
    GThread *thread;

    loop_init();
    loop_kick_init(&t.kick, answer, &t);
    thread = g_thread_new("kicker", kick_in_turn, &t);
    while (__atomic_load_n(&t.done, __ATOMIC_SEQ_CST) < 20000) {
        loop_iterate(true);
    }
    g_thread_join(thread);
}

static void test_loop(void)
{
    struct loop_kick a, b;
    int na = 0, nb = 0, posted = 0;
    GThread *thread;

    loop_init();
    g_assert_true(loop_here());
    loop_kick_init(&a, bump, &na);
    loop_kick_init(&b, bump, &nb);
    loop_kick(&a);
    loop_kick(&a);
    loop_kick(&b);
    loop_kick_cancel(&a);
    while (loop_iterate(false)) {
    }
    g_assert_cmpint(na, ==, 0);
    g_assert_cmpint(nb, ==, 1);
    loop_post(bump, &posted);
    loop_post(bump, &posted);
    thread = g_thread_new("kicker", kick_many, &a);
    for (int i = 0; i < 1000; i++) {
        loop_iterate(false);
    }
    g_thread_join(thread);
    while (loop_iterate(false)) {
    }
    g_assert_cmpint(posted, ==, 2);
    g_assert_cmpint(na, >, 0);
    loop_kick(&a);
    nb = na;
    while (na == nb) {
        loop_iterate(true);
    }
}

/* -- links, lines, disks -- */

static bool nic_room = true;
static uint32_t nic_got;

static bool nic_receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    (void)opaque;
    (void)frame;
    nic_got += nic_room ? len : 0;
    return nic_room;
}

static void nic_writable(void *opaque)
{
    ++*(unsigned *)opaque;
}

static const struct link_guest_ops nic_ops = {.receive = nic_receive, .writable = nic_writable};
static const struct link_host_ops sink_ops = {.pending = NULL};

static void test_link_bounds(void)
{
    struct stub *s = stub_new(0);
    struct thing *t = thing_new(NULL);
    struct link *l = link_new("n");
    static uint8_t frame[LINK_FRAME_MAX + 1];
    unsigned writable = 0;
    uint32_t len, n = 0;

    g_assert_null(link_new("n"));
    g_assert_true(link_send(l, frame, 60)); /* no back end: swallowed */
    link_host_attach(l, &sink_ops, NULL);
    g_assert_true(link_attach(l, &t->dev, &nic_ops, &writable));
    g_assert_false(link_attach(l, &t->dev, &nic_ops, &writable));
    while (link_send(l, frame, 60)) {
        n++;
    }
    g_assert_cmpuint(n, ==, LINK_TX_FRAMES);
    g_assert_nonnull(link_take(l, &len));
    g_assert_cmpuint(len, ==, 60);
    link_take_done(l);
    while (loop_iterate(false)) {
    }
    g_assert_cmpuint(writable, ==, 1);
    g_assert_true(link_send(l, frame, LINK_FRAME_MAX));
    g_assert_true(link_send(l, frame, LINK_FRAME_MAX + 1)); /* dropped, not queued */

    nic_room = false;
    for (n = 0; link_deliver(l, frame, 100); n++) {
    }
    g_assert_cmpuint(n, ==, LINK_RX_FRAMES);
    g_assert_cmpuint(link_stats(l).rx_dropped, ==, 1);
    nic_room = true;
    link_ready(l);
    while (loop_iterate(false)) {
    }
    g_assert_cmpuint(nic_got, ==, 100 * LINK_RX_FRAMES);
    g_assert_false(link_deliver(l, frame, LINK_FRAME_MAX + 1));
    g_assert_false(link_deliver(l, frame, 0));
    link_detach(l);
    link_free(l);
    device_free(&t->dev);
    stub_free(s);
}

static unsigned drained;

static uint32_t guest_room(void *opaque)
{
    return *(uint32_t *)opaque;
}

static void guest_receive(void *opaque, const uint8_t *buf, uint32_t len)
{
    (void)buf;
    *(uint32_t *)opaque -= len;
}

static void guest_drained(void *opaque)
{
    (void)opaque;
    drained++;
}

static const struct line_guest_ops uart_ops = {
    .room = guest_room, .receive = guest_receive, .drained = guest_drained};
static const struct line_host_ops host_ops = {.pending = NULL};

static void test_line_bounds(void)
{
    struct stub *s = stub_new(0);
    struct line *l = line_new("serial0");
    static uint8_t big[LINE_QUEUE + 10];
    uint32_t room = 5;

    g_assert_cmpuint(line_write(l, big, sizeof(big)), ==, sizeof(big)); /* null swallows */
    line_host_attach(l, &host_ops, NULL);
    g_assert_true(line_attach(l, NULL, &uart_ops, &room));
    g_assert_false(line_attach(l, NULL, &uart_ops, &room));
    g_assert_cmpuint(line_deliver(l, big, 100), ==, 5);
    g_assert_cmpuint(line_deliver(l, big, 100), ==, 0);
    g_assert_cmpuint(line_write(l, big, sizeof(big)), ==, LINE_QUEUE);
    g_assert_cmpuint(line_take(l, big, 100), ==, 100);
    while (loop_iterate(false)) {
    }
    g_assert_cmpuint(drained, ==, 1);
    line_host_discard(l, true);
    g_assert_cmpuint(line_queued(l), ==, 0);
    g_assert_cmpuint(line_write(l, big, 10), ==, 10);
    g_assert_cmpuint(line_queued(l), ==, 0);
    line_free(l);
    stub_free(s);
}

static int disk_error;

static void disk_done(void *opaque, struct disk_request *req, int error)
{
    (void)opaque;
    (void)req;
    disk_error = error;
}

static void test_no_medium(void)
{
    struct stub *s = stub_new(0);
    struct disk *d = disk_new("hd");
    struct disk_request r;
    uint8_t buf[512];

    disk_request_init(&r, d, disk_done, NULL);
    r.op = DISK_READ;
    r.buffer = buf;
    r.length = 512;
    disk_submit(&r);
    g_assert_true(r.busy);
    while (loop_iterate(false)) {
    }
    g_assert_false(r.busy);
    g_assert_cmpint(disk_error, ==, -ENOMEDIUM);
    g_assert_cmpint(disk_read_now(d, 0, buf, 512), ==, -ENOMEDIUM);
    disk_free(d);
    stub_free(s);
}

/* -- keyval -- */

static void test_keyval(void)
{
    struct keyval *kv =
        keyval_parse("-x", "user,id=a,,b,n=0x10,nowait,hostfwd=1,hostfwd=2,size=2G", "type", NULL);
    uint64_t n = 0, size = 0;
    bool wait = true;

    g_assert_cmpstr(keyval_take(kv, "type"), ==, "user");
    g_assert_cmpstr(keyval_take(kv, "id"), ==, "a,b");
    g_assert_true(keyval_take_uint(kv, "n", 1, 16, &n, NULL));
    g_assert_cmpuint(n, ==, 16);
    g_assert_true(keyval_take_bool(kv, "wait", &wait, NULL));
    g_assert_false(wait);
    g_assert_cmpstr(keyval_take(kv, "hostfwd"), ==, "1");
    g_assert_cmpstr(keyval_take(kv, "hostfwd"), ==, "2");
    g_assert_null(keyval_take(kv, "hostfwd"));
    g_assert_true(keyval_take_size(kv, "size", 1, &size, NULL));
    g_assert_cmpuint(size, ==, UINT64_C(2) << 30);
    g_assert_true(keyval_finish(kv, NULL));
    keyval_free(kv);
}

static void test_keyval_errors(void)
{
    g_autoptr(GError) error = NULL;
    struct keyval *kv = keyval_parse("-drive", "fiel=x,n=17,b=2", NULL, NULL);
    uint64_t n = 0;
    bool b = false;

    g_assert_null(keyval_take(kv, "file"));
    g_assert_false(keyval_take_uint(kv, "n", 1, 16, &n, &error));
    g_assert_cmpstr(error->message, ==, "-drive: n=17: expected a number from 1 to 16");
    g_clear_error(&error);
    g_assert_false(keyval_take_bool(kv, "b", &b, &error));
    g_clear_error(&error);
    g_assert_false(keyval_finish(kv, &error));
    g_assert_cmpstr(error->message, ==, "-drive: unknown word \"fiel\"; did you mean \"file\"?");
    keyval_free(kv);
    g_clear_error(&error);
    g_assert_null(keyval_parse("-drive", "a,=b", NULL, &error));
    g_assert_nonnull(error);
}

static void on_event(void *opaque, const char *name, GVariant *data, int64_t time_us)
{
    (void)data;
    (void)time_us;
    g_string_append(opaque, name);
}

static void test_events(void)
{
    g_autoptr(GString) log = g_string_new(NULL);

    loop_init();
    event_listen(on_event, log);
    event_raise("STOP", NULL);
    event_raise("RESUME", g_variant_new_int32(1));
    while (loop_iterate(false)) {
    }
    event_unlisten(on_event, log);
    event_raise("STOP", NULL);
    while (loop_iterate(false)) {
    }
    g_assert_cmpstr(log->str, ==, "STOPRESUME");
}

static GString *keys;

static void on_key(void *opaque, uint16_t key, bool down)
{
    (void)opaque;
    g_string_append_printf(keys, "%s%x ", down ? "+" : "-", key);
}

static void test_release_all(void)
{
    static const struct input_sink_ops ops = {.key = on_key};
    struct thing *t = thing_new(NULL);

    keys = g_string_new(NULL);
    g_assert_true(input_attach(&t->dev, &ops, NULL));
    input_key(0x1d, true);
    input_key(0xe038, true);
    input_key(0, true);
    input_key(0x1234, true); /* no such key */
    input_key(0x1d, false);
    input_release_all();
    g_assert_cmpstr(keys->str, ==, "+1d +e038 -1d -e038 ");
    input_detach(&t->dev);
    device_free(&t->dev);
    g_string_free(keys, TRUE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/properties", test_props);
    g_test_add_func("/device/life", test_device_life);
    g_test_add_func("/state/round-trip", test_state_round_trip);
    g_test_add_func("/state/damage", test_state_damage);
    g_test_add_func("/state/check-names-field", test_state_check_named);
    g_test_add_func("/state/gap", test_state_gap);
    g_test_add_func("/fifo/fifo", test_fifo);
    g_test_add_func("/fifo/xfer", test_xfer);
    g_test_add_func("/irq/wired-or", test_wired_or);
    g_test_add_func("/clock/order", test_timer_order);
    g_test_add_func("/clock/min-period", test_timer_min_period);
    g_test_add_func("/clock/restore", test_timer_restore);
    g_test_add_func("/clock/real", test_real_clock);
    g_test_add_func("/clock/wall", test_wall);
    g_test_add_func("/loop/kicks", test_loop);
    g_test_add_func("/loop/sleeps", test_loop_sleeps);
    g_test_add_func("/link/bounds", test_link_bounds);
    g_test_add_func("/line/bounds", test_line_bounds);
    g_test_add_func("/disk/no-medium", test_no_medium);
    g_test_add_func("/keyval/words", test_keyval);
    g_test_add_func("/keyval/errors", test_keyval_errors);
    g_test_add_func("/report/events", test_events);
    g_test_add_func("/input/release-all", test_release_all);
    return g_test_run();
}

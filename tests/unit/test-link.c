/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frame links: plug and carrier, taps, room for a back end that waits. Bounds are in test-core. */
#include "core/device.h"
#include "core/keyval.h"
#include "core/link.h"
#include "core/loop.h"

#include <string.h>

const struct device_class *const device_classes[] = {NULL};

struct end {
    unsigned frames, carriers, rooms, taken, seen[2], closed;
    bool up, busy;
};

static bool receive(void *opaque, const uint8_t *frame, uint32_t len)
{
    struct end *e = opaque;

    (void)frame;
    (void)len;
    e->frames += !e->busy;
    return !e->busy;
}

static void carrier(void *opaque, bool up)
{
    struct end *e = opaque;

    e->carriers++;
    e->up = up;
}

static void room(void *opaque)
{
    ((struct end *)opaque)->rooms++;
}

static void seen(void *opaque, const uint8_t *frame, uint32_t len, bool to_guest)
{
    g_assert_cmpuint(len, ==, 60);
    g_assert_cmphex(frame[0], ==, to_guest ? 0x11 : 0x22);
    ((struct end *)opaque)->seen[to_guest]++;
}

static void closed(void *opaque)
{
    ((struct end *)opaque)->closed++;
}

static const struct link_guest_ops guest_ops = {.receive = receive, .carrier = carrier};
static const struct link_host_ops host_ops = {.guest_ready = room};
static const struct link_tap_ops tap_ops = {.frame = seen, .close = closed};

/* The carrier is there when the back end has it and the plug is in; each change is told once. */
static void test_plug(void)
{
    struct link *l = link_new("n");
    struct end e = {0};
    uint8_t frame[60] = {0x11};

    link_host_attach(l, &host_ops, &e);
    g_assert_true(link_attach(l, NULL, &guest_ops, &e));
    g_assert_true(link_carrier(l) && link_plugged(l));
    link_set_plugged(l, false);
    link_set_plugged(l, false);
    g_assert_cmpuint(e.carriers, ==, 1);
    g_assert_false(e.up || link_carrier(l) || link_plugged(l));
    link_set_carrier(l, false);
    link_set_plugged(l, true);
    g_assert_false(link_carrier(l));
    g_assert_cmpuint(e.carriers, ==, 1);
    g_assert_false(link_deliver(l, frame, sizeof(frame)));
    link_set_carrier(l, true);
    g_assert_true(e.up && link_carrier(l));
    g_assert_cmpuint(e.carriers, ==, 2);
    g_assert_true(link_deliver(l, frame, sizeof(frame)));
    link_free(l);
}

static void test_taps(void)
{
    struct link *l = link_new("n");
    struct end e = {0}, a = {0}, b = {0};
    uint8_t in[60] = {0x11}, out[60] = {0x22};
    uint32_t len;

    link_host_attach(l, &host_ops, &e);
    link_attach(l, NULL, &guest_ops, &e);
    link_add_tap(l, &tap_ops, &a);
    link_add_tap(l, &tap_ops, &b);
    link_deliver(l, in, sizeof(in));
    link_send(l, out, sizeof(out));
    g_assert_nonnull(link_take(l, &len));
    g_assert_cmpuint(a.seen[0], ==, 0); /* not before it is gone */
    link_take_done(l);
    link_remove_tap(l, &b);
    link_deliver(l, in, sizeof(in));
    g_assert_cmpuint(a.seen[0], ==, 1);
    g_assert_cmpuint(a.seen[1], ==, 2);
    g_assert_cmpuint(b.seen[1], ==, 1);
    link_free(l);
    g_assert_cmpuint(a.closed, ==, 1);
    g_assert_cmpuint(b.closed, ==, 0);
}

/* A back end that holds its frame back hears of room, also when the NIC leaves. */
static void test_room(void)
{
    struct link *l = link_new("n");
    struct end e = {.busy = true};
    uint8_t frame[60] = {0x11};

    link_host_attach(l, &host_ops, &e);
    link_attach(l, NULL, &guest_ops, &e);
    while (link_can_deliver(l)) {
        g_assert_true(link_deliver(l, frame, sizeof(frame)));
    }
    link_want_room(l);
    link_ready(l);
    while (loop_iterate(false)) {
    }
    g_assert_cmpuint(e.rooms, ==, 0);
    e.busy = false;
    link_ready(l);
    while (loop_iterate(false)) {
    }
    g_assert_cmpuint(e.frames, ==, LINK_RX_FRAMES);
    g_assert_cmpuint(e.rooms, ==, 1);
    e.busy = true;
    while (link_can_deliver(l)) {
        link_deliver(l, frame, sizeof(frame));
    }
    link_want_room(l);
    link_detach(l);
    while (loop_iterate(false)) {
    }
    g_assert_cmpuint(e.rooms, ==, 2);
    link_free(l);
}

static void host_closed(void *opaque)
{
    ((struct end *)opaque)->taken++;
}

/* netdev_del with a card on the link: everything of the host's goes, the card keeps a dead cable. */
static void test_remove(void)
{
    static const struct link_host_ops ops = {.guest_ready = room, .close = host_closed};
    static const struct device_class cls = {.name = "card", .size = sizeof(struct device)};
    struct device *d = device_new(&cls, NULL);
    struct link *l = link_new("n"), *next;
    struct end e = {0}, tap = {0};
    uint8_t frame[60] = {0x11};

    link_host_attach(l, &ops, &e);
    link_attach(l, d, &guest_ops, &e);
    link_add_tap(l, &tap_ops, &tap);
    e.busy = true;
    link_deliver(l, frame, sizeof(frame)); /* waits for the card */
    for (unsigned i = 0; i < 2 * LINK_TX_FRAMES; i++) {
        link_send(l, frame, sizeof(frame)); /* more than fits, and nobody takes it */
    }
    link_remove(l);
    g_assert_cmpuint(e.taken, ==, 1);
    g_assert_cmpuint(tap.closed, ==, 1);
    g_assert_cmpuint(e.carriers, ==, 1);
    g_assert_false(e.up || link_carrier(l));
    g_assert_cmpuint(link_queued(l), ==, 0);
    g_assert_null(link_find("n"));
    g_assert_cmpstr(link_name(l), ==, "n");
    g_assert_true(link_send(l, frame, sizeof(frame))); /* swallowed */
    g_assert_false(link_deliver(l, frame, sizeof(frame)));
    while (loop_iterate(false)) {
    }
    next = link_new("n");
    g_assert_nonnull(next);
    link_detach(l); /* frees it */
    link_remove(next);
    g_assert_null(link_find("n"));
    device_free(d);
}

/* What one reader leaves over another can read. */
static void test_keyval_rest(void)
{
    struct keyval *kv = keyval_parse("-a", "type,id=n,file=a,,b,on,x=,id=m", "kind", NULL), *again;
    char *rest;

    g_assert_cmpstr(keyval_take(kv, "id"), ==, "n");
    rest = keyval_take_rest(kv);
    g_assert_cmpstr(rest, ==, "kind=type,file=a,,b,on,x=,id=m");
    g_assert_true(keyval_finish(kv, NULL));
    again = keyval_parse("-a", rest, NULL, NULL);
    g_assert_cmpstr(keyval_take(again, "file"), ==, "a,b");
    keyval_free(kv);
    keyval_free(again);
    g_free(rest);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    loop_init();
    g_test_add_func("/link/plug", test_plug);
    g_test_add_func("/link/taps", test_taps);
    g_test_add_func("/link/room", test_room);
    g_test_add_func("/link/remove", test_remove);
    g_test_add_func("/link/keyval-rest", test_keyval_rest);
    return g_test_run();
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of every device, generated from the list of classes: one case per device and
 * property. SEED and STEPS in the environment override; a failure prints both, and the step.
 */
#include "tests/unit/walk.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_SEED UINT64_C(20240229)
#define DEFAULT_STEPS 20000
#define ANSWERS 1000

static uint64_t seed, steps;

/* walk.o may come after the library on the linker's line: what it alone needs is asked for here. */
static void (*const linked[])(void)
    __attribute__((used)) = {(void (*)(void))pc_new, (void (*)(void))space_access};

/* A number of its own for each class, so that two do not take the same walk. */
static uint64_t seed_of(const struct device_class *cls)
{
    return seed ^ (uint64_t)g_str_hash(cls->name) << 20;
}

static struct device *device_of(struct world *w, const struct device_class *cls)
{
    struct device *d = world_device(w, cls);

    if (!d) {
        g_error("no %s on the board", cls->name);
    }
    return d;
}

static void must_hold(struct walk *k)
{
    const char *wrong = device_check(k->d);

    if (wrong) {
        g_error("%s: after step %lu (%s): field %s; SEED=%lu", k->d->cls->name,
                (unsigned long)k->steps, k->last, wrong, (unsigned long)seed);
    }
}

static void all_must_hold(struct walk *k)
{
    GPtrArray *list = device_list();

    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);
        const char *wrong = device_check(d);

        if (wrong) {
            g_error("%s, while %s was walked: by step %lu: field %s; SEED=%lu", d->cls->name,
                    k->d->cls->name, (unsigned long)k->steps, wrong, (unsigned long)seed);
        }
    }
}

static void run(struct walk *k, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        walk_step(k);
        must_hold(k);
        if (i % 256 == 0) {
            all_must_hold(k);
        }
    }
}

static GByteArray *save(struct device *d)
{
    GByteArray *out = g_byte_array_new();

    device_save(d, out);
    return out;
}

/* The field in whose data two saved states first differ; "" if they do not. */
static char *difference(const GByteArray *a, const GByteArray *b)
{
    guint at = 8;

    if (a->len != b->len) {
        return g_strdup("length");
    }
    while (at < a->len) {
        guint name_len = a->data[at];
        const char *name = (const char *)a->data + at + 1;
        guint width = a->data[at + 1 + name_len];
        uint32_t count;
        guint data = at + 1 + name_len + 5;

        memcpy(&count, a->data + at + 2 + name_len, 4);
        for (guint i = 0; i < width * count; i++) {
            if (a->data[data + i] != b->data[data + i]) {
                return g_strdup_printf("%.*s byte %u: %02x, %02x", (int)name_len, name, i,
                                       a->data[data + i], b->data[data + i]);
            }
        }
        at = data + width * count;
    }
    return g_strdup("");
}

static void must_equal(const struct device_class *cls, const char *what, GByteArray *a,
                       GByteArray *b)
{
    g_autofree char *where = difference(a, b);

    if (*where) {
        g_error("%s: %s: %s; SEED=%lu", cls->name, what, where, (unsigned long)seed);
    }
}

/* -- the properties -- */

static void test_layout(gconstpointer opaque)
{
    const struct device_class *cls = opaque;

    if (cls->state) {
        g_assert_cmpuint(state_layout_gap(cls->state), ==, SIZE_MAX);
        g_assert_cmpuint(cls->state->min_version, <=, cls->state->version);
        g_assert_cmpuint(cls->state_offset + cls->state->size, <=, cls->size);
    }
}

static void test_random(gconstpointer opaque)
{
    struct world *w = world_new();
    struct walk k;

    g_test_message("SEED=%lu STEPS=%lu", (unsigned long)seed, (unsigned long)steps);
    walk_begin(&k, w, device_of(w, opaque), seed_of(opaque), NULL);
    must_hold(&k);
    run(&k, steps);
    g_test_message("%lu accesses to %u regions at the end", (unsigned long)k.accesses, k.own->len);
    walk_end(&k);
    world_free(w);
}

static void test_save_load_save(gconstpointer opaque)
{
    const struct device_class *cls = opaque;
    struct world *w = world_new();
    struct device *d = device_of(w, cls);
    struct walk k;

    walk_begin(&k, w, d, seed_of(cls) + 1, NULL);
    for (int i = 0; cls->state && i < 20; i++) {
        g_autoptr(GByteArray) before = NULL;
        g_autoptr(GByteArray) after = NULL;
        GError *error = NULL;

        run(&k, steps / 40);
        before = save(d);
        device_load(d, before->data, before->len, &error);
        g_assert_no_error(error);
        after = save(d);
        must_equal(cls, "saved, loaded, saved", before, after);
    }
    walk_end(&k);
    world_free(w);
}

static GArray *answers(struct world *w, struct device *d, uint64_t walk_seed)
{
    GArray *log = g_array_new(FALSE, TRUE, sizeof(struct walk_answer));
    struct walk k;

    walk_begin(&k, w, d, walk_seed, log);
    while (log->len < ANSWERS) {
        walk_step(&k);
    }
    walk_end(&k);
    return log;
}

static void ignore(void *opaque)
{
    (void)opaque;
}

/*
 * A timer that is idle when the clock goes back must not wait for the time of its last firing, which
 * is in the future now.
 */
static bool clock_forgets_idle_timers(void)
{
    struct clock *c = clock_new(true);
    struct timer t;
    bool ok;

    timer_init(&t, c, NULL, ignore, NULL);
    timer_arm(&t, NS_PER_SEC);
    clock_step(c, NS_PER_SEC);
    clock_restore(c, 0);
    timer_arm(&t, NS_PER_MS);
    ok = clock_deadline(c) == NS_PER_MS;
    timer_cancel(&t);
    clock_free(c);
    return ok;
}

/* Goes on as it would have: what is not in the state has no say. */
static void test_replay(gconstpointer opaque)
{
    const struct device_class *cls = opaque;
    struct world *w = world_new();
    struct device *d = device_of(w, cls);
    struct walk k;

    walk_begin(&k, w, d, seed_of(cls) + 2, NULL);
    for (uint64_t i = 0; i < 8; i++) {
        struct snapshot *s;
        g_autoptr(GArray) live = NULL;
        g_autoptr(GArray) again = NULL;

        run(&k, steps / 20);
        s = world_save(w);
        live = answers(w, d, seed_of(cls) + 100 + i);
        world_load(w, s);
        again = answers(w, d, seed_of(cls) + 100 + i);
        for (guint n = 0; n < ANSWERS; n++) {
            const struct walk_answer *a = &g_array_index(live, struct walk_answer, n);
            const struct walk_answer *b = &g_array_index(again, struct walk_answer, n);

            if (a->value == b->value && a->step == b->step) {
                continue;
            }
            if (!clock_forgets_idle_timers()) {
                g_test_incomplete("clock_restore() leaves when an idle timer last fired");
                break;
            } else {
                g_error("%s: round %u, step %lu (%s): %#lx, after a load %#lx (%s); SEED=%lu",
                        cls->name, (unsigned)i, (unsigned long)a->step, a->what,
                        (unsigned long)a->value, (unsigned long)b->value, b->what,
                        (unsigned long)seed);
            }
        }
        snapshot_free(s);
    }
    walk_end(&k);
    world_free(w);
}

/* Kept by a battery, or not connected to the reset line: reset may leave these as they were. */
static bool keeps_state(const struct device_class *cls)
{
    static const char *const names[] = {"mc146818rtc", NULL};

    return g_strv_contains(names, cls->name);
}

/*
 * Once is twice; after any walk a reset gives what a machine that was never walked has at the same
 * time; and a reset right after power-on changes nothing.
 */
static void test_reset(gconstpointer opaque)
{
    const struct device_class *cls = opaque;
    struct world *w = world_new();
    struct device *d = device_of(w, cls);
    g_autoptr(GByteArray) init = save(d);
    g_autoptr(GByteArray) fresh = NULL;
    g_autoptr(GByteArray) once = NULL;
    g_autoptr(GByteArray) twice = NULL;
    uint64_t now;
    struct walk k;

    if (!cls->state) {
        world_free(w);
        return;
    }
    device_reset_all();
    fresh = save(d);
    must_equal(cls, "a reset after power-on", init, fresh);
    g_clear_pointer(&fresh, g_byte_array_unref);

    walk_begin(&k, w, d, seed_of(cls) + 3, NULL);
    run(&k, steps / 4);
    walk_end(&k);
    device_reset_all();
    world_serve(w);
    device_reset_all();
    once = save(d);
    device_reset_all();
    twice = save(d);
    must_equal(cls, "reset once and twice", once, twice);
    now = clock_now(world_clock(w));
    world_free(w);

    w = world_new();
    d = device_of(w, cls);
    clock_set(world_clock(w), now);
    world_serve(w);
    device_reset_all();
    fresh = save(d);
    if (!keeps_state(cls)) {
        must_equal(cls, "never walked and walked, after a reset", fresh, once);
    }
    world_free(w);
}

static void test_settle(gconstpointer opaque)
{
    const struct device_class *cls = opaque;
    struct world *w = world_new();
    struct device *d = device_of(w, cls);
    struct walk k;

    walk_begin(&k, w, d, seed_of(cls) + 4, NULL);
    for (int i = 0; cls->settle && i < 50; i++) {
        g_autoptr(GByteArray) before = NULL;
        g_autoptr(GByteArray) after = NULL;
        uint32_t lines;

        run(&k, steps / 100);
        before = save(d);
        lines = world_lines(w);
        device_enter(d);
        cls->settle(d);
        device_leave(d);
        after = save(d);
        must_equal(cls, "settled", before, after);
        if (lines != world_lines(w)) {
            g_error("%s: settle changed lines from %08x to %08x; SEED=%lu", cls->name, lines,
                    world_lines(w), (unsigned long)seed);
        }
    }
    walk_end(&k);
    world_free(w);
}

/* A damaged state is refused, or is one that a guest could have made: never something between. */
static void test_damage(gconstpointer opaque)
{
    const struct device_class *cls = opaque;
    struct world *w = world_new();
    struct device *d = device_of(w, cls);
    GRand *r = g_rand_new_with_seed((guint32)seed_of(cls));
    unsigned refused = 0;
    struct walk k;

    walk_begin(&k, w, d, seed_of(cls) + 5, NULL);
    for (uint64_t i = 0; cls->state && i < steps / 20; i++) {
        g_autoptr(GByteArray) good = save(d);
        g_autoptr(GByteArray) kept = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree uint8_t *bad = g_memdup2(good->data, good->len);
        guint len = good->len;

        for (int n = g_rand_int_range(r, 1, 5); n > 0; n--) {
            bad[g_rand_int_range(r, 0, (gint32)len)] = (uint8_t)g_rand_int_range(r, 0, 256);
        }
        if (g_rand_int_range(r, 0, 8) == 0) {
            len = (guint)g_rand_int_range(r, 0, (gint32)len);
        }
        if (device_load(d, bad, len, &error)) {
            must_hold(&k);
        } else {
            g_assert_nonnull(error);
            refused++;
            kept = save(d);
            must_equal(cls, "a refused load", good, kept);
        }
        run(&k, 20);
    }
    g_test_message("%u refused", refused);
    walk_end(&k);
    g_rand_free(r);
    world_free(w);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(gconstpointer cls);
    } properties[] = {
        {"layout", test_layout}, {"random", test_random}, {"save-load-save", test_save_load_save},
        {"replay", test_replay}, {"reset", test_reset},   {"settle", test_settle},
        {"damage", test_damage},
    };

    g_test_init(&argc, &argv, NULL);
    seed = g_getenv("SEED") ? strtoull(g_getenv("SEED"), NULL, 0) : DEFAULT_SEED;
    steps = g_getenv("STEPS") ? strtoull(g_getenv("STEPS"), NULL, 0) : DEFAULT_STEPS;
    for (const struct device_class *const *c = device_classes; *c; c++) {
        for (size_t i = 0; i < G_N_ELEMENTS(properties); i++) {
            g_autofree char *path = g_strdup_printf("/walk/%s/%s", (*c)->name, properties[i].name);

            g_test_add_data_func(path, *c, properties[i].run);
        }
    }
    return g_test_run();
}

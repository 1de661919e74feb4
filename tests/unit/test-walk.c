/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must hold of every device, generated from the list of classes: one case per device and
 * property. SEED and STEPS in the environment override. Whatever ends this program early, the seed
 * and the last steps are printed first; the same seed and steps end it there again.
 */
#include "core/link.h"
#include "hw/timer/port61.h"
#include "tests/unit/walk.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SEED UINT64_C(20240229)
#define DEFAULT_STEPS 20000
#define ANSWERS 1000

static uint64_t seed, steps;
static const struct device_class *walked; /* the case under way */
static const char *property;

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
        g_error("%s: after step %lu (%s): field %s", k->d->cls->name, (unsigned long)k->steps,
                walk_last(k), wrong);
    }
}

static void all_must_hold(struct walk *k)
{
    GPtrArray *list = device_list();

    for (guint i = 0; i < list->len; i++) {
        struct device *d = g_ptr_array_index(list, i);
        const char *wrong = device_check(d);

        if (wrong) {
            g_error("%s, while %s was walked: by step %lu (%s): field %s", d->cls->name,
                    k->d->cls->name, (unsigned long)k->steps, walk_last(k), wrong);
        }
    }
}

static void run(struct walk *k, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        walk_step(k);
        must_hold(k);
        if (i % 64 == 0) {
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

static void must_equal(const struct device_class *cls, const char *what, const GByteArray *a,
                       const GByteArray *b)
{
    g_autofree char *where = difference(a, b);

    if (*where) {
        g_error("%s: %s: %s", cls->name, what, where);
    }
}

/* -- in the middle of a walk -- */

static void round_trip(struct walk *k)
{
    g_autoptr(GByteArray) before = NULL;
    g_autoptr(GByteArray) after = NULL;
    GError *error = NULL;
    uint32_t lines;

    walk_note(k, "save and load");
    world_drain(k->w);
    lines = world_lines(k->w);
    before = save(k->d);
    if (k->d->cls->state) {
        device_load(k->d, before->data, before->len, &error);
        g_assert_no_error(error);
        after = save(k->d);
        must_equal(k->d->cls, "saved, loaded, saved", before, after);
    }
    if (lines != world_lines(k->w)) {
        g_error("%s: a load of its own state changed lines from %08x to %08x", k->d->cls->name,
                lines, world_lines(k->w));
    }
}

static void offer(struct link *l, void *opaque)
{
    (void)opaque;
    link_ready(l);
}

/* All devices, RAM, disks; nothing may differ after. */
static void whole_round_trip(struct walk *k)
{
    GPtrArray *list = device_list();
    struct snapshot *a, *b;

    walk_note(k, "save and load all");
    link_each(offer, NULL); /* as a load does: a card sees the frames that wait for it */
    world_serve(k->w);
    a = world_save(k->w);
    world_load(k->w, a);
    b = world_save(k->w);
    for (guint i = 0; i < list->len; i++) {
        const struct device *d = g_ptr_array_index(list, i);

        must_equal(d->cls, "all saved, loaded, saved", snapshot_device(a, i),
                   snapshot_device(b, i));
    }
    snapshot_free(a);
    snapshot_free(b);
}

/* A damaged state is refused and changes nothing, or is one that a guest could have made. */
static bool load_damaged(struct walk *k)
{
    g_autoptr(GByteArray) good = NULL;
    g_autoptr(GByteArray) kept = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree uint8_t *bad = NULL;
    guint len;

    walk_note(k, "load a damaged state");
    world_drain(k->w);
    good = save(k->d);
    if (good->len == 0) {
        return false;
    }
    bad = g_memdup2(good->data, good->len);
    len = good->len;
    for (uint64_t n = 1 + walk_below(k, 4); n > 0; n--) {
        bad[walk_below(k, len)] = (uint8_t)walk_below(k, 256);
    }
    if (walk_below(k, 8) == 0) {
        len = (guint)walk_below(k, len);
    }
    if (device_load(k->d, bad, len, &error)) {
        must_hold(k);
        return true;
    }
    g_assert_nonnull(error);
    kept = save(k->d);
    must_equal(k->d->cls, "a refused load", good, kept);
    return false;
}

static void reset_all(struct walk *k)
{
    walk_note(k, "reset");
    device_reset_all();
    all_must_hold(k);
}

static void something_else(struct walk *k)
{
    switch (walk_below(k, 16)) {
    case 0:
        whole_round_trip(k);
        break;
    case 1:
    case 2:
    case 3:
        reset_all(k);
        break;
    case 4:
    case 5:
    case 6:
    case 7:
        load_damaged(k);
        break;
    default:
        round_trip(k);
        break;
    }
    must_hold(k);
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

static uint64_t walk_of(const struct device_class *cls, uint64_t n)
{
    struct world *w = world_new();
    struct walk k;

    walk_begin(&k, w, device_of(w, cls), seed_of(cls), NULL);
    walk_fill_ram(&k);
    must_hold(&k);
    while (k.steps < n) {
        run(&k, 1 + walk_below(&k, 512));
        something_else(&k);
    }
    g_test_message("%lu steps, %lu accesses to %u regions at the end, answers %016lx",
                   (unsigned long)k.steps, (unsigned long)k.accesses, k.own->len,
                   (unsigned long)k.digest);
    walk_end(&k);
    world_free(w);
    return k.digest;
}

static void test_random(gconstpointer opaque)
{
    walk_of(opaque, steps);
}

/* The same seed gives the same walk: a failure comes again. */
static void test_again(gconstpointer opaque)
{
    g_assert_cmphex(walk_of(opaque, steps / 20), ==, walk_of(opaque, steps / 20));
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
        world_drain(w);
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
        for (int wait = 0; world_frames(w) && wait < 1000; wait++) {
            run(&k, 100);
        }
        s = world_save(w);
        if (world_frames(w)) { /* what waits on the wire is no state */
            snapshot_free(s);
            continue;
        }
        live = answers(w, d, seed_of(cls) + 100 + i);
        world_load(w, s);
        again = answers(w, d, seed_of(cls) + 100 + i);
        for (guint n = 0; n < ANSWERS; n++) {
            const struct walk_answer *a = &g_array_index(live, struct walk_answer, n);
            const struct walk_answer *b = &g_array_index(again, struct walk_answer, n);

            if (a->value != b->value || a->step != b->step) {
                g_autofree char *what = g_strdup(walk_words(&a->op));

                g_error("%s: round %u, step %lu (%s): %#lx, after a load %#lx (%s)", cls->name,
                        (unsigned)i, (unsigned long)a->step, what, (unsigned long)a->value,
                        (unsigned long)b->value, walk_words(&b->op));
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
    device_reset_all(); /* with requests on their way */
    world_calm(w);
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
        world_drain(w);
        before = save(d);
        lines = world_lines(w);
        device_enter(d);
        cls->settle(d);
        device_leave(d);
        after = save(d);
        must_equal(cls, "settled", before, after);
        if (lines != world_lines(w)) {
            g_error("%s: settle changed lines from %08x to %08x", cls->name, lines, world_lines(w));
        }
    }
    walk_end(&k);
    world_free(w);
}

static void test_damage(gconstpointer opaque)
{
    const struct device_class *cls = opaque;
    struct world *w = world_new();
    unsigned taken = 0;
    struct walk k;

    walk_begin(&k, w, device_of(w, cls), seed_of(cls) + 5, NULL);
    for (uint64_t i = 0; cls->state && i < steps / 20; i++) {
        taken += load_damaged(&k);
        run(&k, 20);
    }
    g_test_message("%u taken", taken);
    walk_end(&k);
    world_free(w);
}

/* -- the end, if it is a bad one -- */

static void tell(void)
{
    static bool told;

    if (!told && walked) {
        told = true;
        walk_trace();
        g_printerr("# SEED=%lu STEPS=%lu; again: make check-walk SEED=%lu STEPS=%lu DEVICE=%s/%s\n",
                   (unsigned long)seed, (unsigned long)steps, (unsigned long)seed,
                   (unsigned long)steps, walked->name, property);
    }
}

static void on_signal(int sig)
{
    tell();
    signal(sig, SIG_DFL);
    raise(sig);
}

/* Of a sanitizer, where there is one: it has its own way to end a program. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void tell_before_the_end(void)
{
    static const int ours[] = {SIGABRT, SIGTRAP, SIGTERM, SIGFPE, SIGILL, SIGSEGV, SIGBUS};
    size_t n = G_N_ELEMENTS(ours);

    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(tell);
        n = 3;
    }
    for (size_t i = 0; i < n; i++) {
        signal(ours[i], on_signal);
    }
}

static const struct {
    const char *name;
    void (*run)(gconstpointer cls);
} properties[] = {
    {"layout", test_layout}, {"random", test_random},
    {"again", test_again},   {"save-load-save", test_save_load_save},
    {"replay", test_replay}, {"reset", test_reset},
    {"settle", test_settle}, {"damage", test_damage},
};

struct job {
    const struct device_class *cls;
    size_t property;
};

static void run_job(gconstpointer opaque)
{
    const struct job *j = opaque;

    walked = j->cls;
    property = properties[j->property].name;
    g_test_message("SEED=%lu STEPS=%lu", (unsigned long)seed, (unsigned long)steps);
    properties[j->property].run(j->cls);
    walked = NULL;
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    seed = g_getenv("SEED") ? strtoull(g_getenv("SEED"), NULL, 0) : DEFAULT_SEED;
    steps = g_getenv("STEPS") ? strtoull(g_getenv("STEPS"), NULL, 0) : DEFAULT_STEPS;
    tell_before_the_end();
    for (const struct device_class *const *c = device_classes; *c; c++) {
        /* not beside an 8254 of the board's own: test-audio.c walks it */
        for (size_t i = 0; *c != &port61_class && i < G_N_ELEMENTS(properties); i++) {
            g_autofree char *path = g_strdup_printf("/walk/%s/%s", (*c)->name, properties[i].name);
            struct job *j = g_new(struct job, 1);

            *j = (struct job){*c, i};
            g_test_add_data_func_full(path, j, run_job, g_free);
        }
    }
    return g_test_run();
}

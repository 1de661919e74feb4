/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of traces. The first byte says what is hostile: the header as it comes, or a good one
 * with changed fields; the rest fills names, configuration and slots, whose stamps may be made right
 * so that what is behind them is looked at. What the reader gives must be what it promises.
 */
#include "tests/fuzz/board.h"
#include "tests/tools/trace/replay.h"

#define SLOTS TRACE_SLOTS_MIN
#define NAMES_AT 512u
#define CONFIG_AT (NAMES_AT + TRACE_NAMES * sizeof(struct trace_name))
#define RING_AT (CONFIG_AT + TRACE_CONFIG_MAX)
#define SIZE (RING_AT + SLOTS * sizeof(struct trace_slot))

static FILE *sink;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    sink = fopen("/dev/null", "we");
    return sink ? 0 : -1;
}

static size_t take(struct fuzz_in *in, void *to, size_t max)
{
    size_t n = MIN(in->left, max);

    memcpy(to, in->p, n);
    in->p += n;
    in->left -= n;
    return n;
}

static void make_header(struct fuzz_in *in, uint8_t how, struct trace_header *h)
{
    *h = (struct trace_header){
        .magic = TRACE_MAGIC,
        .version = TRACE_VERSION,
        .slot_size = sizeof(struct trace_slot),
        .slots = SLOTS,
        .names_offset = NAMES_AT,
        .config_offset = CONFIG_AT,
        .ring_offset = RING_AT,
        .head = SLOTS,
        .names = 4,
        .config_len = 256,
    };
    if (how & 1) {
        take(in, (uint8_t *)h + 8, in8(in));
    }
    if (how & 2) {
        h->head = in_n(in, 3);
    }
}

static void make_slots(struct fuzz_in *in, uint8_t how, uint64_t head, struct trace_slot *ring)
{
    uint64_t at = head > SLOTS ? head - SLOTS : 0;

    for (unsigned i = 0; in->left && i < SLOTS; i++, at++) {
        struct trace_slot *s = &ring[at % SLOTS];

        take(in, s, sizeof(*s));
        if (how & 4) {
            s->stamp = (uint32_t)(at / SLOTS) + 1;
        }
        if (how & 8) {
            s->type = (uint8_t)(s->type % 10 == 9 ? TRACE_MORE : s->type % 10);
        }
    }
}

static void use(struct trace_file *f)
{
    g_autofree struct trace_record *r = g_new(struct trace_record, 1);
    struct filter filter = {.cpu = -1, .to = UINT64_MAX};
    g_auto(GStrv) args = config_args(f, NULL, NULL, NULL);
    struct rules rules;

    if (args && g_strv_length(args) < 8) {
        fuzz_fail("trace", "a command line without its end");
    }
    rules_init(&rules);
    print_header(f, sink);
    while (trace_file_next(f, r)) {
        g_autofree char *selected = rules_selected(&rules, r);
        uint64_t slot = r->slot, next = f->at;

        if (r->len > TRACE_DATA_MAX || !r->width || r->len % r->width ||
            (r->type == TRACE_ACCESS && !r->len)) {
            fuzz_fail("trace", "a record that cannot be");
        }
        print_record(r, sink);
        for (uint32_t i = 0; r->type == TRACE_ACCESS && i < MIN(r->len / r->width, 4); i++) {
            rules_judge(&rules, r, i, 0);
        }
        if (strlen(selected) > 64) {
            fuzz_fail("trace", "a long index");
        }
        rules_follow(&rules, r);
        if (!trace_file_at(f, slot, r) || f->at != next) {
            fuzz_fail("trace", "not the same again");
        }
    }
    print_sum(f, &filter, sink);
    rules_clear(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    g_autofree uint8_t *file = g_malloc0(SIZE);
    struct fuzz_in in = {data, len};
    uint8_t how = in8(&in);
    struct trace_header h;
    struct trace_file *f;
    g_autofree uint8_t *exact = NULL;
    size_t size = how & 16 ? in_n(&in, 3) % (SIZE + 1) : SIZE;

    make_header(&in, how, &h);
    memcpy(file, &h, sizeof(h));
    if (how & 32) {
        take(&in, file + NAMES_AT, 4 * sizeof(struct trace_name));
    }
    if (how & 64) {
        take(&in, file + CONFIG_AT, 256);
    }
    make_slots(&in, how, h.head, (struct trace_slot *)(void *)(file + RING_AT));
    exact = g_memdup2(file, size); /* for the sanitizer's sake */
    f = trace_file_from(exact, size, "fuzz", NULL);
    if (f) {
        use(f);
        trace_file_free(f);
    }
    return 0;
}

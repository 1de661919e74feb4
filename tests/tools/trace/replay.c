/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay: see replay.h. One record at a time: the clock is set to its time, the access made, the
 * answer compared.
 *
 * Memory of the guest is not in a trace, but what devices read of it is. Those reads come behind the
 * write that caused them, some of them later and from another thread; so they are put into memory
 * before that write: the last one to a device of the same lock. What devices write to memory is
 * compared like an answer, as far as it is recorded.
 */
#include "tests/tools/trace/replay.h"

#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

#define BATCH 256u     /* accesses sent at once */
#define LATE_STEPS 50u /* of the clock, for an answer that comes late */
#define LATE_MS 5000u  /* of the host, likewise: a disk may have work to do */
#define SHOWN_MAX 1000u

struct run {
    struct replay *p;
    struct board *b;
    GHashTable *dma; /* slot of a write -> GArray of slots of DMA reads */
    struct trace_record *r, *other;
    uint64_t now, next_time;
    uint64_t got[BATCH];
    bool bad_answer;
    uint64_t accesses, compared, ignored, differences;
};

/* -- what is read before it is asked for -- */

static void find_dma(struct run *run)
{
    struct trace_file *f = run->p->file;
    struct trace_record *r = run->r;
    g_autoptr(GHashTable) last = g_hash_table_new(NULL, NULL); /* domain -> slot + 1 */

    trace_file_rewind(f);
    while (trace_file_next(f, r)) {
        gpointer domain = GUINT_TO_POINTER(r->name->domain);
        GArray *reads;
        guint64 slot;

        if (r->type == TRACE_ACCESS && r->write && r->name->domain) {
            g_hash_table_insert(last, domain, (gpointer)(uintptr_t)(r->slot + 1));
        } else if (r->type == TRACE_DMA && !r->write) {
            slot = (uintptr_t)g_hash_table_lookup(last, domain);
            slot = slot ? slot - 1 : r->slot;
            reads = g_hash_table_lookup(run->dma, &slot);
            if (!reads) {
                reads = g_array_new(FALSE, FALSE, sizeof(guint64));
                g_hash_table_insert(run->dma, g_memdup2(&slot, sizeof(slot)), reads);
            }
            slot = r->slot;
            g_array_append_val(reads, slot);
        }
    }
    trace_file_rewind(f);
}

static void hex(GString *s, const struct trace_record *r)
{
    g_string_append(s, "0x");
    for (uint32_t i = 0; i < r->len; i++) {
        g_string_append_printf(s, "%02x", r->data[i]);
    }
}

/* Put into memory what the devices will read. False: the board has gone. */
static bool feed(struct run *run, uint64_t slot)
{
    GArray *reads = g_hash_table_lookup(run->dma, &slot);

    for (guint i = 0; reads && i < reads->len; i++) {
        g_autoptr(GString) s = g_string_new(NULL);

        if (!trace_file_at(run->p->file, g_array_index(reads, guint64, i), run->other)) {
            continue;
        }
        g_string_printf(s, "write 0x%" PRIx64 " %u ", run->other->addr, run->other->len);
        hex(s, run->other);
        g_string_append_c(s, '\n');
        if (!board_ask(run->b, s->str, 1, NULL, NULL)) {
            return false;
        }
    }
    return true;
}

/* -- accesses -- */

static void note(void *opaque, unsigned i, const char *answer)
{
    struct run *run = opaque;

    if (strncmp(answer, "OK", 2) != 0) {
        run->bad_answer = true;
    } else if (i < BATCH) {
        run->got[i] = g_ascii_strtoull(answer + 2, NULL, 0);
    }
}

static void command(GString *s, const struct trace_record *r, uint32_t i)
{
    const char letter = "bwlq"[__builtin_ctz(r->width)];
    uint64_t addr = r->addr + (r->memory ? (uint64_t)i * r->width : 0);
    const char *word = r->memory ? r->write ? "write" : "read" : r->write ? "out" : "in";

    g_string_append_printf(s, "%s%c 0x%" PRIx64, word, letter, addr);
    if (r->write) {
        g_string_append_printf(s, " 0x%" PRIx64, trace_element(r, i));
    }
    g_string_append_c(s, '\n');
}

static bool step_to(struct run *run, uint64_t time)
{
    char text[64];

    if (time <= run->now) {
        return true;
    }
    run->now = time;
    g_snprintf(text, sizeof(text), "clock_set %" PRIu64 "\n", time);
    return board_ask(run->b, text, 1, NULL, NULL) != NULL;
}

/* Elements [from, from + n) of the record, answers in run->got. */
static bool access_now(struct run *run, uint32_t from, uint32_t n)
{
    g_autoptr(GString) s = g_string_new(NULL);

    for (uint32_t i = 0; i < n; i++) {
        command(s, run->r, from + i);
    }
    return board_ask(run->b, s->str, n, note, run) != NULL;
}

/* What a person needs to find it. */
static void tell(struct run *run, uint32_t i, uint64_t got)
{
    const struct trace_record *r = run->r;
    g_autofree char *reg = trace_register(r);
    g_autofree char *selected = rules_selected(&run->p->rules, r);
    g_autofree char *element =
        r->count > 1 ? g_strdup_printf(", element %u of %u", i, r->count) : g_strdup("");

    run->differences++;
    if (run->differences > SHOWN_MAX) {
        return;
    }
    printf("record %" PRIu64 " at %" PRIu64 ".%09" PRIu64 " s: %s%s, %s 0x%" PRIx64
           "%s: expected 0x%0*" PRIx64 ", got 0x%0*" PRIx64 "\n",
           r->slot, r->time / 1000000000, r->time % 1000000000, reg, selected,
           r->memory ? "memory" : "port", r->addr, element, (int)r->width * 2, trace_element(r, i),
           (int)r->width * 2, got);
    fflush(stdout);
}

/*
 * An answer that comes late: time goes on a little, no further than to the next record, and the
 * host gets time for what it does besides.
 */
static bool wait_for(struct run *run, uint32_t i, enum verdict *v)
{
    uint64_t begin = run->now;
    uint64_t room = run->next_time > begin ? run->next_time - begin : 0;

    for (unsigned n = 1; n <= LATE_STEPS && *v == TOO_LATE && room; n++) {
        if (!step_to(run, begin + room * n / LATE_STEPS) || !access_now(run, i, 1)) {
            return false;
        }
        *v = rules_judge(&run->p->rules, run->r, i, run->got[0]);
    }
    for (unsigned ms = 0; ms < LATE_MS && *v == TOO_LATE; ms++) {
        g_usleep(1000);
        if (!access_now(run, i, 1)) {
            return false;
        }
        *v = rules_judge(&run->p->rules, run->r, i, run->got[0]);
    }
    return true;
}

/* The first difference of a record is told; the answers behind it are not looked at. */
static bool compare(struct run *run, uint32_t from, uint32_t n, bool *differs)
{
    uint64_t got[BATCH];

    memcpy(got, run->got, sizeof(got));
    for (uint32_t i = 0; i < n; i++) {
        enum verdict v = rules_judge(&run->p->rules, run->r, from + i, got[i]);

        if (v == TOO_LATE && !wait_for(run, from + i, &v)) {
            return false;
        }
        run->compared++;
        run->ignored += v == IGNORED || v == TOO_EARLY;
        if (v == DIFFERENT || v == TOO_LATE) {
            tell(run, from + i, got[i]);
            *differs = true;
            break;
        }
    }
    return true;
}

static bool access_record(struct run *run)
{
    const struct trace_record *r = run->r;
    uint32_t all = r->len / r->width;
    bool differs = r->write;

    if (!feed(run, r->slot)) {
        return false;
    }
    run->accesses++;
    for (uint32_t from = 0; from < all; from += BATCH) {
        uint32_t n = MIN(all - from, BATCH);

        if (!access_now(run, from, n) || (!differs && !compare(run, from, n, &differs))) {
            return false;
        }
    }
    rules_follow(&run->p->rules, r);
    return true;
}

/* -- what devices write to memory -- */

/* The first byte of memory that is not as recorded, or -1; -2: the board has gone. */
static int differs_at(struct run *run, uint8_t *got)
{
    const struct trace_record *r = run->r;
    g_autofree char *text = g_strdup_printf("read 0x%" PRIx64 " %u\n", r->addr, r->len);
    const char *answer = board_ask(run->b, text, 1, NULL, NULL);

    if (!answer) {
        return -2;
    }
    if (strncmp(answer, "OK 0x", 5) != 0 || strlen(answer) != 5 + 2 * (size_t)r->len) {
        return -1; /* no memory there */
    }
    for (uint32_t i = 0; i < r->len; i++) {
        *got = (uint8_t)(g_ascii_xdigit_value(answer[5 + 2 * i]) << 4 |
                         g_ascii_xdigit_value(answer[6 + 2 * i]));
        if (*got != r->data[i]) {
            return (int)i;
        }
    }
    return -1;
}

/* It may still be under way. */
static bool written_record(struct run *run)
{
    const struct trace_record *r = run->r;
    g_autofree char *reg = trace_register(r);
    uint8_t got = 0;
    int at = -1;

    if (rules_ignored(&run->p->rules, r)) {
        return true;
    }
    for (unsigned ms = 0; ms < LATE_MS && (at = differs_at(run, &got)) >= 0; ms++) {
        g_usleep(1000);
    }
    run->compared++;
    if (at >= 0) {
        run->differences++;
        printf("record %" PRIu64 " at %" PRIu64 ".%09" PRIu64
               " s: %s, wrote %u bytes to memory 0x%" PRIx64
               ", byte %d: expected 0x%02x, got 0x%02x\n",
               r->slot, r->time / 1000000000, r->time % 1000000000, reg, r->count, r->addr, at,
               r->data[at], got);
        fflush(stdout);
    }
    return at != -2;
}

/* -- what comes from outside -- */

static bool host_record(struct run *run)
{
    const struct trace_record *r = run->r;
    g_autoptr(GString) s = g_string_new("host ");

    switch (r->type) {
    case TRACE_FRAME:
    case TRACE_BYTES:
        g_string_append_printf(s, "%s %s ", r->type == TRACE_FRAME ? "frame" : "bytes",
                               r->name->region[0] ? r->name->region : "-");
        hex(s, r);
        break;
    case TRACE_KEY:
        g_string_append_printf(s, "key %u %u", (unsigned)(r->value >> 1) & 0xffff,
                               (unsigned)r->value & 1);
        break;
    case TRACE_MOTION:
        g_string_append_printf(s, "motion %u %u %u", (uint32_t)r->addr, (uint32_t)(r->value >> 32),
                               (uint32_t)r->value);
        break;
    case TRACE_BUTTONS:
        g_string_append_printf(s, "buttons %u", (uint32_t)r->value);
        break;
    case TRACE_POSITION:
        g_string_append_printf(s, "position %u %u", (uint32_t)(r->value >> 32), (uint32_t)r->value);
        break;
    case TRACE_REGS:
        g_string_append(s, "regs");
        for (unsigned i = 0; i < CPU_REGS; i++) {
            g_string_append_printf(s, " 0x%" PRIx64, trace_reg(r, i));
        }
        break;
    case TRACE_RESET:
        /* one that the guest asked for comes by itself, a moment later: not after this one */
        if (!board_ask(run->b, "endianness\n", 1, NULL, NULL)) {
            return false;
        }
        g_usleep(20000);
        g_string_append(s, "reset");
        break;
    default:
        return r->write ? written_record(run) : feed(run, r->slot);
    }
    g_string_append_c(s, '\n');
    return board_ask(run->b, s->str, 1, NULL, NULL) != NULL;
}

/* -- the whole -- */

/*
 * A read comes behind the registers that its device looked at, as it is recorded when it is answered;
 * a write before them.
 */
static bool regs_ahead(struct run *run, struct trace_record *ahead, bool more)
{
    struct trace_record *now = run->r;
    bool ok;

    if (!more || ahead->type != TRACE_REGS || ahead->cpu != now->cpu || now->type != TRACE_ACCESS ||
        !now->write) {
        return true;
    }
    run->r = ahead;
    ok = host_record(run);
    run->r = now;
    return ok;
}

/* False: the board has gone. */
static bool run_records(struct run *run)
{
    struct trace_file *f = run->p->file;
    struct trace_record *ahead = g_new(struct trace_record, 1);
    bool ok = true, more = trace_file_next(f, ahead);

    while (ok && more && (run->differences == 0 || run->p->all)) {
        struct trace_record *now = ahead;

        ahead = run->r;
        run->r = now;
        more = trace_file_next(f, ahead);
        run->next_time = more ? ahead->time : now->time;
        ok = step_to(run, now->time) && regs_ahead(run, ahead, more) &&
             (now->type == TRACE_ACCESS ? access_record(run) : host_record(run));
    }
    if (!ok && !more) {
        ok = true; /* the last access ended it, as it did when it was recorded */
    }
    g_free(ahead);
    return ok;
}

static int conclude(struct run *run, bool ok)
{
    const struct trace_file *f = run->p->file;

    if (!ok) {
        fprintf(stderr,
                "vmx-dm-trace: the board ended, or does not answer, at record %" PRIu64
                " of %" PRIu64 "\n",
                run->r->slot, f->head);
        return 2;
    }
    if (run->bad_answer) {
        fprintf(stderr, "vmx-dm-trace: the board refused a command: is it of this version?\n");
    }
    if (!run->p->quiet) {
        printf("%" PRIu64 " accesses, %" PRIu64 " answers compared, %" PRIu64
               " of them differ where they may",
               run->accesses, run->compared, run->ignored);
        if (run->differences) {
            printf(", %" PRIu64 " where they may not\n", run->differences);
        } else {
            printf("; no difference\n");
        }
    }
    return run->differences ? 1 : run->bad_answer ? 2 : 0;
}

static void remove_dir(const char *dir)
{
    GDir *d = g_dir_open(dir, 0, NULL);
    const char *name;

    while (d && (name = g_dir_read_name(d)) != NULL) {
        g_autofree char *path = g_build_filename(dir, name, NULL);

        g_unlink(path);
    }
    if (d) {
        g_dir_close(d);
    }
    g_rmdir(dir);
}

static void free_slots(gpointer p)
{
    g_array_free(p, TRUE);
}

static int run_board(struct run *run, char **args, GError **error)
{
    struct replay *p = run->p;
    bool ok;
    int status;

    run->b = board_start(p->program, args, p->options ? NULL : config_cwd(p->file), error);
    if (!run->b) {
        return 2;
    }
    if (!board_ask(run->b, "endianness\n", 1, NULL, NULL)) {
        status = board_end(run->b); /* it has said why */
        fprintf(stderr, "vmx-dm-trace: %s did not start (status %d)\n", p->program,
                WIFEXITED(status) ? WEXITSTATUS(status) : -1);
        return 2;
    }
    if (trace_file_wrapped(p->file)) {
        printf("the trace begins in the middle, at record %" PRIu64
               ": the board starts in another state than the recorded one had\n",
               p->file->first);
    }
    ok = run_records(run);
    status = conclude(run, ok);
    board_end(run->b);
    return status;
}

int replay(struct replay *p)
{
    struct run run = {.p = p};
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_dir_make_tmp("vmx-dm-trace-XXXXXX", &error);
    g_auto(GStrv) args = dir ? config_args(p->file, p->options, dir, &error) : NULL;
    int status = 2;

    run.dma = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_slots);
    run.r = g_new0(struct trace_record, 1);
    run.other = g_new0(struct trace_record, 1);
    if (args) {
        find_dma(&run);
        status = run_board(&run, args, &error);
    }
    if (error) {
        fprintf(stderr, "vmx-dm-trace: %s\n", error->message);
    }
    if (dir) {
        remove_dir(dir);
    }
    g_hash_table_destroy(run.dma);
    g_free(run.r);
    g_free(run.other);
    return status;
}

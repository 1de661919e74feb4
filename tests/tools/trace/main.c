/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmx-dm-trace: prints, sums and replays what vmx-dm -trace recorded. See vmx-dm-trace(1). */
#include "system/version.h"
#include "tests/tools/trace/replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    char **devices, **ignore, **rest;
    char *port, *address, *from, *to, *program;
    int cpu;
    gboolean reads, writes, sum, replay, all, strict, rules, version;
} opt = {.cpu = -1};

static const GOptionEntry entries[] = {
    {"device", 'd', 0, G_OPTION_ARG_STRING_ARRAY, &opt.devices,
     "only this device, region, link or line (may be repeated)", "NAME"},
    {"port", 'p', 0, G_OPTION_ARG_STRING, &opt.port, "only these ports", "A[-B]"},
    {"address", 'a', 0, G_OPTION_ARG_STRING, &opt.address, "only these memory addresses", "A[-B]"},
    {"vcpu", 'c', 0, G_OPTION_ARG_INT, &opt.cpu, "only this vCPU", "N"},
    {"reads", 'r', 0, G_OPTION_ARG_NONE, &opt.reads, "only reads", NULL},
    {"writes", 'w', 0, G_OPTION_ARG_NONE, &opt.writes, "only writes", NULL},
    {"from", 0, 0, G_OPTION_ARG_STRING, &opt.from, "not before this guest time", "SECONDS"},
    {"to", 0, 0, G_OPTION_ARG_STRING, &opt.to, "not after this guest time", "SECONDS"},
    {"sum", 's', 0, G_OPTION_ARG_NONE, &opt.sum, "count, bytes and time of each register", NULL},
    {"replay", 0, 0, G_OPTION_ARG_NONE, &opt.replay,
     "replay on a fresh board and name the first answer that differs; options of vmx-dm behind -- "
     "replace the recorded ones",
     NULL},
    {"ignore", 'i', 0, G_OPTION_ARG_STRING_ARRAY, &opt.ignore,
     "replay: do not compare this device, or registers of it (may be repeated)", "NAME[:A[-B]]"},
    {"strict", 0, 0, G_OPTION_ARG_NONE, &opt.strict,
     "replay: compare all bits of all answers, at once", NULL},
    {"all", 0, 0, G_OPTION_ARG_NONE, &opt.all, "replay: go on behind a difference", NULL},
    {"program", 0, 0, G_OPTION_ARG_FILENAME, &opt.program, "replay: this vmx-dm", "PATH"},
    {"rules", 0, 0, G_OPTION_ARG_NONE, &opt.rules, "list what a replay does not compare", NULL},
    {"version", 0, 0, G_OPTION_ARG_NONE, &opt.version, "print the version", NULL},
    {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &opt.rest, NULL, "FILE"},
    {NULL, 0, 0, 0, NULL, NULL, NULL},
};

static G_GNUC_PRINTF(1, 2) bool fail(const char *fmt, ...)
{
    g_autofree char *text = NULL;
    va_list ap;

    va_start(ap, fmt);
    text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    fprintf(stderr, "vmx-dm-trace: %s\n", text);
    return false;
}

static bool make_filter(struct filter *f)
{
    *f = (struct filter){.devices = opt.devices,
                         .cpu = opt.cpu,
                         .reads = opt.reads,
                         .writes = opt.writes,
                         .ports = opt.port != NULL,
                         .addrs = opt.address != NULL,
                         .to = UINT64_MAX};
    if (opt.port && !filter_range(opt.port, f->port)) {
        return fail("--port %s: expected 0x3f8 or 0x3f8-0x3ff", opt.port);
    }
    if (opt.address && !filter_range(opt.address, f->addr)) {
        return fail("--address %s: expected 0xa0000 or 0xa0000-0xbffff", opt.address);
    }
    if (opt.from && !filter_time(opt.from, &f->from)) {
        return fail("--from %s: expected seconds, as 1.5", opt.from);
    }
    if (opt.to && !filter_time(opt.to, &f->to)) {
        return fail("--to %s: expected seconds, as 1.5", opt.to);
    }
    return true;
}

/* The vmx-dm beside this program, else that of the search path. */
static char *program(void)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = self ? g_path_get_dirname(self) : NULL;
    char *beside = dir ? g_build_filename(dir, "vmx-dm", NULL) : NULL;

    if (opt.program) {
        g_free(beside);
        return g_strdup(opt.program);
    }
    if (beside && access(beside, X_OK) == 0) {
        return beside;
    }
    g_free(beside);
    return g_strdup("vmx-dm");
}

static int do_replay(struct trace_file *f, char **options)
{
    g_autofree char *path = program();
    struct replay p = {.file = f, .program = path, .options = options, .all = opt.all};
    int status = 2;

    rules_init(&p.rules);
    p.rules.strict = opt.strict;
    for (char **i = opt.ignore; i && *i; i++) {
        if (!rules_ignore(&p.rules, *i)) {
            fail("--ignore %s: expected a name of --sum, as rtc or rtc:1", *i);
            rules_clear(&p.rules);
            return status;
        }
    }
    status = replay(&p);
    rules_clear(&p.rules);
    return status;
}

static int do_print(struct trace_file *f, const struct filter *filter)
{
    g_autofree struct trace_record *r = g_new(struct trace_record, 1);

    print_header(f, stdout);
    while (trace_file_next(f, r)) {
        if (filter_wants(filter, r)) {
            print_record(r, stdout);
        }
    }
    if (f->lost) {
        printf("# %" PRIu64 " slots hold no whole record\n", f->lost);
    }
    return fflush(stdout) == 0 ? 0 : 2;
}

/* What stands behind "--", cut off argv; NULL when there is none. */
static char **behind_dashes(int *argc, char **argv)
{
    for (int i = 1; i < *argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            *argc = i;
            argv[i] = NULL;
            return argv + i + 1;
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("[-- VMX-DM OPTIONS]");
    g_autoptr(GError) error = NULL;
    char **options = behind_dashes(&argc, argv);
    struct trace_file *f;
    struct filter filter;
    int status;

    g_option_context_set_summary(context, "Print, sum or replay a file of vmx-dm -trace.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fail("%s; see --help", error->message);
        return 2;
    }
    if (opt.version) {
        puts("vmx-dm-trace " VMX_DM_VERSION);
        return 0;
    }
    if (opt.rules) {
        rules_print(stdout);
        return 0;
    }
    if (!opt.rest || opt.rest[1] || (options && !opt.replay)) {
        fail("expected one trace file; see --help");
        return 2;
    }
    if (!make_filter(&filter)) {
        return 2;
    }
    f = trace_file_open(opt.rest[0], &error);
    if (!f) {
        fail("%s", error->message);
        return 2;
    }
    if (opt.replay) {
        status = do_replay(f, options);
    } else if (opt.sum) {
        print_sum(f, &filter, stdout);
        status = fflush(stdout) == 0 ? 0 : 2;
    } else {
        status = do_print(f, &filter);
    }
    trace_file_free(f);
    return status;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page of figures that lies, as vmx-dm-top meets it: words anywhere in it are changed before the
 * first reading and between the two. What is shown must be whole lines fit for a terminal.
 */
#include "tests/fuzz/board.h"
#include "ui/top/table.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHANGES 64

static struct stats_page *page;
static int page_fd;
static uint32_t changed[2 * CHANGES];
static unsigned changes;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    page_fd = memfd_create("figures", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (page_fd < 0 || ftruncate(page_fd, sizeof(*page)) < 0 ||
        fcntl(page_fd, F_ADD_SEALS, F_SEAL_SHRINK) < 0) {
        return -1;
    }
    page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, page_fd, 0);
    return page == MAP_FAILED ? -1 : 0;
}

/* The word: mostly one of the head, of the names or of a counter that others follow. */
static uint32_t place(struct fuzz_in *in)
{
    uint32_t where = (uint32_t)in_n(in, 3);

    switch (in8(in) & 3) {
    case 0:
        return where % (sizeof(page->head) / 8);
    case 1:
        return where % (uint32_t)(offsetof(struct stats_page, table) / 8);
    case 2:
        return (uint32_t)((offsetof(struct stats_page, table) +
                           where % STATS_TABLES * sizeof(struct stats_table)) /
                              8 +
                          where / STATS_TABLES % (offsetof(struct stats_table, bucket) / 8));
    default:
        return where % (uint32_t)(sizeof(*page) / 8);
    }
}

static void change(struct fuzz_in *in)
{
    unsigned n = in8(in) % CHANGES;

    for (unsigned i = 0; i < n && in->left; i++) {
        uint32_t at = place(in);

        changed[changes++] = at;
        ((uint64_t *)(void *)page)[at] = in_n(in, 8);
    }
}

static void begin(void)
{
    while (changes) {
        ((uint64_t *)(void *)page)[changed[--changes]] = 0;
    }
    page->head = (struct stats_header){
        .magic = STATS_MAGIC,
        .version = STATS_VERSION,
        .size = sizeof(*page),
        .ticks_hz = 2000000000,
        .cpus = 2,
        .ranges = 8,
        .nets = 1,
        .disks = 1,
    };
}

static void check(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > '~') {
            fuzz_fail("not fit for a terminal", text);
        }
    }
}

static void show(const struct machines *all, const struct look *look)
{
    g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(struct line));
    g_autoptr(GPtrArray) order = table_order(all, look->sort);
    g_autoptr(GString) json = g_string_new(NULL);

    table_machines(lines, order, NULL);
    table_details(lines, all->list->pdata[0], look);
    for (guint i = 0; i < lines->len; i++) {
        const char *text = g_array_index(lines, struct line, i).text;

        check(text, strnlen(text, sizeof(struct line)));
    }
    table_json(json, order, look);
    check(json->str, json->len - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    struct machine m = {.entry = (char *)"m-1", .name = (char *)"m", .fd = -1, .greeted = true};
    struct look look = {0};
    struct machines all = {.list = g_ptr_array_new()};
    uint8_t how = in8(&in);

    m.status = (char *)"";
    look.windows = how & 1;
    look.total = how & 2;
    look.sort = (enum sort)(how >> 2) % SORTS;
    begin();
    change(&in);
    m.page = stats_map(page_fd, NULL);
    if (m.page) {
        g_ptr_array_add(all.list, &m);
        machines_read(&all);
        change(&in);
        machines_read(&all);
        m.before.us -= m.now.us <= m.before.us; /* however fast */
        show(&all, &look);
        stats_unmap(m.page);
        g_free(m.now.sum);
        g_free(m.now.range);
        g_free(m.before.sum);
        g_free(m.before.range);
    }
    g_ptr_array_free(all.list, TRUE);
    return 0;
}

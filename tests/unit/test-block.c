/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Images on the host: options, opening, locks shared with QEMU's tools, I/O and its errors. */
#include "block/block.h"
#include "core/device.h"
#include "core/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct device_class *const device_classes[] = {NULL};

static char *dir;

static char *path_of(const char *name)
{
    return g_build_filename(dir, name, NULL);
}

/* A file of len bytes that say where they are. */
static char *make(const char *name, size_t len)
{
    char *path = path_of(name);
    g_autofree uint8_t *data = g_malloc(len + 1);

    for (size_t i = 0; i < len; i++) {
        data[i] = (uint8_t)(i * 3 + i / 512);
    }
    g_assert_true(g_file_set_contents(path, (const char *)data, (gssize)len, NULL));
    return path;
}

static struct disk *open_with(const char *path, const char *options, GError **error)
{
    g_autofree char *text = g_strdup_printf("file=%s%s", path, options);
    struct keyval *kv = keyval_parse("-drive", text, NULL, error);
    struct disk *d = block_open(kv, "d0", error);

    if (d && !keyval_finish(kv, error)) {
        disk_free(d);
        d = NULL;
    }
    keyval_free(kv);
    return d;
}

static struct disk *open_ok(const char *path, const char *options)
{
    g_autoptr(GError) error = NULL;
    struct disk *d = open_with(path, options, &error);

    g_assert_no_error(error);
    g_assert_nonnull(d);
    return d;
}

/* Refused with a message of one line that says each of `words` (separated by |). */
static void refused(const char *path, const char *options, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) parts = g_strsplit(words, "|", -1);

    g_assert_null(open_with(path, options, &error));
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    g_assert_null(strchr(error->message, '\n'));
    for (char **w = parts; *w; w++) {
        if (!strstr(error->message, *w)) {
            g_error("\"%s\" does not say \"%s\"", error->message, *w);
        }
    }
    g_assert_null(disk_find("d0"));
}

/* -- requests -- */

static int last_error;
static unsigned ended;

static void done(void *opaque, struct disk_request *req, int error)
{
    (void)opaque;
    (void)req;
    last_error = error;
    ended++;
}

static int request(struct disk *d, enum disk_op op, uint64_t offset, void *buf, uint32_t len)
{
    struct disk_request req;
    unsigned before = ended;

    disk_request_init(&req, d, done, NULL);
    req.op = op;
    req.offset = offset;
    req.buffer = buf;
    req.length = len;
    disk_submit(&req);
    while (ended == before) {
        loop_iterate(true);
    }
    return last_error;
}

/* -- good images -- */

static void test_modes(void)
{
    static const char *const options[] = {
        "",
        ",format=raw",
        ",format=raw,cache=writeback,aio=threads,discard=unmap,detect-zeroes=on",
        ",cache=none,aio=native",
        ",cache=directsync",
        ",cache=writethrough",
        ",cache=unsafe,aio=io_uring",
        ",cache.direct=on,cache.no-flush=off",
        ",locking=off",
        ",file.locking=on,werror=report,rerror=report",
    };
    g_autofree char *path = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(options); i++) {
        g_autofree uint8_t *buf = g_malloc(70000);
        g_autofree uint8_t *got = g_malloc(70000);
        g_autofree char *contents = NULL;
        g_autoptr(GError) error = NULL;
        struct disk *d;
        gsize len;

        g_free(path);
        path = make("modes.img", 1 << 20);
        d = open_with(path, options[i], &error);
        if (!d && strstr(error->message, "cache=writeback")) {
            g_test_message("%s: %s", options[i], error->message);
            continue; /* a file system without direct I/O */
        }
        g_assert_no_error(error);
        g_assert_cmpuint(disk_size(d), ==, 1 << 20);
        g_assert_cmpstr(disk_file(d), ==, path);
        g_assert_cmpstr(disk_format(d), ==, "raw");
        memset(buf, 0xc3, 70000);
        g_assert_cmpint(request(d, DISK_READ, 512, got, 66 * 1024), ==, 0);
        g_assert_cmphex(got[513], ==, (uint8_t)(1025 * 3 + 2));
        g_assert_cmpint(request(d, DISK_WRITE, 1024, buf + 3, 130 * 512), ==, 0);
        g_assert_cmpint(request(d, DISK_READ, 512, got + 1, 132 * 512), ==, 0);
        g_assert_cmphex(got[1 + 511], ==, (uint8_t)(1023 * 3 + 1));
        g_assert_cmpmem(got + 1 + 512, 130 * 512, buf, 130 * 512);
        g_assert_cmphex(got[1 + 131 * 512], ==, (uint8_t)(132 * 512 * 3 + 132));
        g_assert_cmpint(request(d, DISK_FLUSH, 0, NULL, 0), ==, 0);
        disk_free(d);
        g_assert_true(g_file_get_contents(path, &contents, &len, NULL));
        g_assert_cmpuint(len, ==, 1 << 20);
        g_assert_cmpmem(contents + 1024, 130 * 512, buf, 130 * 512);
    }
}

static void test_readonly(void)
{
    g_autofree char *path = make("ro.img", 4096);
    struct stat before, after;
    uint8_t buf[512] = {0};
    struct disk *d;

    g_assert_cmpint(g_chmod(path, 0444), ==, 0);
    g_assert_cmpint(stat(path, &before), ==, 0);
    d = open_ok(path, ",readonly=on");
    g_assert_true(disk_readonly(d));
    g_assert_cmpint(request(d, DISK_WRITE, 0, buf, 512), ==, -EROFS);
    g_assert_cmpint(disk_write_now(d, 0, buf, 512), ==, -EROFS);
    g_assert_cmpint(request(d, DISK_READ, 0, buf, 512), ==, 0);
    g_assert_cmpint(request(d, DISK_FLUSH, 0, NULL, 0), ==, 0);
    disk_free(d);
    d = open_ok(path, ",read-only=on");
    disk_free(d);
    g_assert_cmpint(stat(path, &after), ==, 0);
    g_assert_cmpint(before.st_mtim.tv_sec, ==, after.st_mtim.tv_sec);
    g_assert_cmpint(before.st_mtim.tv_nsec, ==, after.st_mtim.tv_nsec);
}

static void test_now(void)
{
    g_autofree char *path = make("now.img", 65536);
    struct disk *d = open_ok(path, "");
    uint8_t a[4096], b[4096];
    int r;

    g_assert_cmpint(request(d, DISK_READ, 8192, a, sizeof(a)), ==, 0);
    r = disk_read_now(d, 8192, b, sizeof(b)); /* just read: in the page cache, if there is one */
    g_assert_true(r == 0 || r == -EAGAIN);
    if (r == 0) {
        g_assert_cmpmem(a, sizeof(a), b, sizeof(b));
    } else {
        g_test_message("this file system cannot tell what is cached");
    }
    memset(a, 7, sizeof(a));
    r = disk_write_now(d, 512, a, sizeof(a));
    g_assert_true(r == 0 || r == -EAGAIN);
    if (r) {
        g_assert_cmpint(request(d, DISK_WRITE, 512, a, sizeof(a)), ==, 0);
    }
    g_assert_cmpint(request(d, DISK_READ, 512, b, sizeof(b)), ==, 0);
    g_assert_cmpmem(a, sizeof(a), b, sizeof(b));
    g_assert_cmpint(disk_read_now(d, 65536, b, 512), ==, -ERANGE);
    disk_free(d);
}

/* 1000 bytes: two sectors, of which the second is padded. */
static void test_padded(void)
{
    static const char *const options[] = {"", ",cache=none"};

    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *path = make("odd.img", 1000);
        g_autoptr(GError) error = NULL;
        uint8_t buf[1024], zero[24] = {0};
        struct disk *d = open_with(path, options[i], &error);
        struct stat st;

        if (!d && strstr(error->message, "cache=writeback")) {
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpuint(disk_size(d), ==, 1024);
        memset(buf, 0xee, sizeof(buf));
        g_assert_cmpint(request(d, DISK_READ, 0, buf, 1024), ==, 0);
        g_assert_cmphex(buf[999], ==, (uint8_t)(999 * 3 + 1));
        g_assert_cmpmem(buf + 1000, 24, zero, 24);
        g_assert_cmpint(disk_read_now(d, 512, buf, 512), ==, -EAGAIN);
        g_assert_cmpint(request(d, DISK_READ, 1024, buf, 512), ==, -ERANGE);
        g_assert_cmpint(request(d, DISK_WRITE, 1024, buf, 512), ==, -ERANGE);
        g_assert_cmpint(request(d, DISK_WRITE, 0, buf, 512), ==, 0);
        g_assert_cmpint(stat(path, &st), ==, 0);
        g_assert_cmpint(st.st_size, ==, 1000);
        memset(buf, 0x55, 512);
        g_assert_cmpint(request(d, DISK_WRITE, 512, buf, 512), ==, 0);
        g_assert_cmpint(stat(path, &st), ==, 0);
        g_assert_cmpint(st.st_size, ==, 1024);
        memset(buf, 0, 512);
        g_assert_cmpint(request(d, DISK_READ, 512, buf, 512), ==, 0);
        g_assert_cmphex(buf[511], ==, 0x55);
        disk_free(d);
    }
}

/* Many at once, of several images, through at most four threads. */
static void test_many(void)
{
    enum { N = 24, ROUNDS = 20 };
    g_autofree char *path = make("many.img", N * 65536);
    struct disk *d = open_ok(path, "");
    static struct disk_request req[N];
    g_autofree uint8_t *buf = g_malloc0(N * 65536);

    for (unsigned round = 0; round < ROUNDS; round++) {
        ended = 0;
        for (unsigned i = 0; i < N; i++) {
            disk_request_init(&req[i], d, done, NULL);
            req[i].op = round & 1 ? DISK_READ : DISK_WRITE;
            req[i].offset = (uint64_t)i * 65536;
            req[i].buffer = buf + i * 65536;
            req[i].length = 65536;
            if (!(round & 1)) {
                memset(req[i].buffer, (int)(i + round), 65536);
            }
            disk_submit(&req[i]);
        }
        while (ended < N) {
            loop_iterate(true);
            g_assert_cmpint(last_error, ==, 0);
        }
        for (unsigned i = 0; i < N; i++) {
            g_assert_cmphex(buf[i * 65536 + 65535], ==, i + (round & ~1u));
        }
    }
    disk_free(d);
}

/* Closing waits for what is on its way. */
static void test_close_waits(void)
{
    g_autofree char *path = make("close.img", 1 << 20);
    g_autofree uint8_t *buf = g_malloc(1 << 20);
    g_autofree char *contents = NULL;
    struct disk *d = open_ok(path, "");
    struct disk_request req;
    gsize len;

    memset(buf, 0x42, 1 << 20);
    disk_request_init(&req, d, done, NULL);
    req.op = DISK_WRITE;
    req.buffer = buf;
    req.length = 1 << 20;
    disk_submit(&req);
    disk_eject(d);
    g_assert_true(g_file_get_contents(path, &contents, &len, NULL));
    g_assert_cmpmem(contents, len, buf, 1 << 20);
    while (req.busy) {
        loop_iterate(true);
    }
    disk_free(d);
}

/* The host cuts the image short while it is in use: errors, never a signal. */
static void test_truncated(void)
{
    static const char *const options[] = {"", ",cache=none"};

    for (unsigned i = 0; i < 2; i++) {
        g_autofree char *path = make("cut.img", 65536);
        g_autoptr(GError) error = NULL;
        uint8_t buf[4096];
        struct disk *d = open_with(path, options[i], &error);

        if (!d && strstr(error->message, "cache=writeback")) {
            continue;
        }
        g_assert_no_error(error);
        g_assert_cmpint(truncate(path, 8192), ==, 0);
        g_assert_cmpint(request(d, DISK_READ, 4096, buf, 4096), ==, 0);
        g_assert_cmpint(request(d, DISK_READ, 8192, buf, 4096), ==, -EIO);
        g_assert_cmpint(request(d, DISK_READ, 7680, buf, 1024), ==, -EIO);
        g_assert_cmpint(disk_read_now(d, 32768, buf, 4096), ==, -EAGAIN);
        g_assert_cmpint(unlink(path), ==, 0); /* removed: the descriptor stays good */
        g_assert_cmpint(request(d, DISK_WRITE, 0, buf, 4096), ==, 0);
        disk_free(d);
    }
}

/* -- bad images and options -- */

static void test_errors(void)
{
    g_autofree char *missing = path_of("missing.img");
    g_autofree char *empty = make("empty.img", 0);
    g_autofree char *fifo = path_of("fifo");
    g_autofree char *good = make("good.img", 4096);

    refused(missing, "", "-drive|missing.img|No such file|create");
    refused(dir, "", "directory|image file");
    refused(dir, ",readonly=on", "directory|image file");
    refused(empty, "", "empty.img|is empty|size");
    g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
    refused(fifo, "", "fifo|block device");
    refused(fifo, ",readonly=on", "fifo|block device");
    refused("/dev/null", "", "/dev/null|block device");
    refused("", "", "file= is missing");
    refused(good, ",format=qcow2", "format=qcow2|raw|qemu-img convert");
    refused(good, ",cache=fast", "cache=fast|writeback, none");
    refused(good, ",aio=magic", "aio=magic|threads");
    refused(good, ",readonly=maybe", "readonly=maybe|on or off");
    refused(good, ",locking=perhaps", "locking=perhaps|auto, on, off");
    refused(good, ",werror=stop", "werror=stop|report");
    refused(good, ",cahce=none", "cahce|cache");
}

static void test_permissions(void)
{
    g_autofree char *good = make("permissions.img", 4096);

    if (geteuid() == 0) {
        g_test_skip("root may open anything");
        return;
    }
    g_assert_cmpint(g_chmod(good, 0444), ==, 0);
    refused(good, "", "permissions.img|Permission denied|readonly=on");
    g_assert_cmpint(g_chmod(good, 0), ==, 0);
    refused(good, ",readonly=on", "permissions.img|Permission denied|right to read");
}

static void test_same_id(void)
{
    g_autofree char *path = make("id.img", 4096);
    struct disk *d = open_ok(path, "");
    g_autoptr(GError) error = NULL;

    g_assert_null(open_with(path, ",locking=off", &error));
    g_assert_nonnull(strstr(error->message, "id=d0 is taken"));
    disk_free(d);
}

/* -- locks -- */

static struct disk *open_second(const char *path, const char *options, GError **error)
{
    g_autofree char *text = g_strdup_printf("file=%s%s", path, options);
    struct keyval *kv = keyval_parse("-drive", text, NULL, NULL);
    struct disk *d = block_open(kv, "d1", error);

    keyval_free(kv);
    return d;
}

static void test_lock_ourselves(void)
{
    g_autofree char *path = make("lock.img", 4096);
    struct disk *a = open_ok(path, ""), *b;
    g_autoptr(GError) error = NULL;

    g_assert_null(open_second(path, "", &error));
    g_assert_nonnull(strstr(error->message, "Failed to get \"write\" lock"));
    g_assert_nonnull(strstr(error->message, "Is another process using the image ["));
    g_clear_error(&error);
    g_assert_null(open_second(path, ",readonly=on", &error));
    g_assert_nonnull(strstr(error->message, "Failed to get shared \"write\" lock"));
    g_clear_error(&error);
    b = open_second(path, ",locking=off", &error);
    g_assert_no_error(error);
    disk_free(b);
    disk_free(a);
    a = open_ok(path, ",readonly=on"); /* readers do not mind each other */
    b = open_second(path, ",readonly=on", &error);
    g_assert_no_error(error);
    disk_free(b);
    g_assert_null(open_second(path, "", &error));
    g_assert_nonnull(strstr(error->message, "Failed to get \"write\" lock"));
    disk_free(a);
    a = open_ok(path, ""); /* all locks are gone with the descriptor */
    disk_free(a);
}

/* Run a tool; its exit status, and what it said on stderr. */
static int tool(char **said, const char *name, ...)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_autofree char *out = NULL;
    va_list ap;
    char *arg;
    int status = -1;

    g_ptr_array_add(argv, (void *)(uintptr_t)name);
    va_start(ap, name);
    do {
        arg = va_arg(ap, char *);
        g_ptr_array_add(argv, arg);
    } while (arg);
    va_end(ap);
    g_assert_true(g_spawn_sync(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL,
                               &out, said, &status, NULL));
    return status;
}

static bool have(const char *name)
{
    g_autofree char *found = g_find_program_in_path(name);

    if (!found) {
        g_test_skip("the tools of QEMU are not installed");
    }
    return found != NULL;
}

static void test_lock_qemu_tools(void)
{
    g_autofree char *path = make("tools.img", 65536);
    g_autofree char *said = NULL;
    struct disk *d;

    if (!have("qemu-io") || !have("qemu-img")) {
        return;
    }
    d = open_ok(path, "");
    g_assert_cmpint(tool(&said, "qemu-io", "-f", "raw", "-c", "write 0 512", path, NULL), !=, 0);
    g_assert_nonnull(strstr(said, "Failed to get \"write\" lock"));
    g_clear_pointer(&said, g_free);
    g_assert_cmpint(tool(&said, "qemu-img", "resize", "-f", "raw", path, "1M", NULL), !=, 0);
    g_assert_nonnull(strstr(said, "lock"));
    g_clear_pointer(&said, g_free);
    disk_free(d);
    d = open_ok(path, ",readonly=on");
    g_assert_cmpint(tool(&said, "qemu-io", "-f", "raw", "-c", "write 0 512", path, NULL), !=, 0);
    g_assert_nonnull(strstr(said, "Failed to get \"write\" lock"));
    g_clear_pointer(&said, g_free);
    g_assert_cmpint(tool(&said, "qemu-io", "-r", "-f", "raw", "-c", "read 0 512", path, NULL), ==,
                    0);
    disk_free(d);
    g_clear_pointer(&said, g_free);
    g_assert_cmpint(tool(&said, "qemu-io", "-f", "raw", "-c", "write 0 512", path, NULL), ==, 0);
}

/* And the other way round: a tool of QEMU has the image. */
static void test_lock_held_by_qemu(void)
{
    g_autofree char *path = make("held.img", 65536);
    const char *argv[] = {"qemu-io", "-f", "raw", path, NULL};
    int in, out;
    GPid pid;
    char prompt;

    if (!have("qemu-io")) {
        return;
    }
    g_assert_true(g_spawn_async_with_pipes(NULL, (char **)(uintptr_t)argv, NULL,
                                           G_SPAWN_SEARCH_PATH, NULL, NULL, &pid, &in, &out, NULL,
                                           NULL));
    g_assert_cmpint(read(out, &prompt, 1), ==, 1); /* its prompt: the image is open */
    refused(path, ",readonly=on", "Failed to get shared \"write\" lock|held.img");
    close(in); /* end of input ends it */
    while (read(out, &prompt, 1) > 0) {
    }
    close(out);
    g_spawn_close_pid(pid);
    disk_free(open_ok(path, ",readonly=on"));
}

/* What a guest writes never decides how the image is read. */
static void test_cve_2008_2004(void)
{
    g_autofree char *path = make("probe.img", 65536);
    struct disk *d = open_ok(path, "");
    uint8_t header[512] = {'Q', 'F', 'I', 0xfb, 0, 0, 0, 3};

    g_assert_cmpint(request(d, DISK_WRITE, 0, header, 512), ==, 0);
    disk_free(d);
    d = open_ok(path, "");
    g_assert_cmpuint(disk_size(d), ==, 65536);
    g_assert_cmpstr(disk_format(d), ==, "raw");
    disk_free(d);
}

static void remove_dir(void)
{
    GDir *g = g_dir_open(dir, 0, NULL);
    const char *name;

    while (g && (name = g_dir_read_name(g)) != NULL) {
        g_autofree char *path = path_of(name);

        g_unlink(path);
    }
    if (g) {
        g_dir_close(g);
    }
    g_rmdir(dir);
}

int main(int argc, char **argv)
{
    int r;

    g_test_init(&argc, &argv, NULL);
    loop_init();
    dir = g_dir_make_tmp("vmx-block-XXXXXX", NULL);
    g_test_add_func("/block/modes", test_modes);
    g_test_add_func("/block/readonly", test_readonly);
    g_test_add_func("/block/now", test_now);
    g_test_add_func("/block/padded", test_padded);
    g_test_add_func("/block/many", test_many);
    g_test_add_func("/block/close-waits", test_close_waits);
    g_test_add_func("/block/truncated", test_truncated);
    g_test_add_func("/block/errors", test_errors);
    g_test_add_func("/block/permissions", test_permissions);
    g_test_add_func("/block/same-id", test_same_id);
    g_test_add_func("/block/lock-ourselves", test_lock_ourselves);
    g_test_add_func("/block/lock-qemu-tools", test_lock_qemu_tools);
    g_test_add_func("/block/lock-held-by-qemu", test_lock_held_by_qemu);
    g_test_add_func("/block/cve_2008_2004", test_cve_2008_2004);
    r = g_test_run();
    remove_dir();
    g_free(dir);
    return r;
}

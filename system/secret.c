/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Passwords by name: see secret.h. */
#include "system/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MAX 4096u /* bytes */

static GHashTable *secrets; /* id -> text */

static void wipe(void *text)
{
    explicit_bzero(text, strlen(text));
    g_free(text);
}

/* What a file holds, NULL with errno. */
static char *read_file(const char *path, gsize *len)
{
    char *text = g_malloc0(SECRET_MAX + 2);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = -1;

    *len = 0;
    while (fd >= 0 && *len <= SECRET_MAX &&
           (n = read(fd, text + *len, SECRET_MAX + 1 - *len)) > 0) {
        *len += (gsize)n;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (fd < 0 || n < 0) {
        g_free(text);
        return NULL;
    }
    return text;
}

static char *decode(struct keyval *kv, char *text, gsize len, const char *format, GError **error)
{
    guchar *raw;
    gsize raw_len;

    if (len > SECRET_MAX || memchr(text, 0, len)) {
        keyval_error(kv, error, "a secret is at most %u bytes, none of them zero", SECRET_MAX);
        wipe(text);
        return NULL;
    }
    if (strcmp(format, "base64") != 0) {
        return text;
    }
    raw = g_base64_decode(text, &raw_len);
    wipe(text);
    text = g_strndup((char *)raw, raw_len);
    explicit_bzero(raw, raw_len);
    g_free(raw);
    if (strlen(text) != raw_len) {
        keyval_error(kv, error, "a secret has no zero bytes");
        g_clear_pointer(&text, wipe);
    }
    return text;
}

bool secret_new(struct keyval *kv, GError **error)
{
    const char *id = keyval_take_last(kv, "id"), *data = keyval_take_last(kv, "data");
    const char *file = keyval_take_last(kv, "file"), *format = keyval_take_last(kv, "format");
    char *text;
    gsize len;

    if (!id || !id[0] || !data == !file) {
        keyval_error(kv, error, "expected secret,id=ID and one of data=TEXT and file=PATH");
        return false;
    }
    if (format && strcmp(format, "raw") != 0 && strcmp(format, "base64") != 0) {
        keyval_error(kv, error, "format=%s: expected raw or base64", format);
        return false;
    }
    if (!keyval_finish(kv, error)) {
        return false;
    }
    text = data ? g_strdup(data) : read_file(file, &len);
    if (!text) {
        keyval_error(kv, error, "file=%s: %s", file, g_strerror(errno));
        return false;
    }
    text = decode(kv, text, data ? strlen(data) : len, format ? format : "raw", error);
    if (!text) {
        return false;
    }
    if (!secrets) {
        secrets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, wipe);
    }
    if (!g_hash_table_insert(secrets, g_strdup(id), text)) {
        keyval_error(kv, error, "there are two with id=%s", id);
        return false;
    }
    return true;
}

const char *secret_find(const char *id)
{
    return secrets ? g_hash_table_lookup(secrets, id) : NULL;
}

void secret_free_all(void)
{
    g_clear_pointer(&secrets, g_hash_table_unref);
}

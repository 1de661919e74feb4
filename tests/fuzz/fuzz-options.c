/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line, one argument a line; option arguments; network and forward specifications. */
#include "core/keyval.h"
#include "system/options.h"
#include "tests/fuzz/board.h"
#ifdef CONFIG_SLIRP
#include "net/slirp_priv.h"
#endif

#define ARGS_MAX 32

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return freopen("/dev/null", "w", stdout) ? 0 : -1; /* -help is long */
}

static void command_line(char *text)
{
    struct options o;
    char *argv[ARGS_MAX + 2] = {(char[]){"vmx-dm"}};
    g_autoptr(GError) error = NULL;
    enum options_verdict v;
    int argc = 1;

    for (char *next; text && argc <= ARGS_MAX; text = next) {
        next = strchr(text, '\n');
        if (next) {
            *next++ = 0;
        }
        argv[argc++] = text;
    }
    v = options_parse(&o, argc, argv, &error);
    if ((v == OPTIONS_BAD) != (error != NULL)) {
        fuzz_fail("options", "verdict and error disagree");
    }
    options_clear(&o);
}

static void key_values(const char *text)
{
    struct keyval *kv = keyval_parse("-fuzz", text, "first", NULL);
    const char *key, *value;
    uint64_t n = 1;
    bool b = true;

    if (!kv) {
        return;
    }
    keyval_take(kv, "first");
    keyval_take_last(kv, "last");
    keyval_take_bool(kv, "bool", &b, NULL);
    keyval_take_uint(kv, "uint", 3, 1000, &n, NULL);
    if (n != 1 && (n < 3 || n > 1000)) {
        fuzz_fail("keyval", "a number out of range");
    }
    keyval_take_size(kv, "size", 1 << 20, &n, NULL);
    keyval_finish(kv, NULL);
    while (keyval_next(kv, &key, &value)) {
    }
    if (!keyval_finish(kv, NULL)) {
        fuzz_fail("keyval", "something is left after the last");
    }
    keyval_free(kv);
}

#ifdef CONFIG_SLIRP
static void user_network(const char *text)
{
    struct keyval *kv = keyval_parse("-netdev", text, "type", NULL);
    struct net_user_config c;

    if (kv) {
        keyval_take(kv, "type");
        keyval_take(kv, "id");
        if (net_user_config_parse(&c, kv, NULL)) {
            net_user_config_clear(&c);
        }
        keyval_free(kv);
    }
}

static void forward(const char *text)
{
    struct net_forward f;

    struct net_guestfwd g;

    net_forward_parse(&f, text, true, NULL);
    net_forward_parse(&f, text, false, NULL);
    if (net_guestfwd_parse(&g, text, NULL)) {
        net_guestfwd_clear(&g);
    }
}
#endif

static void properties(char *text)
{
    struct keyval *kv = keyval_parse("-device", text, "driver", NULL);
    const char *name = kv ? keyval_take(kv, "driver") : NULL;
    const struct device_class *c = name ? device_class_find(name) : NULL;
    const char *key, *value;
    struct device *d;

    if (c) {
        d = device_new(c, NULL);
        while (keyval_next(kv, &key, &value)) {
            g_autoptr(GError) error = NULL;

            if (device_set(d, key, value, &error)) {
                g_free(device_get(d, key));
            } else if (!error) {
                fuzz_fail(c->name, "refused without a word");
            }
        }
        device_free(d);
    }
    if (kv) {
        keyval_free(kv);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    g_autofree char *text = len ? g_strndup((const char *)data + 1, len - 1) : NULL;

    if (!text) {
        return 0;
    }
    switch (data[0] % 8) {
    case 0:
    case 1:
    case 2:
        command_line(text);
        break;
    case 3:
        key_values(text);
        break;
#ifdef CONFIG_SLIRP
    case 4:
        user_network(text);
        break;
    case 5:
        forward(text);
        break;
#endif
    default:
        properties(text);
        break;
    }
    return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys in, screen out: what an automatic tester does to a guest. Key names are QEMU's qcodes. */
#include "monitor/qmp.h"

#include "core/screendump.h"
#include "core/surface.h"

#include <string.h>

#define HOLD_DEFAULT_MS 100
#define HOLD_MAX_MS 10000
#define KEYS_MAX 16

static const struct {
    const char *name;
    uint16_t key; /* set 1 make code, 0xe0xx with prefix */
} qcodes[] = {
    {"esc", 0x01},
    {"1", 0x02},
    {"2", 0x03},
    {"3", 0x04},
    {"4", 0x05},
    {"5", 0x06},
    {"6", 0x07},
    {"7", 0x08},
    {"8", 0x09},
    {"9", 0x0a},
    {"0", 0x0b},
    {"minus", 0x0c},
    {"equal", 0x0d},
    {"backspace", 0x0e},
    {"tab", 0x0f},
    {"q", 0x10},
    {"w", 0x11},
    {"e", 0x12},
    {"r", 0x13},
    {"t", 0x14},
    {"y", 0x15},
    {"u", 0x16},
    {"i", 0x17},
    {"o", 0x18},
    {"p", 0x19},
    {"bracket_left", 0x1a},
    {"bracket_right", 0x1b},
    {"ret", 0x1c},
    {"ctrl", 0x1d},
    {"a", 0x1e},
    {"s", 0x1f},
    {"d", 0x20},
    {"f", 0x21},
    {"g", 0x22},
    {"h", 0x23},
    {"j", 0x24},
    {"k", 0x25},
    {"l", 0x26},
    {"semicolon", 0x27},
    {"apostrophe", 0x28},
    {"grave_accent", 0x29},
    {"shift", 0x2a},
    {"backslash", 0x2b},
    {"z", 0x2c},
    {"x", 0x2d},
    {"c", 0x2e},
    {"v", 0x2f},
    {"b", 0x30},
    {"n", 0x31},
    {"m", 0x32},
    {"comma", 0x33},
    {"dot", 0x34},
    {"slash", 0x35},
    {"shift_r", 0x36},
    {"asterisk", 0x37},
    {"kp_multiply", 0x37},
    {"alt", 0x38},
    {"spc", 0x39},
    {"caps_lock", 0x3a},
    {"f1", 0x3b},
    {"f2", 0x3c},
    {"f3", 0x3d},
    {"f4", 0x3e},
    {"f5", 0x3f},
    {"f6", 0x40},
    {"f7", 0x41},
    {"f8", 0x42},
    {"f9", 0x43},
    {"f10", 0x44},
    {"num_lock", 0x45},
    {"scroll_lock", 0x46},
    {"kp_7", 0x47},
    {"kp_8", 0x48},
    {"kp_9", 0x49},
    {"kp_subtract", 0x4a},
    {"kp_4", 0x4b},
    {"kp_5", 0x4c},
    {"kp_6", 0x4d},
    {"kp_add", 0x4e},
    {"kp_1", 0x4f},
    {"kp_2", 0x50},
    {"kp_3", 0x51},
    {"kp_0", 0x52},
    {"kp_decimal", 0x53},
    {"less", 0x56},
    {"f11", 0x57},
    {"f12", 0x58},
    {"kp_enter", 0xe01c},
    {"ctrl_r", 0xe01d},
    {"kp_divide", 0xe035},
    {"print", INPUT_KEY_PRINT},
    {"sysrq", INPUT_KEY_PRINT},
    {"alt_r", 0xe038},
    {"pause", INPUT_KEY_PAUSE},
    {"home", 0xe047},
    {"up", 0xe048},
    {"pgup", 0xe049},
    {"left", 0xe04b},
    {"right", 0xe04d},
    {"end", 0xe04f},
    {"down", 0xe050},
    {"pgdn", 0xe051},
    {"insert", 0xe052},
    {"delete", 0xe053},
    {"meta_l", 0xe05b},
    {"meta_r", 0xe05c},
    {"menu", 0xe05d},
    {"compose", 0xe05d},
};

static uint16_t key_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(qcodes); i++) {
        if (strcmp(qcodes[i].name, name) == 0) {
            return qcodes[i].key;
        }
    }
    return 0;
}

struct held {
    uint16_t keys[KEYS_MAX];
    guint n;
};

static gboolean release(gpointer opaque)
{
    struct held *h = opaque;

    while (h->n) {
        input_key(h->keys[--h->n], false);
    }
    g_free(h);
    return G_SOURCE_REMOVE;
}

/* {"type": "qcode", "data": "a"} or {"type": "number", "data": 30} */
static uint16_t key_value(JsonNode *node)
{
    JsonObject *o = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    JsonNode *data = o ? json_object_get_member(o, "data") : NULL;

    if (!data || !JSON_NODE_HOLDS_VALUE(data)) {
        return 0;
    }
    if (json_node_get_value_type(data) == G_TYPE_STRING) {
        return key_of(json_node_get_string(data));
    }
    if (json_node_get_value_type(data) == G_TYPE_INT64) {
        gint64 n = json_node_get_int(data);

        /* QEMU numbers prefixed keys from 0x80 */
        return n < 1 || n > 0xff ? 0 : (uint16_t)(n & 0x80 ? 0xe000 | (n & 0x7f) : n);
    }
    return 0;
}

JsonNode *qmp_send_key(JsonObject *args, GError **error)
{
    JsonNode *keys = args ? json_object_get_member(args, "keys") : NULL;
    JsonNode *hold = args ? json_object_get_member(args, "hold-time") : NULL;
    JsonArray *list = keys && JSON_NODE_HOLDS_ARRAY(keys) ? json_node_get_array(keys) : NULL;
    gint64 ms = HOLD_DEFAULT_MS;
    struct held *h;

    if (!list || json_array_get_length(list) > KEYS_MAX) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC,
                    "Parameter 'keys' must be an array of at most %d keys", KEYS_MAX);
        return NULL;
    }
    if (hold && JSON_NODE_HOLDS_VALUE(hold)) {
        ms = CLAMP(json_node_get_int(hold), 1, HOLD_MAX_MS);
    }
    h = g_new0(struct held, 1);
    for (guint i = 0; i < json_array_get_length(list); i++) {
        uint16_t key = key_value(json_array_get_element(list, i));

        if (!key) {
            g_set_error(error, QMP_ERROR, QMP_GENERIC, "key %u of 'keys' is not known", i + 1);
            g_free(h);
            return NULL;
        }
        h->keys[h->n++] = key;
    }
    for (guint i = 0; i < h->n; i++) {
        input_key(h->keys[i], true);
    }
    g_timeout_add((guint)ms, release, h);
    return qmp_nothing();
}

JsonNode *qmp_x_screen_text(JsonObject *args, GError **error)
{
    g_autofree char *text = NULL;
    JsonObject *o;

    (void)args;
    surface_refresh(false);
    text = surface_text();
    if (!text) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC, "the screen is not in a text mode");
        return NULL;
    }
    o = json_object_new();
    json_object_set_string_member(o, "text", text);
    return qmp_object(o);
}

/* The default adapter only, as PPM only. */
JsonNode *qmp_screendump(JsonObject *args, GError **error)
{
    JsonNode *name = args ? json_object_get_member(args, "filename") : NULL;
    JsonNode *format = args ? json_object_get_member(args, "format") : NULL;

    if (!name || !JSON_NODE_HOLDS_VALUE(name) || !json_node_get_string(name)) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter 'filename' is missing");
        return NULL;
    }
    if (format &&
        (!JSON_NODE_HOLDS_VALUE(format) || g_strcmp0(json_node_get_string(format), "ppm") != 0)) {
        g_set_error(error, QMP_ERROR, QMP_GENERIC, "Parameter 'format' must be 'ppm'");
        return NULL;
    }
    return surface_screendump(json_node_get_string(name), error) ? qmp_nothing() : NULL;
}

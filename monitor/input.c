/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys and mouse in, screen out: what an automatic tester does to a guest. Key names are QEMU's
 * qcodes.
 */
#include "monitor/command.h"

#include "core/screendump.h"
#include "core/surface.h"
#include "hw/display/vga_pci.h"
#include "system/vm.h"

#include <stdlib.h>
#include <string.h>

#define HOLD_DEFAULT_MS 100
#define HOLD_MAX_MS 10000
#define KEYS_MAX 16
#define MOVE_MAX 32767

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
    {"power", 0xe05e},
    {"sleep", 0xe05f},
    {"wake", 0xe063},
    {"ro", 0x73},
    {"yen", 0x7d},
    {"henkan", 0x79},
    {"muhenkan", 0x7b},
    {"hiragana", 0x70},
    {"katakanahiragana", 0x70},
    {"kp_comma", 0x7e},
    {"kp_equals", 0x59},
    {"volumeup", 0xe030},
    {"volumedown", 0xe02e},
    {"audiomute", 0xe020},
    {"audionext", 0xe019},
    {"audioprev", 0xe010},
    {"audiostop", 0xe024},
    {"audioplay", 0xe022},
    {"mediaselect", 0xe06d},
    {"mail", 0xe06c},
    {"calculator", 0xe021},
    {"computer", 0xe06b},
    {"ac_home", 0xe032},
    {"ac_back", 0xe06a},
    {"ac_forward", 0xe069},
    {"ac_refresh", 0xe067},
    {"ac_bookmarks", 0xe066},
    {"lang1", 0x72},
    {"lang2", 0x71},
};

/* The key of a name, 0 if there is none: a QKeyCode may have no key on a PC. */
static uint16_t key_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(qcodes); i++) {
        if (strcmp(qcodes[i].name, name) == 0) {
            return qcodes[i].key;
        }
    }
    return 0;
}

/* QEMU numbers prefixed keys from 80h. */
static uint16_t key_number(gint64 n)
{
    return n < 1 || n > 0xff ? 0 : (uint16_t)(n & 0x80 ? 0xe000 | (n & 0x7f) : n);
}

void input_key_names(const char *prefix, GPtrArray *to)
{
    const char *dash = strrchr(prefix, '-');
    g_autofree char *before = dash ? g_strndup(prefix, (gsize)(dash - prefix) + 1) : g_strdup("");

    for (size_t i = 0; i < G_N_ELEMENTS(qcodes); i++) {
        if (g_str_has_prefix(qcodes[i].name, dash ? dash + 1 : prefix)) {
            g_ptr_array_add(to, g_strconcat(before, qcodes[i].name, NULL));
        }
    }
}

/* {"type": "qcode", "data": "a"} or {"type": "number", "data": 30}, checked before. */
static bool key_value(JsonObject *o, uint16_t *key, GError **error)
{
    JsonNode *data = json_object_get_member(o, "data");

    if (json_node_get_value_type(data) == G_TYPE_STRING) {
        *key = key_of(json_node_get_string(data));
        return true;
    }
    *key = key_number(json_node_get_int(data));
    return *key || qmp_fail(error, "there is no key number %" G_GINT64_FORMAT,
                            json_node_get_int(data)) != NULL;
}

/* A name in the schema, whether or not a PC has such a key. */
static bool is_name(const char *name)
{
    g_auto(GStrv) words = g_strsplit(type_words("QKeyCode"), " ", -1);

    return g_strv_contains((const char *const *)words, name);
}

static void key(uint16_t code, bool down)
{
    if (code) {
        input_key(code, down);
    }
}

/* -- keys pressed together, released after a while -- */

struct held {
    uint16_t keys[KEYS_MAX];
    guint n;
};

static gboolean release(gpointer opaque)
{
    struct held *h = opaque;

    while (h->n) {
        key(h->keys[--h->n], false);
    }
    g_free(h);
    return G_SOURCE_REMOVE;
}

static void press(const struct held *keys, gint64 ms)
{
    struct held *h = g_new(struct held, 1);

    *h = *keys;
    for (guint i = 0; i < h->n; i++) {
        key(h->keys[i], true);
    }
    g_timeout_add((guint)CLAMP(ms, 1, HOLD_MAX_MS), release, h);
}

JsonNode *qmp_send_key(JsonObject *args, GError **error)
{
    JsonArray *list = json_object_get_array_member(args, "keys");
    struct held h = {.n = 0};

    if (json_array_get_length(list) > KEYS_MAX) {
        return qmp_fail(error, "Parameter 'keys' must be an array of at most %d keys", KEYS_MAX);
    }
    for (guint i = 0; i < json_array_get_length(list); i++) {
        if (!key_value(json_array_get_object_element(list, i), &h.keys[h.n++], error)) {
            return NULL;
        }
    }
    press(&h, arg_int(args, "hold-time", HOLD_DEFAULT_MS));
    return qmp_nothing();
}

/* "a", or "0x1e". */
static bool key_typed(const char *name, uint16_t *code)
{
    char *end;

    if (!g_str_has_prefix(name, "0x")) {
        *code = key_of(name);
        return is_name(name);
    }
    *code = key_number((gint64)g_ascii_strtoull(name + 2, &end, 16));
    return *code && end > name + 2 && *end == 0;
}

JsonNode *hmp_sendkey(JsonObject *args, GError **error)
{
    g_auto(GStrv) names = g_strsplit(json_object_get_string_member(args, "keys"), "-", -1);
    struct held h = {.n = 0};

    (void)error;
    for (char **n = names; *n; n++) {
        const char *name = strcmp(*n, "<") == 0 ? "less" : *n;
        uint16_t code;

        if (!key_typed(name, &code)) {
            return qmp_text(g_strdup_printf("invalid parameter: %s\n", name));
        }
        if (h.n == KEYS_MAX) {
            return qmp_text(g_strdup("too many keys\n"));
        }
        h.keys[h.n++] = code;
    }
    press(&h, arg_int(args, "hold-time", HOLD_DEFAULT_MS));
    return qmp_text(g_strdup(""));
}

/* -- the mouse -- */

static uint32_t buttons; /* held by us */

JsonNode *qmp_query_mice(JsonObject *args, GError **error)
{
    struct input_pointer p[INPUT_POINTERS];
    unsigned n = input_pointers(p);
    JsonArray *a = json_array_new();

    (void)args;
    (void)error;
    for (unsigned i = 0; i < n; i++) {
        JsonObject *o = json_object_new();

        json_object_set_string_member(o, "name", p[i].name);
        json_object_set_int_member(o, "index", p[i].index);
        json_object_set_boolean_member(o, "current", p[i].current);
        json_object_set_boolean_member(o, "absolute", p[i].absolute);
        json_array_add_object_element(a, o);
    }
    return qmp_array(a);
}

JsonNode *hmp_mouse_set(JsonObject *args, GError **error)
{
    gint64 index = json_object_get_int_member(args, "index");

    (void)error;
    if (index < 0 || index > G_MAXINT || !input_pointer_use((unsigned)index)) {
        return qmp_text(
            g_strdup_printf("Mouse at index '%" G_GINT64_FORMAT "' not found\n", index));
    }
    return qmp_text(g_strdup(""));
}

static int32_t distance(const char *text)
{
    return (int32_t)CLAMP(strtol(text, NULL, 0), -MOVE_MAX, MOVE_MAX);
}

JsonNode *hmp_mouse_move(JsonObject *args, GError **error)
{
    (void)error;
    input_motion(distance(json_object_get_string_member(args, "dx")),
                 distance(json_object_get_string_member(args, "dy")),
                 distance(arg_str(args, "dz", "0")));
    return qmp_nothing();
}

JsonNode *hmp_mouse_button(JsonObject *args, GError **error)
{
    gint64 state = json_object_get_int_member(args, "state");

    (void)error;
    buttons = (state & 1 ? INPUT_LEFT : 0) | (state & 2 ? INPUT_RIGHT : 0) |
              (state & 4 ? INPUT_MIDDLE : 0);
    input_buttons(buttons);
    return qmp_nothing();
}

/* "device", "head": there is one screen, and the card that has it may be named by its id. */
static bool has_screen(JsonObject *args, GError **error)
{
    const char *name = arg_str(args, "device", NULL);
    struct device *d = name ? device_find(name) : NULL;
    gint64 head = arg_int(args, "head", 0);

    if (!name) {
        return true;
    }
    if (!d) {
        return qmp_no_device(name, error) != NULL;
    }
    return (d->cls == &vga_pci_class && head == 0) ||
           qmp_fail(error, "Device %s (head %" G_GINT64_FORMAT ") is not bound to a QemuConsole",
                    name, head) != NULL;
}

/* -- input-send-event: checked whole, then done, motion as one -- */

struct motion {
    gint64 dx, dy, dz;
    bool placed;
};

static gint64 at_x, at_y; /* where positions have led; one axis may come alone */

static uint32_t button_bit(const char *name)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } rows[] = {
        {"left", INPUT_LEFT}, {"middle", INPUT_MIDDLE}, {"right", INPUT_RIGHT},
        {"side", INPUT_SIDE}, {"extra", INPUT_EXTRA},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return rows[i].bit;
        }
    }
    return 0;
}

static void button(const char *name, bool down, struct motion *m)
{
    uint32_t bit = button_bit(name);

    if (strcmp(name, "wheel-up") == 0) {
        m->dz -= down;
    } else if (strcmp(name, "wheel-down") == 0) {
        m->dz += down;
    }
    if (bit) {
        buttons = down ? buttons | bit : buttons & ~bit;
        input_buttons(buttons);
    }
}

static void move(struct motion *m)
{
    if (m->placed) {
        input_position((uint32_t)at_x, (uint32_t)at_y);
    }
    if (m->dx || m->dy || m->dz) {
        input_motion((int32_t)CLAMP(m->dx, -MOVE_MAX, MOVE_MAX),
                     (int32_t)CLAMP(m->dy, -MOVE_MAX, MOVE_MAX),
                     (int32_t)CLAMP(m->dz, -MOVE_MAX, MOVE_MAX));
    }
    *m = (struct motion){0};
}

static bool sendable(JsonObject *event, GError **error)
{
    JsonObject *data = json_object_get_object_member(event, "data");
    const char *type = json_object_get_string_member(event, "type");
    uint16_t code;

    if (strcmp(type, "abs") == 0 && !input_absolute()) {
        qmp_fail(error, "Input handler not found for event type abs");
        return false;
    }
    return strcmp(type, "key") != 0 ||
           key_value(json_object_get_object_member(data, "key"), &code, error);
}

static void send(JsonObject *event, struct motion *m)
{
    JsonObject *data = json_object_get_object_member(event, "data");
    const char *type = json_object_get_string_member(event, "type");
    uint16_t code;

    if (strcmp(type, "abs") == 0) {
        gint64 v = CLAMP(json_object_get_int_member(data, "value"), 0, INPUT_POSITION_MAX);

        *(strcmp(json_object_get_string_member(data, "axis"), "x") == 0 ? &at_x : &at_y) = v;
        m->placed = true;
        return;
    }
    if (strcmp(type, "rel") == 0) {
        gint64 v = CLAMP(json_object_get_int_member(data, "value"), -MOVE_MAX, MOVE_MAX);

        *(strcmp(json_object_get_string_member(data, "axis"), "x") == 0 ? &m->dx : &m->dy) += v;
        return;
    }
    if (strcmp(type, "btn") == 0) {
        move(m);
        button(json_object_get_string_member(data, "button"),
               json_object_get_boolean_member(data, "down"), m);
        return;
    }
    if (key_value(json_object_get_object_member(data, "key"), &code, NULL)) {
        key(code, json_object_get_boolean_member(data, "down"));
    }
}

JsonNode *qmp_input_send_event(JsonObject *args, GError **error)
{
    JsonArray *list = json_object_get_array_member(args, "events");
    struct motion m = {0};

    if (!has_screen(args, error)) {
        return NULL;
    }
    if (!vm_running()) {
        return qmp_fail(error, "VM not running");
    }
    for (guint i = 0; i < json_array_get_length(list); i++) {
        if (!sendable(json_array_get_object_element(list, i), error)) {
            return NULL;
        }
    }
    for (guint i = 0; i < json_array_get_length(list); i++) {
        send(json_array_get_object_element(list, i), &m);
    }
    move(&m);
    return qmp_nothing();
}

/* -- the screen -- */

JsonNode *qmp_x_screen_text(JsonObject *args, GError **error)
{
    g_autofree char *text = NULL;
    JsonObject *o;

    (void)args;
    surface_refresh(false);
    text = surface_text();
    if (!text) {
        return qmp_fail(error, "the screen is not in a text mode");
    }
    o = json_object_new();
    json_object_set_string_member(o, "text", text);
    return qmp_object(o);
}

JsonNode *qmp_screendump(JsonObject *args, GError **error)
{
    bool png = strcmp(arg_str(args, "format", "ppm"), "png") == 0;
    int fd;

    if (json_object_has_member(args, "head") && !json_object_has_member(args, "device")) {
        return qmp_fail(error, "'head' must be specified together with 'device'");
    }
    if (!has_screen(args, error)) {
        return NULL;
    }
    surface_refresh(true);
    if (!surface_current()->pixels) {
        return qmp_fail(error, "There is no console to take a screendump from");
    }
    fd = monitor_create(json_object_get_string_member(args, "filename"), "failed to open file",
                        error);
    return fd >= 0 && surface_screendump(fd, png, json_object_get_string_member(args, "filename"),
                                         error)
               ? qmp_nothing()
               : NULL;
}

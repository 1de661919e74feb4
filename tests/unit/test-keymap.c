/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keyboard layouts backwards. Positions are those of the national standards' keyboards. */
#include "core/surface.h"
#include "ui/client/keymap.h"

#include <xkbcommon/xkbcommon.h>

struct want {
    const char *layout;
    uint32_t unicode;
    uint16_t code;
    unsigned modifiers;
};

static const struct want wants[] = {
    {"en-us", 'a', 0x1e, 0},
    {"en-us", 'A', 0x1e, KEYMAP_SHIFT},
    {"en-us", '@', 0x03, KEYMAP_SHIFT},
    {"en-us", '/', 0x35, 0},
    {"en-us", ' ', 0x39, 0},
    {"en-us", '\n', 0x1c, 0},
    {"en-us", '\t', 0x0f, 0},
    {"us(dvorak)", 'e', 0x20, 0},
    {"us", '~', 0x29, KEYMAP_SHIFT},
    {"en-gb", '"', 0x03, KEYMAP_SHIFT},
    {"en-gb", 0xa3, 0x04, KEYMAP_SHIFT},
    {"de", 'z', 0x15, 0},
    {"de", '@', 0x10, KEYMAP_ALTGR},
    {"de", '\\', 0x0c, KEYMAP_ALTGR},
    {"de", '*', 0x1b, KEYMAP_SHIFT}, /* rather than the keypad's */
    {"de", 0xe4, 0x28, 0},
    {"de", 0x20ac, 0x12, KEYMAP_ALTGR},
    {"de", '<', 0x56, 0},
    {"de-ch", '@', 0x03, KEYMAP_ALTGR},
    {"de-ch", 0xe8, 0x1a, KEYMAP_SHIFT},
    {"fr-ch", 0xe8, 0x1a, 0},
    {"fr", 'a', 0x10, 0},
    {"fr", '1', 0x02, KEYMAP_SHIFT},
    {"bepo", 'b', 0x10, 0},
    {"sv", 0xe5, 0x1a, 0},
    {"da", 0xe6, 0x27, 0},
    {"ja", '_', 0x73, KEYMAP_SHIFT},
    {"pt-br", '/', 0x73, 0},
    {"ru", 0x444, 0x1e, 0},
    {"ru", 'f', 0x21, 0}, /* of the other group */
    {"tr", 0x131, 0x17, 0},
};

static void test_chars(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(wants); i++) {
        const struct want *w = &wants[i];
        g_autoptr(GError) error = NULL;
        struct keymap *k = keymap_new(w->layout, &error);
        struct keymap_key key = {0};

        g_assert_no_error(error);
        if (!keymap_find_char(k, w->unicode, &key) || key.code != w->code ||
            key.modifiers != w->modifiers) {
            g_test_message("%s U+%04X: %02x %u", w->layout, w->unicode, key.code, key.modifiers);
            g_test_fail();
        }
        keymap_free(k);
    }
}

static void test_keysyms(void)
{
    static const struct {
        uint32_t keysym;
        uint16_t code;
    } keys[] = {
        {XKB_KEY_Return, 0x1c},
        {XKB_KEY_Escape, 0x01},
        {XKB_KEY_BackSpace, 0x0e},
        {XKB_KEY_F1, 0x3b},
        {XKB_KEY_F11, 0x57},
        {XKB_KEY_F12, 0x58},
        {XKB_KEY_Shift_L, 0x2a},
        {XKB_KEY_Shift_R, 0x36},
        {XKB_KEY_Control_L, 0x1d},
        {XKB_KEY_Control_R, 0xe01d},
        {XKB_KEY_Alt_L, 0x38},
        {XKB_KEY_ISO_Level3_Shift, 0xe038},
        {XKB_KEY_Super_L, 0xe05b},
        {XKB_KEY_Menu, 0xe05d},
        {XKB_KEY_Left, 0xe04b},
        {XKB_KEY_Up, 0xe048},
        {XKB_KEY_Delete, 0xe053},
        {XKB_KEY_KP_Enter, 0xe01c},
        {XKB_KEY_KP_7, 0x47},
        {XKB_KEY_KP_Home, 0x47},
        {XKB_KEY_KP_Add, 0x4e},
        {XKB_KEY_Num_Lock, 0x45},
        {XKB_KEY_Caps_Lock, 0x3a},
        {XKB_KEY_Scroll_Lock, 0x46},
        {XKB_KEY_Print, INPUT_KEY_PRINT},
        {XKB_KEY_Pause, INPUT_KEY_PAUSE},
        {XKB_KEY_Page_Up, 0xe049},
        {XKB_KEY_ISO_Left_Tab, 0x0f},
        {XKB_KEY_udiaeresis, 0x1a},
        {0x010000fc, 0x1a}, /* the same as its Unicode keysym */
    };
    g_autoptr(GError) error = NULL;
    struct keymap *k = keymap_new("de", &error);
    struct keymap_key key;

    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        key.code = 0;
        if (!keymap_find(k, keys[i].keysym, &key) || key.code != keys[i].code) {
            g_test_message("keysym %x: %x rather than %x", keys[i].keysym, key.code, keys[i].code);
            g_test_fail();
        }
    }
    g_assert_false(keymap_find(k, 0, &key));
    g_assert_false(keymap_find(k, 0xffffffff, &key));
    g_assert_false(keymap_find(k, XKB_KEY_Cyrillic_a, &key));
    g_assert_false(keymap_find_char(k, 0, &key));
    g_assert_false(keymap_find_char(k, 0x4e00, &key));
    keymap_free(k);
}

static void test_names(void)
{
    static const char *const all[] = {
        "ar", "bepo",  "cz",    "da",    "de", "de-ch", "en-gb", "en-us", "es", "et", "fi", "fo",
        "fr", "fr-be", "fr-ca", "fr-ch", "hr", "hu",    "is",    "it",    "ja", "lt", "lv", "mk",
        "nl", "nl-be", "no",    "pl",    "pt", "pt-br", "ru",    "sl",    "sv", "th", "tr",
    };
    static const char *const wrong[] = {"",    "xx",    "de(",   "de()",   "de(nosuch)", "de)",
                                        "a/b", "../de", "de,us", "de(a)b", "DE CH"};

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        g_autoptr(GError) error = NULL;
        struct keymap *k = keymap_new(all[i], &error);
        struct keymap_key key;

        g_assert_no_error(error);
        for (uint32_t c = 'a'; c <= 'z'; c++) {
            if (!keymap_find_char(k, c, &key)) {
                g_test_message("%s: no %c", all[i], (int)c);
                g_test_fail();
            }
        }
        keymap_free(k);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(keymap_new(wrong[i], &error));
        g_assert_nonnull(strstr(error->message, wrong[i]));
        g_assert_nonnull(strstr(error->message, "de-ch"));
    }
    keymap_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/keymap/chars", test_chars);
    g_test_add_func("/keymap/keysyms", test_keysyms);
    g_test_add_func("/keymap/names", test_names);
    return g_test_run();
}

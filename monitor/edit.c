/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Editing a line: see edit.h. Keys are those of Emacs and of every shell. */
#include "monitor/edit.h"

#include <string.h>

#define CTRL(c) ((c)&0x1f)
#define ESC 0x1b
#define DEL 0x7f
#define COLUMNS 78u /* of a list of completions */

enum edit_state {
    STATE_TEXT,
    STATE_ESC, /* after ESC */
    STATE_CSI, /* after ESC [ */
    STATE_SS3, /* after ESC O */
};

struct edit {
    const struct edit_ops *ops;
    void *opaque;
    char *prompt;
    char *secret; /* the prompt of a secret line, NULL: the line is none */
    GString *line;
    gsize cursor; /* in bytes, between characters */
    enum edit_state state;
    unsigned number; /* of an escape sequence */
    bool after_cr;   /* a line feed right after belongs to it */
    GPtrArray *history;
    guint at;    /* in the history; its length: the line being typed */
    char *saved; /* that line, while another is shown */
};

/* -- output -- */

static void put(struct edit *e, const char *text)
{
    e->ops->put(e->opaque, text, strlen(text));
}

static bool starts_char(char c)
{
    return ((uint8_t)c & 0xc0) != 0x80;
}

/* How many columns some bytes take; each character one. */
static unsigned columns(const char *s, gsize len)
{
    unsigned n = 0;

    for (gsize i = 0; i < len; i++) {
        n += starts_char(s[i]);
    }
    return n;
}

static const char *prompt(const struct edit *e)
{
    return e->secret ? e->secret : e->prompt;
}

/* Text of the line, or as many stars. */
static void put_text(struct edit *e, const char *text, gsize len)
{
    if (e->secret) {
        g_autofree char *stars = g_strnfill(columns(text, len), '*');

        put(e, stars);
    } else {
        e->ops->put(e->opaque, text, len);
    }
}

static void redraw(struct edit *e)
{
    unsigned back = columns(e->line->str + e->cursor, e->line->len - e->cursor);

    put(e, "\r");
    put(e, prompt(e));
    put_text(e, e->line->str, e->line->len);
    put(e, "\x1b[K");
    if (back) {
        g_autofree char *move = g_strdup_printf("\x1b[%uD", back);

        put(e, move);
    }
}

void edit_prompt(struct edit *e)
{
    put(e, prompt(e));
}

void edit_secret(struct edit *e, const char *text)
{
    g_free(e->secret);
    e->secret = g_strdup(text);
}

/* -- the cursor -- */

static gsize before(const struct edit *e, gsize at)
{
    while (at > 0 && !starts_char(e->line->str[--at])) {
    }
    return at;
}

static gsize after(const struct edit *e, gsize at)
{
    if (at < e->line->len) {
        at++;
    }
    while (at < e->line->len && !starts_char(e->line->str[at])) {
        at++;
    }
    return at;
}

static void move(struct edit *e, gsize to)
{
    if (to != e->cursor) {
        e->cursor = to;
        redraw(e);
    }
}

static void erase(struct edit *e, gsize from, gsize to)
{
    if (to > from) {
        g_string_erase(e->line, (gssize)from, (gssize)(to - from));
        e->cursor = from;
        redraw(e);
    }
}

static void erase_word(struct edit *e)
{
    gsize from = e->cursor;

    while (from > 0 && e->line->str[from - 1] == ' ') {
        from--;
    }
    while (from > 0 && e->line->str[from - 1] != ' ') {
        from--;
    }
    erase(e, from, e->cursor);
}

static void insert(struct edit *e, const char *text, gsize len)
{
    if (e->line->len + len > EDIT_LINE_MAX) {
        put(e, "\a");
        return;
    }
    g_string_insert_len(e->line, (gssize)e->cursor, text, (gssize)len);
    e->cursor += len;
    if (e->cursor == e->line->len) {
        put_text(e, text, len);
    } else {
        redraw(e);
    }
}

/* -- history -- */

const char *edit_history(const struct edit *e, guint n)
{
    return n < e->history->len ? g_ptr_array_index(e->history, n) : NULL;
}

static void remember(struct edit *e)
{
    guint n = e->history->len;

    if (e->line->len == 0 ||
        (n && strcmp(g_ptr_array_index(e->history, n - 1), e->line->str) == 0)) {
        return;
    }
    if (n >= EDIT_HISTORY) {
        g_ptr_array_remove_index(e->history, 0);
    }
    g_ptr_array_add(e->history, g_strdup(e->line->str));
}

static void recall(struct edit *e, int step)
{
    guint to = e->at + (guint)step;

    if (e->secret || to > e->history->len) { /* below 0 wraps to above */
        return;
    }
    if (e->at == e->history->len) {
        g_free(e->saved);
        e->saved = g_strdup(e->line->str);
    }
    e->at = to;
    g_string_assign(e->line, to == e->history->len ? e->saved : g_ptr_array_index(e->history, to));
    e->cursor = e->line->len;
    redraw(e);
}

/* -- completion -- */

static void list(struct edit *e, GPtrArray *words)
{
    gsize widest = 0;
    guint per_line;

    for (guint i = 0; i < words->len; i++) {
        widest = MAX(widest, strlen(g_ptr_array_index(words, i)));
    }
    per_line = (guint)MAX(COLUMNS / (widest + 2), 1);
    for (guint i = 0; i < words->len; i++) {
        g_autofree char *cell =
            g_strdup_printf("%-*s", (int)widest + 2, (const char *)g_ptr_array_index(words, i));

        put(e, i % per_line ? "" : "\r\n");
        put(e, cell);
    }
    put(e, "\r\n");
    redraw(e);
}

/* Length of what all words begin with. */
static gsize common(GPtrArray *words)
{
    const char *first = g_ptr_array_index(words, 0);
    gsize len = strlen(first);

    for (guint i = 1; i < words->len; i++) {
        const char *word = g_ptr_array_index(words, i);
        gsize n = 0;

        while (n < len && word[n] == first[n]) {
            n++;
        }
        len = n;
    }
    return len;
}

static void complete(struct edit *e)
{
    g_autofree char *left = g_strndup(e->line->str, e->cursor);
    const char *space = strrchr(left, ' ');
    gsize typed = strlen(space ? space + 1 : left), len;
    g_autoptr(GPtrArray) words = NULL;

    if (e->secret) {
        return;
    }
    words = e->ops->complete(e->opaque, left);
    if (words->len == 0) {
        return;
    }
    len = common(words);
    if (len > typed) {
        insert(e, (char *)g_ptr_array_index(words, 0) + typed, len - typed);
    } else if (words->len > 1) {
        list(e, words);
    }
    if (words->len == 1 && !g_str_has_suffix(g_ptr_array_index(words, 0), "/")) { /* a folder */
        insert(e, " ", 1);
    }
}

/* -- keys -- */

static char *enter(struct edit *e)
{
    char *line;

    if (!e->secret) {
        remember(e);
    }
    e->at = e->history->len;
    line = g_strdup(e->line->str);
    if (e->secret) {
        memset(e->line->str, 0, e->line->len);
        g_clear_pointer(&e->secret, g_free);
    }
    g_string_truncate(e->line, 0);
    e->cursor = 0;
    put(e, "\r\n");
    return line;
}

static void control(struct edit *e, uint8_t byte)
{
    switch (byte) {
    case CTRL('A'):
        move(e, 0);
        break;
    case CTRL('B'):
        move(e, before(e, e->cursor));
        break;
    case CTRL('C'):
        put(e, "^C\r\n");
        edit_reset(e);
        e->ops->cancelled(e->opaque);
        edit_prompt(e);
        break;
    case CTRL('D'):
        erase(e, e->cursor, after(e, e->cursor));
        break;
    case CTRL('E'):
        move(e, e->line->len);
        break;
    case CTRL('F'):
        move(e, after(e, e->cursor));
        break;
    case CTRL('H'):
    case DEL:
        erase(e, before(e, e->cursor), e->cursor);
        break;
    case CTRL('I'):
        complete(e);
        break;
    case CTRL('K'):
        erase(e, e->cursor, e->line->len);
        break;
    case CTRL('L'):
        put(e, "\x1b[2J\x1b[H");
        redraw(e);
        break;
    case CTRL('N'):
        recall(e, 1);
        break;
    case CTRL('P'):
        recall(e, -1);
        break;
    case CTRL('U'):
        erase(e, 0, e->cursor);
        break;
    case CTRL('W'):
        erase_word(e);
        break;
    default:
        break;
    }
}

/* The end of ESC [ n byte or ESC O byte. */
static void sequence(struct edit *e, uint8_t byte)
{
    switch (byte) {
    case 'A':
        recall(e, -1);
        break;
    case 'B':
        recall(e, 1);
        break;
    case 'C':
        move(e, after(e, e->cursor));
        break;
    case 'D':
        move(e, before(e, e->cursor));
        break;
    case 'H':
        move(e, 0);
        break;
    case 'F':
        move(e, e->line->len);
        break;
    case '~':
        if (e->number == 1 || e->number == 7) {
            move(e, 0);
        } else if (e->number == 4 || e->number == 8) {
            move(e, e->line->len);
        } else if (e->number == 3) {
            erase(e, e->cursor, after(e, e->cursor));
        }
        break;
    default:
        break;
    }
}

static void feed_escape(struct edit *e, uint8_t byte)
{
    if (e->state == STATE_ESC) {
        e->number = 0;
        e->state = byte == '[' ? STATE_CSI : byte == 'O' ? STATE_SS3 : STATE_TEXT;
        return;
    }
    if (e->state == STATE_CSI && g_ascii_isdigit(byte)) {
        e->number = (e->number * 10 + byte - '0') % 1000;
        return;
    }
    if (e->state == STATE_CSI && byte < 0x40 && byte >= 0x20) {
        return; /* parameters and modifiers that we do not know */
    }
    e->state = STATE_TEXT;
    sequence(e, byte);
}

char *edit_feed(struct edit *e, uint8_t byte)
{
    bool after_cr = e->after_cr;

    e->after_cr = byte == '\r';
    if (e->state != STATE_TEXT) {
        feed_escape(e, byte);
    } else if (byte == '\n' || byte == '\r') {
        return byte == '\n' && after_cr ? NULL : enter(e);
    } else if (byte == ESC) {
        e->state = STATE_ESC;
    } else if (byte < 0x20 || byte == DEL) {
        control(e, byte);
    } else {
        char c = (char)byte;

        insert(e, &c, 1);
    }
    return NULL;
}

/* -- life -- */

void edit_reset(struct edit *e)
{
    memset(e->line->str, 0, e->line->len); /* it may have been secret */
    g_clear_pointer(&e->secret, g_free);
    g_string_truncate(e->line, 0);
    e->cursor = 0;
    e->state = STATE_TEXT;
    e->after_cr = false;
    e->at = e->history->len;
}

struct edit *edit_new(const char *prompt, const struct edit_ops *ops, void *opaque)
{
    struct edit *e = g_new0(struct edit, 1);

    e->prompt = g_strdup(prompt);
    e->ops = ops;
    e->opaque = opaque;
    e->line = g_string_new(NULL);
    e->history = g_ptr_array_new_with_free_func(g_free);
    return e;
}

void edit_free(struct edit *e)
{
    g_string_free(e->line, TRUE);
    g_ptr_array_unref(e->history);
    g_free(e->saved);
    g_free(e->secret);
    g_free(e->prompt);
    g_free(e);
}

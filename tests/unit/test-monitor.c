/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's table of commands, its types, its line editor, expressions and page walk. */
#include "accel/accel.h"
#include "core/loop.h"
#include "core/space.h"
#include "monitor/command.h"
#include "monitor/edit.h"
#include "monitor/json.h"
#include "monitor/walk.h"

#include <string.h>

/* -- the table -- */

static bool known_type(const char *type)
{
    static const char *const builtins[] = {"str", "int", "number", "bool", "any", NULL};
    g_autofree char *element = NULL;
    g_autoptr(JsonNode) node = NULL;
    g_autoptr(GError) error = NULL;

    if (*type == '[') {
        element = g_strndup(type + 1, strlen(type) - 2);
        return known_type(element);
    }
    type = type_base(type);
    if (g_strv_contains(builtins, type) || type_words(type)) {
        return true;
    }
    /* an object: a string is not one, and the error says so */
    node = json_node_init_string(json_node_alloc(), "x");
    return !type_check(type, node, "x", &error) && strstr(error->message, "object");
}

static void check_spec(const char *spec)
{
    bool optional = false;
    struct arg a;

    while (arg_next(&spec, &a)) {
        g_assert_true(a.name[0]);
        g_assert_true(known_type(a.type));
        /* a person's words come in order: what may be left out is last, flags and formats aside */
        g_assert_true(a.flag || a.optional || !optional || strcmp(a.type, "fmt") == 0);
        optional = optional || (a.optional && !a.flag && strcmp(a.type, "fmt") != 0);
    }
}

static void test_table(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);

    for (const struct command *c = commands; c->run; c++) {
        g_assert_true(c->qmp || c->hmp);
        if (c->qmp) {
            g_assert_true(g_hash_table_add(names, (gpointer)c->qmp));
            g_assert_true(command_qmp(c->qmp) == c);
            g_assert_true(!c->returns || known_type(c->returns));
        }
        if (c->hmp) {
            g_assert_nonnull(c->help);
            g_assert_nonnull(c->params);
            check_spec(c->words ? c->words : c->args);
        }
    }
    g_assert_null(command_qmp("no-such-command"));
}

static JsonObject *parse(const char *text)
{
    g_autofree char *json = g_strdelimit(g_strdup(text), "'", '"');
    g_autoptr(JsonNode) node = json_from_string(json, NULL);

    g_assert_nonnull(node);
    return json_object_ref(json_node_get_object(node));
}

static void refused(const char *spec, const char *args, const char *part)
{
    g_autoptr(JsonObject) o = parse(args);
    g_autoptr(GError) error = NULL;

    g_assert_false(args_check(spec, o, &error));
    if (!strstr(error->message, part)) {
        g_error("%s: \"%s\" lacks \"%s\"", args, error->message, part);
    }
}

static void accepted(const char *spec, const char *args)
{
    g_autoptr(JsonObject) o = parse(args);
    g_autoptr(GError) error = NULL;

    args_check(spec, o, &error);
    g_assert_no_error(error);
}

static void test_arguments(void)
{
    static const char save[] = "val:int size:int filename:path cpu-index?:int";
    static const char events[] = "events:[InputEvent]";

    accepted(NULL, "{}");
    accepted(save, "{'val':0,'size':1,'filename':'x'}");
    refused(NULL, "{'x':1}", "Parameter 'x' is unexpected");
    refused(save, "{'val':0,'size':1}", "Parameter 'filename' is missing");
    refused(save, "{'val':'0','size':1,'filename':'x'}", "'val', expected: integer");
    refused(save, "{'val':0.5,'size':1,'filename':'x'}", "'val', expected: integer");
    refused(save, "{'val':null,'size':1,'filename':'x'}", "'val', expected: integer");
    refused(save, "{'val':0,'size':1,'filename':[]}", "'filename', expected: string");
    refused("up:bool", "{'up':1}", "expected: boolean");
    refused("f:ImageFormat", "{'f':'gif'}", "does not accept value 'gif'");
    refused("f:ImageFormat", "{'f':{}}", "expected: string");
    accepted(events, "{'events':[]}");
    accepted(events, "{'events':[{'type':'rel','data':{'axis':'x','value':-5}}]}");
    accepted(events, "{'events':[{'type':'key','data':{'down':true,'key':"
                     "{'type':'number','data':30}}}]}");
    refused(events, "{'events':{}}", "expected: array");
    refused(events, "{'events':[1]}", "expected: object");
    refused(events, "{'events':[{'type':'rel','data':{'axis':'z','value':1}}]}", "value 'z'");
    refused(events, "{'events':[{'type':'rel'}]}", "'events[0].data' is missing");
    refused(events, "{'events':[{'type':'rel','data':{'axis':'x','value':1},'more':1}]}",
            "'events[0].more' is unexpected");
    refused(events,
            "{'events':[{'type':'key','data':{'down':true,'key':"
            "{'type':'qcode','data':30}}}]}",
            "expected: string");
}

/* -- JSON -- */

static char *rewritten(const char *text, bool pretty)
{
    const char *why = NULL;
    g_autoptr(JsonNode) node = json_read(text, strlen(text), &why);
    GString *out = g_string_new(NULL);

    if (!node) {
        g_error("%s: %s", text, why);
    }
    json_write(out, node, pretty);
    return g_string_free(out, FALSE);
}

/* What a client sends as "id" it gets back. */
static void test_json(void)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {" { \"a\" :\t[ ] , \"b\":{}}\r\n", "{\"a\": [], \"b\": {}}"},
        {"[1,-5,0,true,false,null]", "[1, -5, 0, true, false, null]"},
        {"[9223372036854775807,-9223372036854775808]",
         "[9223372036854775807, -9223372036854775808]"},
        {"[1e100,0.5,-0.0,1E+2]", "[1e+100, 0.5, -0, 100]"},
        {"'a\"b\\'c'", "\"a\\\"b'c\""},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\""},
        {"\"\xc3\xa4\\ud83d\\ude00\\u007f\"", "\"\\u00E4\\uD83D\\uDE00\\u007F\""},
    };
    static const struct {
        const char *in, *part;
    } bad[] = {
        {"", "expecting value"},
        {"{\"a\":1,\"a\":2}", "duplicate key"},
        {"[{\"a\":1,\"b\":{\"c\":1,\"\\u0063\":2}}]", "duplicate key"},
        {"{\"a\" 1}", "missing :"},
        {"{\"a\":1 \"b\":2}", "separator in dict"},
        {"{\"a\":1,}", "not a string"},
        {"{a:1}", "not a string"},
        {"[1 2]", "separator in list"},
        {"[1,]", "expecting value"},
        {"[1", "separator"},
        {"[tru]", "keyword"},
        {"[/* no */1]", "expecting value"},
        {"[010]", "number"},
        {"[0x10]", "number"},
        {"[1.]", "number"},
        {"[.5]", "expecting value"},
        {"[+5]", "expecting value"},
        {"[-]", "number"},
        {"[1e]", "number"},
        {"[18446744073709551615]", "too large"},
        {"[1e999]", "too large"},
        {"\"a", "unterminated"},
        {"\"a\nb\"", "control character"},
        {"\"\\q\"", "escape"},
        {"\"\\u12\"", "hex"},
        {"\"\\u0000\"", "u0000"},
        {"\"\\ud83d\"", "surrogate"},
        {"\"\\ud83d\\u0041\"", "surrogate"},
        {"\"\\ude00\"", "surrogate"},
        {"\"\xff\"", "UTF-8"},
        {"1 2", "more follows"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *out = rewritten(rows[i].in, false);

        g_assert_cmpstr(out, ==, rows[i].out);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *why = NULL;

        g_assert_null(json_read(bad[i].in, strlen(bad[i].in), &why));
        if (!strstr(why, bad[i].part)) {
            g_error("%s: \"%s\" lacks \"%s\"", bad[i].in, why, bad[i].part);
        }
    }
    {
        g_autofree char *out = rewritten("{\"a\":[1,{}]}", true);

        g_assert_cmpstr(out, ==, "{\n    \"a\": [\n        1,\n        {\n        }\n    ]\n}");
    }
}

/* Every type that the schema names is in it, once. */
static void test_schema(void)
{
    g_autoptr(JsonNode) node = qmp_query_schema(NULL, NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    JsonArray *a = json_node_get_array(node);

    for (guint i = 0; i < json_array_get_length(a); i++) {
        JsonObject *o = json_array_get_object_element(a, i);

        g_assert_true(json_object_has_member(o, "meta-type"));
        g_assert_true(g_hash_table_add(seen, (gpointer)json_object_get_string_member(o, "name")));
    }
    for (guint i = 0; i < json_array_get_length(a); i++) {
        static const char *const refs[] = {"arg-type", "ret-type", "element-type"};
        JsonObject *o = json_array_get_object_element(a, i);

        for (size_t r = 0; r < G_N_ELEMENTS(refs); r++) {
            const char *type = json_object_get_string_member_with_default(o, refs[r], NULL);

            g_assert_true(!type || g_hash_table_contains(seen, type));
        }
    }
    for (const struct command *c = commands; c->run; c++) {
        g_assert_true(!c->qmp || g_hash_table_contains(seen, c->qmp));
    }
}

/* Every key that a name presses is one of the schema's. */
static void test_keys(void)
{
    g_auto(GStrv) words = g_strsplit(type_words("QKeyCode"), " ", -1);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    input_key_names("", names);
    g_assert_cmpuint(names->len, >, 100);
    for (guint i = 0; i < names->len; i++) {
        if (!g_strv_contains((const char *const *)words, g_ptr_array_index(names, i))) {
            g_error("no QKeyCode: %s", (char *)g_ptr_array_index(names, i));
        }
    }
}

/* A word of a tag that has no members of its own takes none. */
static void test_variants(void)
{
    const char *spec = command_qmp("set_password")->args;

    accepted(spec, "{'protocol':'vnc','password':'x','display':'d'}");
    accepted(spec, "{'protocol':'spice','password':'x'}");
    refused(spec, "{'protocol':'spice','password':'x','display':'d'}", "'display' is unexpected");
}

/* -- the line editor -- */

static GString *shown;

static void put(void *opaque, const char *buf, gsize len)
{
    (void)opaque;
    g_string_append_len(shown, buf, (gssize)len);
}

static GPtrArray *complete(void *opaque, const char *line)
{
    static const char *const all[] = {"status", "stats", "pci"};
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    const char *space = strrchr(line, ' ');

    (void)opaque;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (g_str_has_prefix(all[i], space ? space + 1 : line)) {
            g_ptr_array_add(words, g_strdup(all[i]));
        }
    }
    return words;
}

static unsigned cancels;

static void cancelled(void *opaque)
{
    (void)opaque;
    cancels++;
}

static const struct edit_ops edit_ops = {.put = put, .complete = complete, .cancelled = cancelled};

/* Type all of it; the last line that ended. */
static char *type(struct edit *e, const char *keys, gsize len)
{
    char *last = NULL;

    g_string_truncate(shown, 0);
    for (gsize i = 0; i < len; i++) {
        char *line = edit_feed(e, (uint8_t)keys[i]);

        if (line) {
            g_free(last);
            last = line;
        }
    }
    return last;
}

static void typed(struct edit *e, const char *keys, const char *want)
{
    g_autofree char *line = type(e, keys, strlen(keys));

    g_assert_cmpstr(line, ==, want);
}

static void test_edit(void)
{
    struct edit *e = edit_new("> ", &edit_ops, NULL);

    shown = g_string_new(NULL);
    typed(e, "stop\r", "stop");
    g_assert_cmpstr(shown->str, ==, "stop\r\n"); /* nothing but an echo where no more is needed */
    typed(e, "a\r\n", "a");                      /* CR LF is one end */
    typed(e, "\n", "");
    typed(e, "stpo\x7f\x7fop\r", "stop");
    typed(e, "op\x01st\x05!\r", "stop!");
    typed(e, "one two\x17six\r", "one six");
    typed(e, "one two\x15six\r", "six");
    typed(e, "onetwo\x02\x02\x02\x0b\r", "one");
    typed(e, "ab\x1b[D\x1b[D\x04\r", "b");
    typed(e, "ac\x1b[Db\r", "abc");
    typed(e, "bc\x1b[Ha\x1b[Fd\r", "abcd");
    typed(e, "bc\x1b[1~a\x1b[4~d\x1bOH\x1b[3~\r", "bcd");
    typed(e, "x\x1b[1;5C\x1b[200~y\r", "xy"); /* sequences that mean nothing here */
    typed(e, "gone\x03stop\r", "stop");
    typed(e, "\xc3\xa4\xc3\xb6\x7f\r", "\xc3\xa4"); /* a character at a time, not a byte */
    typed(e, "\xc3\xa4o\x02\x02\x04\r", "o");
    edit_free(e);
    g_string_free(shown, TRUE);
}

static void test_history(void)
{
    struct edit *e = edit_new("> ", &edit_ops, NULL);

    shown = g_string_new(NULL);
    typed(e, "one\rtwo\rtwo\r", "two");
    typed(e, "\x1b[A\x1b[A\r", "one");
    typed(e, "\x10\x10\x10\x10\x10\r", "one"); /* the oldest stays */
    typed(e, "half\x10\x0e\r", "half");        /* back to what was being typed */
    for (unsigned i = 0; i < 3 * EDIT_HISTORY; i++) {
        g_autofree char *line = g_strdup_printf("line %u\r", i);

        g_free(type(e, line, strlen(line)));
    }
    typed(e, "\x10\r", "line 191");
    edit_free(e);
    g_string_free(shown, TRUE);
}

/* It is not shown, not kept, and neither completed nor mixed with what was typed before. */
static void test_secret(void)
{
    struct edit *e = edit_new("> ", &edit_ops, NULL);

    shown = g_string_new(NULL);
    typed(e, "one\r", "one");
    edit_secret(e, "Password: ");
    typed(e, "in\x10\x0e\tfo\x02\x7f\r", "ino");
    g_assert_null(strstr(shown->str, "in"));
    g_assert_null(strstr(shown->str, "o\x1b"));
    g_assert_nonnull(strstr(shown->str, "\rPassword: ***"));
    g_assert_cmpstr(edit_history(e, 0), ==, "one");
    g_assert_null(edit_history(e, 1));
    typed(e, "two\r", "two"); /* all is as before */
    g_assert_cmpstr(shown->str, ==, "two\r\n");
    g_assert_cmpstr(edit_history(e, 1), ==, "two");
    edit_secret(e, "Password: ");
    cancels = 0;
    typed(e, "abc\x03three\r", "three");
    g_assert_cmpuint(cancels, ==, 1);
    g_assert_null(strstr(shown->str, "abc"));
    g_assert_nonnull(strstr(shown->str, "> three"));
    edit_free(e);
    g_string_free(shown, TRUE);
}

static void test_completion(void)
{
    struct edit *e = edit_new("> ", &edit_ops, NULL);

    shown = g_string_new(NULL);
    typed(e, "info p\t\r", "info pci ");
    typed(e, "info s\tu\t\r", "info status ");
    g_free(type(e, "info stat\t", 10));
    g_assert_nonnull(strstr(shown->str, "status"));
    g_assert_nonnull(strstr(shown->str, "stats"));
    typed(e, "\x15zz\t\r", "zz");
    edit_free(e);
    g_string_free(shown, TRUE);
}

/* A line without end stays bounded, and every byte is harmless. */
static void test_edit_limits(void)
{
    struct edit *e = edit_new("> ", &edit_ops, NULL);
    g_autofree char *line = NULL;
    uint32_t seed = 1;

    shown = g_string_new(NULL);
    for (unsigned i = 0; i < 100000; i++) {
        g_assert_null(edit_feed(e, 'x'));
    }
    line = edit_feed(e, '\r');
    g_assert_cmpuint(strlen(line), ==, EDIT_LINE_MAX);
    for (unsigned i = 0; i < 20000; i++) {
        seed = seed * 1664525 + 1013904223;
        g_free(edit_feed(e, (uint8_t)(seed >> 24)));
        g_string_truncate(shown, 0);
    }
    edit_free(e);
    g_string_free(shown, TRUE);
}

/* -- expressions -- */

static void test_expressions(void)
{
    static const struct {
        const char *text;
        uint64_t value;
    } rows[] = {
        {"0x10", 16},
        {" 10 ", 10},
        {"1+2*3", 7},
        {"(1+2)*3", 9},
        {"-1", UINT64_MAX},
        {"~0 & 0xff", 255},
        {"10 - 2 - 3", 5},
        {"7/2", 3},
        {"256 /tmp/x", 256},
        {"7%4", 3},
        {"'A'", 65},
        {"1|6^2", 5},
        {"0xffffffffffffffff+1", 0},
    };
    static const char *const bad[] = {"",  "1/0", "1%0",  "(1", "99999999999999999999",
                                      "x", "1+",  "0x1g", "'a", "$eip$"};
    g_autofree char *deep = g_strnfill(5000, '(');
    const char *p = deep;
    uint64_t v;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        p = rows[i].text;
        g_assert_true(expr_parse(&p, &v, NULL));
        g_assert_cmpuint(v, ==, rows[i].value);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad) - 1; i++) {
        p = bad[i];
        g_assert_false(expr_parse(&p, &v, NULL));
    }
    p = deep;
    g_assert_false(expr_parse(&p, &v, NULL));
    p = memset(deep, '-', 5000);
    g_assert_false(expr_parse(&p, &v, NULL));
}

/* -- registers, as QEMU's monitor showed the same ones -- */

static void shows(const struct accel_regs *r, const char *part)
{
    g_autoptr(GString) out = g_string_new(NULL);

    registers_text(out, r, 0);
    if (!strstr(out->str, part)) {
        g_error("\"%s\" lacks \"%s\"", out->str, part);
    }
}

static void test_registers(void)
{
    struct accel_regs r = {
        .gpr = {0x30, 0, 0x12345678}, .rip = 0x7c41, .rflags = 6, .halted = true};

    r.seg[0] = (struct accel_segment){.selector = 16, .limit = 0xffffffff, .flags = 0xc93};
    r.seg[1] = (struct accel_segment){.selector = 8, .limit = 0xffffffff, .flags = 0xc9b};
    r.seg[2] = (struct accel_segment){.selector = 16, .limit = 0xffffffff, .flags = 0xcf6};
    r.seg[4] = (struct accel_segment){.selector = 24, .limit = 0xffff, .flags = 0x91};
    r.seg[6] = (struct accel_segment){.selector = 48, .base = 0x9000, .limit = 39, .flags = 0x82};
    r.seg[7] = (struct accel_segment){.selector = 40, .base = 0x8000, .limit = 103, .flags = 0x89};
    r.dr[7] = 0x400;
    shows(&r, "\nCPU#0\nEAX=00000030 EBX=00000000 ECX=00000000 EDX=12345678\n");
    shows(&r, "EIP=00007c41 EFL=00000006 [-----P-] CPL=3 II=0 A20=1 SMM=0 HLT=1\n");
    shows(&r, "CS =0008 00000000 ffffffff 00c09b00\n"); /* real mode: nothing to say of it */
    r.cr0 = 0x11;
    shows(&r, "ES =0010 00000000 ffffffff 00c09300 DPL=0 DS   [-WA]\n");
    shows(&r, "CS =0008 00000000 ffffffff 00c09b00 DPL=0 CS32 [-RA]\n");
    shows(&r, "SS =0010 00000000 ffffffff 00c0f600 DPL=3 DS   [EW-]\n");
    shows(&r, "DS =0000 00000000 00000000 00000000\n"); /* not present */
    shows(&r, "FS =0018 00000000 0000ffff 00009100 DPL=0 DS16 [--A]\n");
    shows(&r, "LDT=0030 00009000 00000027 00008200 DPL=0 LDT\n");
    shows(&r, "TR =0028 00008000 00000067 00008900 DPL=0 TSS32-avl\n");
    shows(&r, "DR6=0000000000000000 DR7=0000000000000400\nEFER=0000000000000000\n");
    r.efer = 0x500;
    r.seg[1].flags = 0xa9b;
    r.fpu = (struct accel_fpu){.there = true, .fcw = 0x37f, .fsw = 0x3800, .mxcsr = 0x1f80};
    r.fpu.st[1][1] = 0x3fff;
    r.fpu.xmm[15][0] = 5;
    shows(&r, "RIP=0000000000007c41 RFL=00000006");
    shows(&r, "CS =0008 0000000000000000 ffffffff 00a09b00 DPL=0 CS64 [-RA]\n");
    shows(&r, "FS =0018 0000000000000000 0000ffff 00009100 DPL=0 DS   [--A]\n");
    shows(&r, "DPL=0 TSS64-avl\n");
    shows(&r, "FCW=037f FSW=3800 [ST=7] FTW=00 MXCSR=00001f80\n"
              "FPR0=0000000000000000 0000 FPR1=0000000000000000 3fff\n");
    shows(&r, " XMM15=0000000000000000 0000000000000005\n");
}

/* -- the page walk -- */

static struct space *mem;

static void poke(uint64_t addr, uint64_t value, unsigned width)
{
    g_assert_true(ram_write(mem, addr, &value, width));
}

static void maps(const struct accel_regs *r, uint64_t va, uint64_t want)
{
    uint64_t pa = 0;

    g_assert_true(walk(r, mem, va, &pa));
    g_assert_cmphex(pa, ==, want);
}

static void test_walk(void)
{
    struct ram_block *block;
    struct region ram = {.name = "ram", .kind = REGION_RAM, .size = 0x100000, .prio = PRIO_FIXED};
    struct accel_regs r = {0};
    uint64_t pa;

    space_reader_register();
    mem = space_new_memory();
    block = ram_block_new("ram", ram.size, NULL);
    ram.ram = block;
    g_assert_true(space_map(mem, &ram, 0, NULL));
    /* none */
    maps(&r, 0x12345, 0x12345);
    maps(&r, 0x100000001, 1);
    /* two levels */
    r.cr0 = 0x80000001;
    r.cr3 = 0x1000;
    g_assert_false(walk(&r, mem, 0, &pa));
    poke(0x1000 + 4 * 1, 0x2003, 4);
    poke(0x2000 + 4 * 3, 0x5003, 4);
    maps(&r, 0x403abc, 0x5abc);
    g_assert_false(walk(&r, mem, 0x404abc, &pa));
    poke(0x1000 + 4 * 2, 0x00c06083, 4); /* 4 MiB at 3 << 32 | 00c00000h by PSE-36 */
    r.cr4 = 0x10;
    maps(&r, 0x812345, 0x300c12345);
    /* PAE */
    r.cr4 = 0x20;
    r.cr3 = 0x3020;
    poke(0x3020 + 8 * 2, 0x4001, 8);
    poke(0x4000 + 8 * 5, 0x6003, 8);
    poke(0x6000 + 8 * 7, 0x8000000123456003, 8); /* no-execute is not an address */
    maps(&r, 0x80000000 + 0xa00000 + 0x7000 + 9, 0x123456009);
    poke(0x4000 + 8 * 6, 0x400083, 8);
    maps(&r, 0x80000000 + 0xc00000 + 0x12345, 0x412345);
    g_assert_false(walk(&r, mem, 0, &pa));
    /* long mode, four and five levels */
    r.efer = 0x400;
    r.cr3 = 0x7000;
    poke(0x7000 + 8 * 511, 0x8003, 8);
    poke(0x8000 + 8 * 510, 0x40000083, 8); /* 1 GiB */
    maps(&r, 0xffffffff80001234, 0x40001234);
    poke(0x8000 + 8 * 511, 0x9003, 8);
    poke(0x9000 + 8 * 0, 0xa003, 8);
    poke(0xa000 + 8 * 1, 0xb003, 8);
    maps(&r, 0xffffffffc0001008, 0xb008);
    r.cr4 |= 0x1000;
    r.cr3 = 0xc000;
    poke(0xc000 + 8 * 511, 0x7003, 8);
    maps(&r, 0xffffffffc0001008, 0xb008);
    /* tables outside of RAM */
    r.cr3 = 0xfffffffffffff000;
    g_assert_false(walk(&r, mem, 0xffffffffc0001008, &pa));
    space_unmap(&ram);
    space_free(mem);
    ram_block_free(block);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    loop_init();
    g_test_add_func("/monitor/table", test_table);
    g_test_add_func("/monitor/arguments", test_arguments);
    g_test_add_func("/monitor/json", test_json);
    g_test_add_func("/monitor/schema", test_schema);
    g_test_add_func("/monitor/keys", test_keys);
    g_test_add_func("/monitor/variants", test_variants);
    g_test_add_func("/monitor/edit", test_edit);
    g_test_add_func("/monitor/history", test_history);
    g_test_add_func("/monitor/secret", test_secret);
    g_test_add_func("/monitor/completion", test_completion);
    g_test_add_func("/monitor/edit-limits", test_edit_limits);
    g_test_add_func("/monitor/expressions", test_expressions);
    g_test_add_func("/monitor/registers", test_registers);
    g_test_add_func("/monitor/walk", test_walk);
    return g_test_run();
}

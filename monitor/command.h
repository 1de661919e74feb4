/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the monitor module: one table of commands (table.c) serves programs (QMP, qmp.c) and
 * people (HMP, hmp.c). A row names its arguments with types; schema.c checks them before a handler
 * runs and makes query-qmp-schema of them. Everything is in the loop thread.
 */
#ifndef MONITOR_COMMAND_H
#define MONITOR_COMMAND_H

#include "monitor/monitor.h"

#include <json-glib/json-glib.h>

/* Error classes of QMP, as GError codes in QMP_ERROR. */
enum qmp_class {
    QMP_GENERIC,
    QMP_COMMAND_NOT_FOUND,
    QMP_DEVICE_NOT_FOUND,
    QMP_DEVICE_NOT_ACTIVE,
};
#define QMP_ERROR (qmp_error_quark())
GQuark qmp_error_quark(void);

struct command {
    const char *qmp; /* NULL: for people only */
    const char *hmp; /* "stop|s", "info status"; NULL: for programs only */
    /*
     * "name:type other?:type": what a program gives, in the order in which a person does. Types
     * stand in types.c. "..." at the end: and more, which the handler checks.
     */
    const char *args;
    const char *returns; /* type; NULL: an empty object, or for people text */
    /*
     * Returns the value of "return" (owned), or NULL with an error. args is never NULL, and holds
     * what `args` says. A string out of a command without `show` is what a person sees.
     */
    JsonNode *(*run)(JsonObject *args, GError **error);
    void (*show)(JsonNode *result, GString *out); /* the answer for a person; NULL: see run */
    const char *params, *help;                    /* a person's */
    /* As args, where a person's words differ: "-f/format?:str" is a flag with a value, or, of
     * type bool, without; "fmt" a format as /4xw; "rest" all that is left. */
    const char *words;
    bool oob; /* may be sent with exec-oob */
};

extern const struct command commands[]; /* ends with a NULL run */
extern struct machine *monitor_machine;

const struct command *command_qmp(const char *name);

/* Helpers of handlers: an empty object; wrap and take ownership. */
JsonNode *qmp_nothing(void);
JsonNode *qmp_object(JsonObject *o);
JsonNode *qmp_array(JsonArray *a);
JsonNode *qmp_text(char *text);                                           /* g_free()d */
void *qmp_fail(GError **error, const char *fmt, ...) G_GNUC_PRINTF(2, 3); /* returns NULL */
void *qmp_no_device(const char *name, GError **error);                    /* the same */
/* Optional arguments. */
const char *arg_str(JsonObject *args, const char *name, const char *absent);
gint64 arg_int(JsonObject *args, const char *name, gint64 absent);
bool arg_bool(JsonObject *args, const char *name, bool absent);

/* -- types.c -- */

struct event_type {
    const char *name, *data; /* as struct command's args */
};
extern const struct event_type event_types[]; /* ends with a NULL name */
/* What types.c says of a type; NULL: it is built in, an array, or not known. */
const char *type_definition(const char *type);

/* -- schema.c -- */

struct arg {
    char name[32], type[32];
    bool optional;
    char flag; /* 'f' of "-f/name", or 0 */
};

/* Take the next argument of a specification, moving *spec on; false at its end. */
bool arg_next(const char **spec, struct arg *a);
/* Words of an enumeration, separated by spaces; NULL for other types. */
const char *type_words(const char *type);
/* "int", "str", "bool" or another built-in type behind an alias; else the type itself. */
const char *type_base(const char *type);
/* Does a value have a type? The error says what is wrong with `name`. */
bool type_check(const char *type, JsonNode *value, const char *name, GError **error);
/* The same for the members of an object; o may be NULL. */
bool args_check(const char *spec, JsonObject *o, GError **error);
JsonNode *qmp_query_schema(JsonObject *args, GError **error);
JsonNode *qmp_query_events(JsonObject *args, GError **error);

/* -- commands.c -- */
JsonNode *cmd_capabilities(JsonObject *args, GError **error);
JsonNode *cmd_query_status(JsonObject *args, GError **error);
JsonNode *cmd_query_version(JsonObject *args, GError **error);
JsonNode *cmd_query_commands(JsonObject *args, GError **error);
JsonNode *cmd_query_target(JsonObject *args, GError **error);
JsonNode *cmd_query_current_machine(JsonObject *args, GError **error);
JsonNode *cmd_query_name(JsonObject *args, GError **error);
JsonNode *cmd_query_uuid(JsonObject *args, GError **error);
JsonNode *cmd_query_machines(JsonObject *args, GError **error);
JsonNode *cmd_query_kvm(JsonObject *args, GError **error);
JsonNode *cmd_query_iothreads(JsonObject *args, GError **error);
JsonNode *cmd_query_memory_size(JsonObject *args, GError **error);
JsonNode *cmd_stop(JsonObject *args, GError **error);
JsonNode *cmd_cont(JsonObject *args, GError **error);
JsonNode *cmd_quit(JsonObject *args, GError **error);
JsonNode *cmd_system_reset(JsonObject *args, GError **error);
JsonNode *cmd_system_powerdown(JsonObject *args, GError **error);
JsonNode *cmd_system_wakeup(JsonObject *args, GError **error);
JsonNode *cmd_nmi(JsonObject *args, GError **error);
JsonNode *cmd_set_link(JsonObject *args, GError **error);
JsonNode *cmd_boot_set(JsonObject *args, GError **error);
JsonNode *cmd_no_log(JsonObject *args, GError **error);
JsonNode *qmp_not_removable(JsonObject *args, GError **error);
JsonNode *cmd_hostfwd_add(JsonObject *args, GError **error);
JsonNode *cmd_hostfwd_remove(JsonObject *args, GError **error);

/* -- hotplug.c -- */
JsonNode *qmp_device_add(JsonObject *args, GError **error);
JsonNode *hmp_device_add(JsonObject *args, GError **error);
JsonNode *cmd_device_del(JsonObject *args, GError **error);
JsonNode *qmp_netdev_add(JsonObject *args, GError **error);
JsonNode *hmp_netdev_add(JsonObject *args, GError **error);
JsonNode *cmd_netdev_del(JsonObject *args, GError **error);

/* -- qom.c -- */

struct device;
struct device_class;

struct prop;
const char *qom_prop_type(const struct prop *p); /* "str", "uint32", ... */
/* The device at a path. NULL: none; *object says whether anything is there. */
struct device *qom_device(const char *path, bool *object);
JsonNode *qmp_qom_list(JsonObject *args, GError **error);
JsonNode *qmp_qom_get(JsonObject *args, GError **error);
JsonNode *qmp_qom_list_types(JsonObject *args, GError **error);
JsonNode *hmp_qom_list(JsonObject *args, GError **error);
JsonNode *info_qom_tree(JsonObject *args, GError **error);
JsonNode *qmp_device_list_properties(JsonObject *args, GError **error);

/* -- query.c -- */
JsonNode *qmp_query_rx_filter(JsonObject *args, GError **error);
JsonNode *qmp_query_pci(JsonObject *args, GError **error);
JsonNode *qmp_query_block(JsonObject *args, GError **error);
JsonNode *qmp_query_blockstats(JsonObject *args, GError **error);
JsonNode *qmp_query_chardev(JsonObject *args, GError **error);
JsonNode *qmp_query_cpus_fast(JsonObject *args, GError **error);
JsonNode *qmp_query_cpu_definitions(JsonObject *args, GError **error);
JsonNode *qmp_query_command_line_options(JsonObject *args, GError **error);

/* -- latency.c -- */
JsonNode *qmp_query_latency(JsonObject *args, GError **error);
void show_latency(JsonNode *result, GString *out);

/* -- vnc.c -- */
JsonNode *qmp_query_vnc(JsonObject *args, GError **error);
JsonNode *qmp_query_vnc_servers(JsonObject *args, GError **error);
void show_vnc(JsonNode *result, GString *out);
JsonNode *qmp_set_password(JsonObject *args, GError **error);
JsonNode *qmp_expire_password(JsonObject *args, GError **error);
JsonNode *hmp_change(JsonObject *args, GError **error);

/* -- show.c: answers of queries as text -- */
void show_status(JsonNode *result, GString *out);
void show_version(JsonNode *result, GString *out);
void show_name(JsonNode *result, GString *out);
void show_uuid(JsonNode *result, GString *out);
JsonNode *info_block(JsonObject *args, GError **error);
void show_blockstats(JsonNode *result, GString *out);
void show_chardev(JsonNode *result, GString *out);
void show_cpus(JsonNode *result, GString *out);
void show_kvm(JsonNode *result, GString *out);
void show_pci(JsonNode *result, GString *out);
void show_mice(JsonNode *result, GString *out);
void show_nothing(JsonNode *result, GString *out);
void show_properties(JsonNode *result, GString *out);
void show_value(JsonNode *result, GString *out);
void show_memory_size(JsonNode *result, GString *out);

/* -- info.c: what only people ask for; the result is text -- */

/* The first device of a class, NULL: there is none. */
struct device *info_device_of(const struct device_class *cls);
JsonNode *info_network(JsonObject *args, GError **error);
JsonNode *info_usernet(JsonObject *args, GError **error);
JsonNode *info_pic(JsonObject *args, GError **error);
JsonNode *info_irq(JsonObject *args, GError **error);
JsonNode *info_mtree(JsonObject *args, GError **error);
JsonNode *info_qtree(JsonObject *args, GError **error);
JsonNode *info_roms(JsonObject *args, GError **error);
JsonNode *info_trace(JsonObject *args, GError **error);
JsonNode *info_device(JsonObject *args, GError **error);

/* -- registers.c -- */
struct accel_regs;
void registers_text(GString *out, const struct accel_regs *r, unsigned cpu);
JsonNode *info_registers(JsonObject *args, GError **error);

/* -- input.c -- */
JsonNode *qmp_send_key(JsonObject *args, GError **error);
JsonNode *qmp_input_send_event(JsonObject *args, GError **error);
JsonNode *qmp_query_mice(JsonObject *args, GError **error);
JsonNode *hmp_sendkey(JsonObject *args, GError **error);
JsonNode *hmp_mouse_move(JsonObject *args, GError **error);
JsonNode *hmp_mouse_button(JsonObject *args, GError **error);
JsonNode *hmp_mouse_set(JsonObject *args, GError **error);
/* The screen of a text mode as UTF-8, lines ended by \n. */
JsonNode *qmp_x_screen_text(JsonObject *args, GError **error);
JsonNode *qmp_screendump(JsonObject *args, GError **error);
/* Every key name that starts with `prefix`, into `to` (char *, owned). */
void input_key_names(const char *prefix, GPtrArray *to);

/* -- memory.c -- */
JsonNode *qmp_memsave(JsonObject *args, GError **error);
JsonNode *qmp_pmemsave(JsonObject *args, GError **error);
JsonNode *hmp_x(JsonObject *args, GError **error);
JsonNode *hmp_xp(JsonObject *args, GError **error);
JsonNode *hmp_i(JsonObject *args, GError **error);
JsonNode *hmp_o(JsonObject *args, GError **error);
JsonNode *hmp_print(JsonObject *args, GError **error);
JsonNode *hmp_cpu(JsonObject *args, GError **error);
/* Is it a format of x, without the "/"? */
bool format_check(const char *text, GError **error);
struct accel_regs;
/* Registers of the CPU that `cpu` chose, or of `cpu` itself if that is not negative. */
bool monitor_regs(int cpu, struct accel_regs *regs, GError **error);
unsigned monitor_cpus(void);
unsigned monitor_cpu(void);          /* the chosen one */
bool monitor_choose_cpu(gint64 cpu); /* false: there is no such CPU */

/* -- expr.c -- */

/* A number, $register, operators + - * / % & | ^ ~ and parentheses; *text is moved behind it. */
bool expr_parse(const char **text, uint64_t *value, GError **error);

/* -- fds.c -- */
JsonNode *qmp_getfd(JsonObject *args, GError **error);
JsonNode *qmp_closefd(JsonObject *args, GError **error);
JsonNode *qmp_add_fd(JsonObject *args, GError **error);
JsonNode *qmp_remove_fd(JsonObject *args, GError **error);
JsonNode *qmp_query_fdsets(JsonObject *args, GError **error);
/*
 * Open a file that a command names, for writing, new; "/dev/fdset/N" is one that came by add-fd.
 * Never blocks: a pipe that nobody reads is an error. -1 with an error, which begins with `cannot`.
 */
int monitor_create(const char *path, const char *cannot, GError **error);
/* A copy of the descriptor that getfd named, -1: there is none. Forget the name. */
int fds_copy(const char *name);
void fds_forget(const char *name);
void fds_close(void);

/* -- complete.c -- */

/* What could stand at the end of `line`: whole words (char *, owned). */
GPtrArray *hmp_complete(const char *line);

/* -- hmp.c -- */

/* Run one line as a person would type it; what it prints, \n at line ends. */
void hmp_run(const char *line, GString *out);
/* The row of a name as people write it: "stop", "info status". */
const struct command *hmp_find(const char *name, size_t len);
bool hmp_is_info(const struct command *c);
/*
 * Ask the person whose command runs for a line that is not shown; `fn` gets it later. False: there is
 * no person.
 */
typedef bool hmp_answer(const char *line, GError **error);
bool hmp_ask(const char *prompt, hmp_answer *fn);
JsonNode *info_history(JsonObject *args, GError **error);
JsonNode *hmp_help(JsonObject *args, GError **error);
JsonNode *qmp_human_monitor_command(JsonObject *args, GError **error);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the QMP module: one table of commands (qmp_commands.c) behind any number of sessions
 * (qmp.c). Loop thread.
 */
#ifndef MONITOR_QMP_H
#define MONITOR_QMP_H

#include "monitor/monitor.h"

#include <json-glib/json-glib.h>

/* Error classes of QMP, as GError codes in QMP_ERROR. */
enum qmp_class {
    QMP_GENERIC,
    QMP_COMMAND_NOT_FOUND,
    QMP_DEVICE_NOT_FOUND,
};
#define QMP_ERROR (qmp_error_quark())
GQuark qmp_error_quark(void);

struct qmp_command {
    const char *name;
    /* NULL-ended names of arguments that are known. */
    const char *args[8];
    /* Returns the value of "return" (owned), or NULL with an error. args may be NULL. */
    JsonNode *(*run)(JsonObject *args, GError **error);
};

extern const struct qmp_command qmp_commands[]; /* ends with a NULL name */
extern struct machine *qmp_machine;

/* An empty object, the answer of commands that return nothing. */
JsonNode *qmp_nothing(void);
/* Wrap; take ownership. */
JsonNode *qmp_object(JsonObject *o);
JsonNode *qmp_array(JsonArray *a);

/* qmp_query.c */
JsonNode *qmp_query_pci(JsonObject *args, GError **error);
JsonNode *qmp_query_block(JsonObject *args, GError **error);
JsonNode *qmp_query_cpus_fast(JsonObject *args, GError **error);
JsonNode *qmp_qom_list_types(JsonObject *args, GError **error);

/* qmp_input.c */
JsonNode *qmp_send_key(JsonObject *args, GError **error);
/* The screen of a text mode as UTF-8, lines ended by \n. */
JsonNode *qmp_x_screen_text(JsonObject *args, GError **error);
JsonNode *qmp_screendump(JsonObject *args, GError **error);

#endif

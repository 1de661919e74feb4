/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON on the wire. json-glib reads more than JSON is (comments, octal numbers, names without
 * quotes), cuts strings at \u0000 and numbers to 64 bits, and writes 1e100 as 1e+100.0: so a text is
 * looked at before it sees it, and written here.
 */
#ifndef MONITOR_JSON_H
#define MONITOR_JSON_H

#include <json-glib/json-glib.h>
#include <stdbool.h>

/*
 * Parse a text: RFC 8259, and strings in single quotes, which QEMU takes, too. Numbers fit into 64
 * bits or a double, no string has a \u0000, no object a member twice. The depth of arrays and objects
 * is the caller's to bound. NULL: *why says what is wrong (static text).
 */
JsonNode *json_read(const char *text, gsize len, const char **why);

/* Write a value as QEMU does: in ASCII, on one line with a space after : and , or `pretty`. */
void json_write(GString *out, JsonNode *node, bool pretty);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest-visible state as data. A device's state is one plain struct of fixed-width fields without
 * pointers or padding; a layout names every field of it. Saving and loading walk the layout, so no
 * field can be forgotten: state_layout_gap() proves that the layout covers the struct.
 *
 * Encoding, little endian: u32 version, u32 field count, then per field: u8 name length, name,
 * u8 element width, u32 element count, data. A nested struct appears as fields "outer[i].inner".
 */
#ifndef CORE_STATE_H
#define CORE_STATE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct state_layout;

struct state_field {
    const char *name; /* NULL ends the table */
    uint32_t offset;
    uint32_t width; /* bytes of one element: 1, 2, 4, 8; or of the nested struct */
    uint32_t count;
    const struct state_layout *nested;
};

struct state_layout {
    const char *name;
    uint32_t version;     /* written */
    uint32_t min_version; /* oldest that a load takes */
    uint32_t size;        /* sizeof the struct */
    const struct state_field *fields;
    /*
     * Can this state be reached by a guest? Returns NULL, or the name of the first field that is
     * wrong. Uses the same limits as live register writes. May be NULL: anything goes.
     */
    const char *(*check)(const void *state);
};

/* One scalar or array field of fixed-width integers. */
#define STATE_FIELD(type, field)                                                                   \
    {                                                                                              \
        .name = #field, .offset = offsetof(type, field), .width = sizeof(((type *)0)->field),      \
        .count = 1                                                                                 \
    }
#define STATE_ARRAY(type, field)                                                                   \
    {                                                                                              \
        .name = #field, .offset = offsetof(type, field), .width = sizeof(((type *)0)->field[0]),   \
        .count = sizeof(((type *)0)->field) / sizeof(((type *)0)->field[0])                        \
    }
/* Two- and more-dimensional arrays of `elem`. */
#define STATE_ARRAY_OF(type, field, elem)                                                          \
    {                                                                                              \
        .name = #field, .offset = offsetof(type, field), .width = sizeof(elem),                    \
        .count = sizeof(((type *)0)->field) / sizeof(elem)                                         \
    }
/* A struct, or an array of structs, with a layout of its own. */
#define STATE_STRUCT(type, field, layout)                                                          \
    {                                                                                              \
        .name = #field, .offset = offsetof(type, field), .width = sizeof(((type *)0)->field),      \
        .count = 1, .nested = (layout)                                                             \
    }
#define STATE_STRUCTS(type, field, layout)                                                         \
    {                                                                                              \
        .name = #field, .offset = offsetof(type, field), .width = sizeof(((type *)0)->field[0]),   \
        .count = sizeof(((type *)0)->field) / sizeof(((type *)0)->field[0]), .nested = (layout)    \
    }
/* A FIFO(n) or XFER(n) of core/fifo.h: two rows. */
#define STATE_FIFO(type, field)                                                                    \
    STATE_FIELD(type, field.h.head), STATE_FIELD(type, field.h.len), STATE_ARRAY(type, field.data)
#define STATE_XFER(type, field)                                                                    \
    STATE_FIELD(type, field.h.pos), STATE_FIELD(type, field.h.len), STATE_ARRAY(type, field.data)
#define STATE_END                                                                                  \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/* Append the encoding of `state` to `out`. */
void state_save(const struct state_layout *l, const void *state, GByteArray *out);

/*
 * Decode into `state`, whole or not at all: every field must be present with its width and count,
 * none unknown, and check() content. `state` is changed only on success. The error names the
 * field.
 */
bool state_load(const struct state_layout *l, void *state, const uint8_t *data, size_t len,
                GError **error);

/*
 * Offset of the first byte of the struct that no field covers, or that two cover; SIZE_MAX when the
 * layout is exact.
 */
size_t state_layout_gap(const struct state_layout *l);

#define STATE_ERROR (state_error_quark())
GQuark state_error_quark(void);

#endif

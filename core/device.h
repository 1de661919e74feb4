/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every device is. A class is one `static const` table; all classes stand in one list
 * (hw/pc/classes.c). struct device is the first member of each device's own struct.
 *
 * Life: device_new() -> properties -> device_realize() (creates regions, timers, pins; takes the
 * contracts it needs) -> device_reset() -> running -> device_free(). Guest callbacks, timers and
 * host input all arrive with the device's lock held.
 */
#ifndef CORE_DEVICE_H
#define CORE_DEVICE_H

#include "core/lock.h"
#include "core/state.h"

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct board; /* hw/pc/board.h: what a device is plugged into */
struct device;

enum prop_type {
    PROP_BOOL, /* bool; on, off, true, false, yes, no */
    PROP_U8,   /* uint8_t; decimal or 0x */
    PROP_U16,
    PROP_U32,
    PROP_U64,
    PROP_SIZE,   /* uint64_t; with suffix K M G */
    PROP_STRING, /* char *, owned */
    PROP_MAC,    /* uint8_t[6], aa:bb:cc:dd:ee:ff */
    PROP_LINK,   /* struct link *: id of a -netdev */
    PROP_LINE,   /* struct line *: id of a -chardev */
    PROP_DISK,   /* struct disk *: id of a -drive */
    PROP_ADDR,   /* uint32_t: PCI slot[.function], stored as devfn; 0xff = any free */
};

struct prop {
    const char *name; /* NULL ends the table */
    enum prop_type type;
    size_t offset;     /* in the device struct */
    uint64_t min, max; /* of numbers; max 0 = the type's */
    const char *def;   /* textual default, NULL = zero */
    const char *help;
};

enum device_bus {
    BUS_BOARD, /* soldered: made by the board only */
    BUS_ISA,
    BUS_PCI,
};

struct device_class {
    const char *name;  /* as in -device */
    const char *alias; /* another one, or NULL */
    const char *desc;
    enum device_bus bus;
    bool user;   /* -device may create it */
    bool fixed;  /* on PCI, but for the machine's life: not to be plugged while it runs */
    size_t size; /* of the device struct, whose first member is struct device */
    size_t state_offset;
    const struct state_layout *state; /* NULL: no guest-visible state */
    const struct prop *props;         /* may be NULL */
    /* Build what hangs off the device. Nothing is left behind on failure. */
    bool (*realize)(struct device *d, struct board *b, GError **error);
    /* Put the state to power-on values. settle() follows. Not called: nothing to reset. */
    void (*reset)(struct device *d);
    /* Drive lines and arm timers from the state alone. After reset and after load. */
    void (*settle)(struct device *d);
    /* Undo realize(). */
    void (*unrealize)(struct device *d);
};

struct device {
    const struct device_class *cls;
    char *id;          /* from the user, or NULL */
    struct lock *lock; /* its own, or its domain's */
    struct lock own_lock;
    bool realized;
    bool by_user;      /* of -device or device_add; before realize */
    bool hotplugged;   /* came while the machine was there; before realize */
    bool unplug_asked; /* the guest shall let it go, as it was told at this guest time */
    uint64_t unplug_at;
    /* set by device_realize(), never reused: which it is of all, and of those of its container */
    unsigned number, place;
    bool walk_skip;  /* unused by devices: a test's mark */
    GSList *regions; /* struct region *, for tests and `info mtree` */
};

/* Allocate with defaults of all properties. Never fails. Caller owns. */
struct device *device_new(const struct device_class *cls, const char *id);

/* Share a lock domain; before realize. */
void device_share_lock(struct device *d, struct lock *domain);

/* Set a property from text. The error names the device, the property and the allowed values. */
bool device_set(struct device *d, const char *prop, const char *value, GError **error);

/* The value of a property as text (g_free), or NULL if there is no such property. */
char *device_get(const struct device *d, const char *prop);

/* Realize and enter in the board's list of devices, in order. On failure free it. */
bool device_realize(struct device *d, struct board *b, GError **error);

/* Leave the list, unrealize, free. Loop thread. */
void device_free(struct device *d);

/* The gate: every call into a device from outside a region callback goes between these two. */
void device_enter(struct device *d);
void device_leave(struct device *d);

/* Reset state, then settle; with the lock taken here. */
void device_reset(struct device *d);

/* The state struct, or NULL. */
void *device_state(struct device *d);

/* NULL when the state is one a guest can reach, else the name of the field at fault. */
const char *device_check(struct device *d);

/* Save; load checks first, copies, then settles. Lock taken here. Guest stopped. */
void device_save(struct device *d, GByteArray *out);
bool device_load(struct device *d, const uint8_t *data, size_t len, GError **error);

/* All realized devices in order of realization. Loop thread, or guest stopped. */
GPtrArray *device_list(void);

/*
 * The same for any thread, which must be a reader (core/space.h): valid until its next quiescent
 * state, and so are the devices in it.
 */
struct device_set {
    unsigned n;
    struct device *d[];
};
const struct device_set *device_set_get(void);

/* May it come and go while the machine runs, if its bus allows that? */
bool device_class_hotpluggable(const struct device_class *cls);

/*
 * Where it is in the tree of objects, g_free: /machine/peripheral/ID, for others of the user's
 * /machine/peripheral-anon/device[N], for the board's /machine/unattached/device[N].
 */
char *device_path(const struct device *d);
/* How many objects (CPUs) come before the devices in /machine/unattached. Before the first. */
void device_path_from(unsigned n);

/* Realized device by its id, NULL if none. */
struct device *device_find(const char *id);

/* Reset all devices in order (the machine's reset). Guest stopped. */
void device_reset_all(void);

/* The list of all classes, NULL ended, and one by name. */
extern const struct device_class *const device_classes[];
const struct device_class *device_class_find(const char *name);

#define DEVICE_ERROR (device_error_quark())
GQuark device_error_quark(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line in QEMU's spelling, as data. Parsing checks words and values; what they refer
 * to (files, ids) is checked when the machine is built.
 */
#ifndef SYSTEM_OPTIONS_H
#define SYSTEM_OPTIONS_H

#include "accel/accel.h"
#include "core/keyval.h"
#include "system/vnc.h"
#include "ui/wire.h"

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* An option kept for later, in order: "-device", "ne2k_isa,...". */
struct saved_option {
    const char *name; /* with the dash */
    const char *arg;  /* of argv */
    bool used;
};

/* What the window is asked by words. */
enum display_word {
    DISPLAY_SCALE,
    DISPLAY_GRAB_MOD,
    DISPLAY_STATUS,
    DISPLAY_AUDIO,
    DISPLAY_SHOW_CURSOR,
    DISPLAY_ALT_CODES,
    DISPLAY_CONFINE,
    DISPLAY_WORDS,
};

enum display_kind {
    DISPLAY_DEFAULT, /* SDL where there is a display, else none */
    DISPLAY_NONE,
    DISPLAY_SDL,
    DISPLAY_TERM,
};

struct options {
    /* -M, -accel */
    GPtrArray *accels; /* char *, in order of preference */
    enum accel_irqchip irqchip;
    bool irqchip_set;
    bool no_acpi, no_hpet, no_vmport;
    char *pcspk_audiodev; /* NULL: any */
    /* -m -smp -cpu */
    uint64_t ram_size; /* bytes */
    unsigned cpus;
    const char *cpu_model;
    /* firmware and boot */
    const char *bios;
    GPtrArray *firmware_dirs; /* const char *, from -L */
    char *boot_order;
    bool boot_menu;
    unsigned boot_splash_ms;
    const char *kernel, *initrd, *append;
    const char *uuid;
    /* objects, in order of the command line: struct saved_option */
    GArray *saved;
    /* defaults that were turned off */
    bool nodefaults;
    bool nographic;
    bool vga, vga_set;
    bool no_net; /* -net none, -nic none */
    enum display_kind display;
    bool full_screen;
    enum view_close window_close;
    const char *display_word[DISPLAY_WORDS]; /* right words, or NULL */
    uint32_t display_key_ms;                 /* 0: not set */
    const char *keymap;                      /* -k, or NULL */
    struct vnc_options vnc;
    /* life */
    char *name;
    bool stopped; /* -S */
    bool no_reboot, no_shutdown;
    const char *pidfile;
    bool daemonize;
    /* -rtc */
    bool rtc_localtime, rtc_guest_clock;
    int64_t rtc_base_ns; /* 0: now */
    /* -qtest */
    const char *qtest, *qtest_log;
    /* -trace */
    char *trace;
    uint64_t trace_size;
    /* all that were given, as "-m 64" (char *), for a trace */
    GPtrArray *given;
};

enum options_verdict {
    OPTIONS_RUN,
    OPTIONS_DONE, /* -help, -version and the like were answered */
    OPTIONS_BAD,
};

/* Parse argv; strings are borrowed from it. On OPTIONS_BAD the error says which word. */
enum options_verdict options_parse(struct options *o, int argc, char **argv, GError **error);
void options_clear(struct options *o);

/*
 * The next unused saved option of one of the NULL-ended names, marking it used; NULL at the end.
 */
const struct saved_option *options_next(struct options *o, const char *const *names);

/* -rtc. options_rtc.c */
bool rtc_option(struct options *o, const char *name, const char *arg, GError **error);

/* Answer "-help" and friends at once; `next` is the word after it, or NULL. help.c */
bool options_answered(const char *word, const char *next);

/* Print all options with their help to stdout; the list of names (NULL ended) for QMP. */
void options_help(void);
const char *const *options_names(void);

#endif

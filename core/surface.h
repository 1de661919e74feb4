/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pixels and input between the guest's display and input devices and a user interface. There is one
 * console. The display draws into a surface when the user interface asks for a refresh, in the loop
 * thread, with the device's lock held, and reports what changed as rectangles. Pixels are 32-bit
 * host-endian 0x00RRGGBB. Input goes the other way into whichever keyboard and pointer attached.
 */
#ifndef CORE_SURFACE_H
#define CORE_SURFACE_H

#include <stdbool.h>
#include <stdint.h>

/* The caps of every layer that handles modes (rule 18). */
#define SURFACE_MAX_WIDTH 4096u
#define SURFACE_MAX_HEIGHT 4096u

struct device;

struct surface {
    uint32_t width, height; /* in pixels, 1 to the caps */
    uint32_t stride;        /* in bytes, >= 4 * width */
    uint32_t *pixels;
    bool blank; /* the display is off; pixels are black */
};

struct surface_rect {
    uint32_t x, y, width, height;
};

/* A text mode's screen. More columns or rows than these are cut off. */
#define SURFACE_MAX_COLUMNS 240u
#define SURFACE_MAX_ROWS 128u

struct surface_cells {
    uint32_t columns, rows; /* 1 to the caps */
    uint32_t cursor_x, cursor_y;
    bool cursor; /* shown, and on the screen */
    bool block;  /* it covers half of the cell or more */
    bool blink;  /* attribute bit 7 makes a cell blink, rather than its background bright */
    /* row by row, `columns` each: character (code page 437) in bits 0-7, VGA attribute in 8-15 */
    uint16_t cells[SURFACE_MAX_COLUMNS * SURFACE_MAX_ROWS];
};

/* What a display adapter provides; its lock is held. */
struct surface_source_ops {
    /*
     * Bring the surface up to date: surface_resize() if the mode changed, then draw what changed
     * since the last call (everything if `full`) and surface_damage() it.
     */
    void (*refresh)(void *opaque, bool full);
    /* The screen as text for `-display term` and tests; NULL when not in a text mode. */
    char *(*text)(void *opaque);
    /* The same as cells; false when not in a text mode, or blank. May be NULL. */
    bool (*cells)(void *opaque, struct surface_cells *out);
};

/* What a user interface provides; loop thread. */
struct surface_view_ops {
    void (*resized)(void *opaque, const struct surface *s);
    void (*damaged)(void *opaque, const struct surface_rect *r);
    /* A hardware cursor or pointer grab hint may follow in later versions. */
};

/* -- display side -- */
bool surface_attach(struct device *dev, const struct surface_source_ops *ops, void *opaque);
void surface_detach(struct device *dev);
/* Inside refresh() only. Returns the surface to draw into; its pixels are cleared on a change. */
struct surface *surface_resize(uint32_t width, uint32_t height);
void surface_damage(uint32_t x, uint32_t y, uint32_t width, uint32_t height);
/* The current one. */
struct surface *surface_current(void);
/*
 * The memfd that holds its pixels: others may map it for reading, but neither write nor resize it.
 * -1 before the first mode, and where the kernel cannot seal (before 5.1). Not to be closed.
 */
int surface_fd(void);

/* -- user-interface side; loop thread -- */
void surface_view_add(const struct surface_view_ops *ops, void *opaque);
void surface_view_remove(const struct surface_view_ops *ops, void *opaque);
/* Called before each refresh, with no lock held: delivers what the hypervisor still buffers. */
void surface_set_prepare(void (*fn)(void *opaque), void *opaque);
/* Ask the display to draw; views hear of it before this returns. */
void surface_refresh(bool full);
/* Text of the screen (g_free), NULL if not a text mode. */
char *surface_text(void);
/* Cells of the screen, false if not a text mode. */
bool surface_cells(struct surface_cells *out);

/* -- input -- */

/*
 * Keys are named by their PC/AT set-1 make code: 0x01 to 0x7f, or 0xe0xx for prefixed keys;
 * INPUT_KEY_PAUSE and INPUT_KEY_PRINT stand for the two irregular keys.
 */
#define INPUT_KEY_PAUSE 0xe11du
#define INPUT_KEY_PRINT 0xe037u

#define INPUT_LEFT 0x01u
#define INPUT_RIGHT 0x02u
#define INPUT_MIDDLE 0x04u
#define INPUT_SIDE 0x08u
#define INPUT_EXTRA 0x10u

/* What an input device provides; its lock is held. */
struct input_sink_ops {
    void (*key)(void *opaque, uint16_t key, bool down);
    /* Relative motion in pixels, right and down positive; dz: wheel, towards the user positive. */
    void (*motion)(void *opaque, int32_t dx, int32_t dy, int32_t dz);
    void (*buttons)(void *opaque, uint32_t held); /* OR of INPUT_LEFT... */
    /* Where the pointer is: 0 to INPUT_POSITION_MAX, left to right and top to bottom. */
    void (*position)(void *opaque, uint32_t x, uint32_t y);
    const char *name; /* of a pointing device, as a monitor shows it; may be NULL */
};

#define INPUT_POSITION_MAX 32767u

bool input_attach(struct device *dev, const struct input_sink_ops *ops, void *opaque);
void input_detach(struct device *dev);

/* From user interfaces and the monitor; loop thread. Unknown keys are dropped. */
void input_key(uint16_t key, bool down);
void input_motion(int32_t dx, int32_t dy, int32_t dz);
void input_buttons(uint32_t held);
void input_position(uint32_t x, uint32_t y);
/* Release every key and button held down: focus loss, viewer gone. */
void input_release_all(void);

/* Keyboard lights as the guest set them: bit 0 scroll, 1 num, 2 caps. Any thread. */
void input_set_leds(uint8_t leds);
uint8_t input_leds(void);

/*
 * Pointing devices take turns: movements, positions and buttons go to the one that was turned on
 * last. All are on, and follow movements, when they attach. One that the guest turns on and off
 * says so here, from any thread, and whether it follows positions now: a user interface then sends
 * those and need not grab.
 */
void input_pointer_on(struct device *dev, bool absolute);
void input_pointer_off(struct device *dev);
/* Does the one whose turn it is follow positions? Any thread. */
bool input_absolute(void);

struct input_pointer {
    const char *name;
    unsigned index;
    bool current, absolute;
};

#define INPUT_POINTERS 4u

/* Those that are on, in order of their index; how many. Loop thread. */
unsigned input_pointers(struct input_pointer out[INPUT_POINTERS]);
/* Let it be this one's turn. False: none that is on has that index. Loop thread. */
bool input_pointer_use(unsigned index);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The console: one surface, its views, and input: see surface.h. */
#include "core/surface.h"

#include "core/device.h"
#include "core/shared.h"
#include "core/trace.h"

#include <string.h>

#define MAX_SINKS INPUT_POINTERS
#define FIRST_INDEX 2u /* of a pointing device: QEMU's PS/2 mouse has it */

struct view {
    const struct surface_view_ops *ops;
    void *opaque;
};

struct sink {
    struct device *dev;
    const struct input_sink_ops *ops;
    void *opaque;
    /* of a pointing device, atomic: set in any thread */
    uint32_t turn; /* the highest is served, 0: off */
    bool absolute;
    uint32_t held; /* buttons as it knows them; loop thread */
};

static struct {
    struct device *dev;
    const struct surface_source_ops *ops;
    void *opaque;
} source;

static void (*prepare)(void *opaque);
static void *prepare_opaque;
static struct surface current;
static int pixels_fd = -1; /* what current.pixels maps */
static size_t pixels_size;
static GSList *views;
static struct sink sinks[MAX_SINKS];
static uint8_t leds;
static uint32_t last_turn; /* atomic */

/* keys down, by code: 0x00-0x7f plain, 0x80-0xff with prefix e0 */
static bool held_keys[256];
static uint32_t held_buttons;

bool surface_attach(struct device *dev, const struct surface_source_ops *ops, void *opaque)
{
    if (source.dev) {
        return false;
    }
    source.dev = dev;
    source.ops = ops;
    source.opaque = opaque;
    return true;
}

static void drop_pixels(void)
{
    shared_free(current.pixels, pixels_size, pixels_fd);
    current.pixels = NULL;
    pixels_fd = -1;
}

static void make_pixels(size_t size)
{
    current.pixels = shared_new("screen", size, &pixels_fd);
    if (!current.pixels) {
        g_error("no memory for a screen of %zu bytes", size); /* as g_malloc() does */
    }
    pixels_size = size;
}

int surface_fd(void)
{
    return pixels_fd;
}

void surface_detach(struct device *dev)
{
    if (source.dev == dev) {
        source.dev = NULL;
        source.ops = NULL;
        drop_pixels();
        current = (struct surface){0};
    }
}

struct surface *surface_current(void)
{
    return &current;
}

struct surface *surface_resize(uint32_t width, uint32_t height)
{
    width = CLAMP(width, 1, SURFACE_MAX_WIDTH);
    height = CLAMP(height, 1, SURFACE_MAX_HEIGHT);
    if (current.pixels && current.width == width && current.height == height) {
        return &current;
    }
    drop_pixels();
    current.width = width;
    current.height = height;
    current.stride = width * 4;
    make_pixels((size_t)current.stride * height);
    for (GSList *l = views; l; l = l->next) {
        const struct view *v = l->data;

        if (v->ops->resized) {
            v->ops->resized(v->opaque, &current);
        }
    }
    surface_damage(0, 0, width, height);
    return &current;
}

void surface_damage(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    struct surface_rect r;

    if (x >= current.width || y >= current.height || width == 0 || height == 0) {
        return;
    }
    r = (struct surface_rect){x, y, MIN(width, current.width - x), MIN(height, current.height - y)};
    for (GSList *l = views; l; l = l->next) {
        const struct view *v = l->data;

        if (v->ops->damaged) {
            v->ops->damaged(v->opaque, &r);
        }
    }
}

void surface_view_add(const struct surface_view_ops *ops, void *opaque)
{
    struct view *v = g_new0(struct view, 1);

    v->ops = ops;
    v->opaque = opaque;
    views = g_slist_append(views, v);
    if (current.pixels && ops->resized) {
        ops->resized(opaque, &current);
    }
}

void surface_view_remove(const struct surface_view_ops *ops, void *opaque)
{
    for (GSList *l = views; l; l = l->next) {
        struct view *v = l->data;

        if (v->ops == ops && v->opaque == opaque) {
            views = g_slist_delete_link(views, l);
            g_free(v);
            return;
        }
    }
}

void surface_set_prepare(void (*fn)(void *opaque), void *opaque)
{
    prepare = fn;
    prepare_opaque = opaque;
}

void surface_refresh(bool full)
{
    if (prepare) {
        prepare(prepare_opaque);
    }
    if (source.ops) {
        device_enter(source.dev);
        source.ops->refresh(source.opaque, full);
        device_leave(source.dev);
    }
}

char *surface_text(void)
{
    char *text = NULL;

    if (source.ops && source.ops->text) {
        device_enter(source.dev);
        text = source.ops->text(source.opaque);
        device_leave(source.dev);
    }
    return text;
}

bool surface_cells(struct surface_cells *out)
{
    bool text = false;

    if (source.ops && source.ops->cells) {
        device_enter(source.dev);
        text = source.ops->cells(source.opaque, out);
        device_leave(source.dev);
    }
    return text;
}

/* -- input -- */

static uint32_t turn_of(const struct sink *s)
{
    return __atomic_load_n(&s->turn, __ATOMIC_ACQUIRE);
}

static void set_turn(struct sink *s, bool on)
{
    uint32_t turn = on ? __atomic_add_fetch(&last_turn, 1, __ATOMIC_RELAXED) : 0;

    __atomic_store_n(&s->turn, turn, __ATOMIC_RELEASE);
}

/* Whose turn it is; NULL: there is no pointing device that is on. */
static struct sink *pointer(void)
{
    struct sink *best = NULL;
    uint32_t high = 0;

    for (unsigned i = 0; i < MAX_SINKS; i++) {
        uint32_t turn = turn_of(&sinks[i]);

        if (turn > high) {
            high = turn;
            best = &sinks[i];
        }
    }
    return best;
}

static struct sink *sink_of(const struct device *dev)
{
    for (unsigned i = 0; i < MAX_SINKS; i++) {
        if (sinks[i].ops && sinks[i].dev == dev) {
            return &sinks[i];
        }
    }
    return NULL;
}

bool input_attach(struct device *dev, const struct input_sink_ops *ops, void *opaque)
{
    for (unsigned i = 0; i < MAX_SINKS; i++) {
        if (!sinks[i].ops) {
            sinks[i] = (struct sink){.dev = dev, .ops = ops, .opaque = opaque};
            set_turn(&sinks[i], ops->motion || ops->buttons || ops->position);
            return true;
        }
    }
    return false;
}

void input_detach(struct device *dev)
{
    for (unsigned i = 0; i < MAX_SINKS; i++) {
        if (sinks[i].dev == dev) {
            sinks[i] = (struct sink){0};
        }
    }
}

static uint8_t held_index(uint16_t key)
{
    return (uint8_t)((key & 0x7f) | (key > 0xff ? 0x80 : 0));
}

void input_key(uint16_t key, bool down)
{
    if (key == 0 || (key > 0x7f && (key >> 8) != 0xe0 && key != INPUT_KEY_PAUSE)) {
        return;
    }
    if (trace_active()) {
        trace_event(TRACE_KEY, 0, (uint64_t)key << 1 | down);
    }
    held_keys[held_index(key)] = down && key != INPUT_KEY_PAUSE;
    for (unsigned i = 0; i < MAX_SINKS; i++) {
        if (sinks[i].ops && sinks[i].ops->key) {
            device_enter(sinks[i].dev);
            sinks[i].ops->key(sinks[i].opaque, key, down);
            device_leave(sinks[i].dev);
        }
    }
}

void input_motion(int32_t dx, int32_t dy, int32_t dz)
{
    const struct sink *s = pointer();

    if (trace_active()) {
        trace_event(TRACE_MOTION, (uint32_t)dx, (uint64_t)(uint32_t)dy << 32 | (uint32_t)dz);
    }
    if (s && s->ops->motion) {
        device_enter(s->dev);
        s->ops->motion(s->opaque, dx, dy, dz);
        device_leave(s->dev);
    }
}

static void tell_buttons(struct sink *s, uint32_t held)
{
    s->held = held;
    device_enter(s->dev);
    s->ops->buttons(s->opaque, held);
    device_leave(s->dev);
}

/* One that has lost its turn with buttons down is told that they are up. */
void input_buttons(uint32_t held)
{
    const struct sink *turn = pointer();

    if (trace_active()) {
        trace_event(TRACE_BUTTONS, 0, held);
    }
    held_buttons = held;
    for (unsigned i = 0; i < MAX_SINKS; i++) {
        struct sink *s = &sinks[i];

        if (s->ops && s->ops->buttons && (s == turn || s->held)) {
            tell_buttons(s, s == turn ? held : 0);
        }
    }
}

void input_position(uint32_t x, uint32_t y)
{
    const struct sink *s = pointer();

    x = MIN(x, INPUT_POSITION_MAX);
    y = MIN(y, INPUT_POSITION_MAX);
    if (trace_active()) {
        trace_event(TRACE_POSITION, 0, (uint64_t)x << 32 | y);
    }
    if (s && s->ops->position) {
        device_enter(s->dev);
        s->ops->position(s->opaque, x, y);
        device_leave(s->dev);
    }
}

void input_release_all(void)
{
    for (uint16_t i = 1; i < 256; i++) {
        if (held_keys[i]) {
            input_key((uint16_t)((i & 0x80 ? 0xe000 : 0) | (i & 0x7f)), false);
        }
    }
    if (held_buttons) {
        input_buttons(0);
    }
}

void input_set_leds(uint8_t on)
{
    __atomic_store_n(&leds, on, __ATOMIC_RELAXED);
}

uint8_t input_leds(void)
{
    return __atomic_load_n(&leds, __ATOMIC_RELAXED);
}

/* -- pointing devices -- */

void input_pointer_on(struct device *dev, bool absolute)
{
    struct sink *s = sink_of(dev);

    if (s) {
        __atomic_store_n(&s->absolute, absolute, __ATOMIC_RELAXED);
        set_turn(s, true);
    }
}

void input_pointer_off(struct device *dev)
{
    struct sink *s = sink_of(dev);

    if (s) {
        set_turn(s, false);
    }
}

static bool is_absolute(const struct sink *s)
{
    return __atomic_load_n(&s->absolute, __ATOMIC_RELAXED);
}

bool input_absolute(void)
{
    const struct sink *s = pointer();

    return s && is_absolute(s);
}

unsigned input_pointers(struct input_pointer out[INPUT_POINTERS])
{
    const struct sink *turn = pointer();
    unsigned n = 0;

    for (unsigned i = 0; i < MAX_SINKS; i++) {
        const struct sink *s = &sinks[i];

        if (s->ops && turn_of(s)) {
            out[n++] = (struct input_pointer){
                .name = s->ops->name ? s->ops->name : s->dev->cls->name,
                .index = FIRST_INDEX + i,
                .current = s == turn,
                .absolute = is_absolute(s),
            };
        }
    }
    return n;
}

bool input_pointer_use(unsigned index)
{
    struct sink *s = index >= FIRST_INDEX && index - FIRST_INDEX < MAX_SINKS
                         ? &sinks[index - FIRST_INDEX]
                         : NULL;

    if (!s || !s->ops || !turn_of(s)) {
        return false;
    }
    set_turn(s, true);
    return true;
}

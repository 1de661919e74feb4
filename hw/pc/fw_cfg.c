/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The firmware configuration device of QEMU's PC, as its interface description (fw_cfg.rst)
 * specifies it: selector at 510h, data at 511h, DMA address at 514h to 51Bh, big endian.
 *
 * Modelled: numbered items, the file directory, DMA read, skip and select. Nothing is writable: the
 * data register and DMA writes change nothing (DMA reports an error). What is not there, and what
 * lies past the end of an item, reads as zeros.
 * Not modelled: items made on demand, write call-backs.
 *
 * A byte access at either of 510h and 511h is the data register and a word write to 510h selects,
 * as in QEMU. A DMA transfer is done before the access to the register ends; it moves at most the
 * rest of the item and a bounded number of zeros.
 *
 * Threading: contents are made before the first run and constant from then on; position and
 * selection are under the device's lock.
 */
#include "hw/pc/fw_cfg.h"

#include "core/ram.h"

#include <string.h>

#define SELECTOR_PORT 0x510
#define DMA_PORT 0x514

#define ID_TRADITIONAL 0x1u
#define ID_DMA 0x2u

#define DMA_ERROR 0x01u
#define DMA_READ 0x02u
#define DMA_SKIP 0x04u
#define DMA_SELECT 0x08u
#define DMA_WRITE 0x10u
#define DMA_COMMAND_SIZE 16
#define DMA_ZEROS_MAX (16u << 20) /* more zeros than this in one go is an error */

#define KEYS (FW_CFG_FILE_FIRST + FW_CFG_FILES)
#define KEY_MASK 0x3fffu
#define DIR_ENTRY 64
#define DIR_NAME 8

static const char dma_signature[] = "QEMU CFG";

struct fw_cfg_state {
    uint32_t offset;   /* of the next byte in the item */
    uint32_t dma_high; /* first half of the DMA address */
    uint16_t key;
    uint8_t pad[2];
};
_Static_assert(sizeof(struct fw_cfg_state) == 12, "no padding");

struct item {
    uint8_t *data;
    uint32_t len;
};

struct fw_cfg {
    struct device dev;
    struct fw_cfg_state state;
    struct board *board;
    struct region ports, dma;
    struct item items[2][KEYS]; /* common, and local to the architecture */
    char names[FW_CFG_FILES][FW_CFG_NAME];
    uint32_t nfiles;
};

static struct fw_cfg *self(struct device *d)
{
    return (struct fw_cfg *)(void *)d;
}

/* -- contents -- */

static struct item *item_of(struct fw_cfg *fw, uint16_t key)
{
    unsigned n = key & KEY_MASK;

    return n < KEYS ? &fw->items[(key & FW_CFG_ARCH_LOCAL) != 0][n] : NULL;
}

static void item_set(struct item *it, const void *data, size_t len)
{
    g_free(it->data);
    it->data = len ? g_memdup2(data, len) : NULL;
    it->len = (uint32_t)len;
}

void fw_cfg_add_bytes(struct fw_cfg *fw, uint16_t key, const void *data, size_t len)
{
    struct item *it = item_of(fw, key);

    if (it && len <= FW_CFG_ITEM_MAX) {
        item_set(it, data, len);
    }
}

void fw_cfg_add_u16(struct fw_cfg *fw, uint16_t key, uint16_t value)
{
    uint16_t le = GUINT16_TO_LE(value);

    fw_cfg_add_bytes(fw, key, &le, sizeof(le));
}

void fw_cfg_add_u32(struct fw_cfg *fw, uint16_t key, uint32_t value)
{
    uint32_t le = GUINT32_TO_LE(value);

    fw_cfg_add_bytes(fw, key, &le, sizeof(le));
}

void fw_cfg_add_u64(struct fw_cfg *fw, uint16_t key, uint64_t value)
{
    uint64_t le = GUINT64_TO_LE(value);

    fw_cfg_add_bytes(fw, key, &le, sizeof(le));
}

void fw_cfg_add_string(struct fw_cfg *fw, uint16_t key, const char *text)
{
    fw_cfg_add_bytes(fw, key, text, strlen(text) + 1);
}

/* Count, then per file: size, key, reserved (all big endian), name. */
static void write_directory(struct fw_cfg *fw)
{
    g_autoptr(GByteArray) dir = g_byte_array_new();
    uint32_t count = GUINT32_TO_BE(fw->nfiles);

    g_byte_array_append(dir, (const guint8 *)&count, sizeof(count));
    for (uint32_t i = 0; i < fw->nfiles; i++) {
        uint32_t size = GUINT32_TO_BE(fw->items[0][FW_CFG_FILE_FIRST + i].len);
        uint16_t key = GUINT16_TO_BE((uint16_t)(FW_CFG_FILE_FIRST + i));
        uint8_t entry[DIR_ENTRY] = {0};

        memcpy(entry, &size, sizeof(size));
        memcpy(entry + 4, &key, sizeof(key));
        memcpy(entry + DIR_NAME, fw->names[i], FW_CFG_NAME);
        g_byte_array_append(dir, entry, sizeof(entry));
    }
    item_set(&fw->items[0][FW_CFG_FILE_DIR], dir->data, dir->len);
}

bool fw_cfg_add_file(struct fw_cfg *fw, const char *name, const void *data, size_t len)
{
    struct item *files = &fw->items[0][FW_CFG_FILE_FIRST];
    uint32_t at = 0;

    if (fw->nfiles == FW_CFG_FILES || len > FW_CFG_ITEM_MAX || name[0] == 0 ||
        strlen(name) >= FW_CFG_NAME) {
        return false;
    }
    while (at < fw->nfiles && strcmp(fw->names[at], name) < 0) {
        at++;
    }
    if (at < fw->nfiles && strcmp(fw->names[at], name) == 0) {
        return false;
    }
    memmove(fw->names[at + 1], fw->names[at], (fw->nfiles - at) * sizeof(fw->names[0]));
    memmove(files + at + 1, files + at, (fw->nfiles - at) * sizeof(files[0]));
    files[at] = (struct item){0};
    item_set(&files[at], data, len);
    memset(fw->names[at], 0, FW_CFG_NAME);
    g_strlcpy(fw->names[at], name, FW_CFG_NAME);
    fw->nfiles++;
    write_directory(fw);
    return true;
}

/* -- reading -- */

static void select_key(struct fw_cfg *fw, uint16_t key)
{
    fw->state.key = key;
    fw->state.offset = 0;
}

/* What is left of the selected item. */
static uint32_t rest(struct fw_cfg *fw, const uint8_t **data)
{
    const struct item *it = item_of(fw, fw->state.key);

    if (!it || fw->state.offset >= it->len) {
        return 0;
    }
    *data = it->data + fw->state.offset;
    return it->len - fw->state.offset;
}

static uint8_t next_byte(struct fw_cfg *fw)
{
    const uint8_t *data;

    if (rest(fw, &data) == 0) {
        return 0;
    }
    fw->state.offset++;
    return *data;
}

static uint64_t ports_read(void *opaque, uint64_t offset, unsigned width)
{
    (void)offset;
    return width == 1 ? next_byte(opaque) : 0;
}

static void ports_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    if (offset == 0 && width == 2) {
        select_key(opaque, (uint16_t)value);
    }
}

static uint32_t ports_read_block(void *opaque, uint64_t offset, unsigned width, uint32_t count,
                                 void *buf)
{
    struct fw_cfg *fw = opaque;
    const uint8_t *data;
    uint32_t n;

    (void)offset;
    if (width != 1) {
        return 0;
    }
    n = rest(fw, &data);
    n = n < count ? n : count;
    if (n) {
        memcpy(buf, data, n);
        fw->state.offset += n;
    }
    memset((uint8_t *)buf + n, 0, count - n);
    return count;
}

static const struct region_ops ports_ops = {
    .read = ports_read,
    .write = ports_write,
    .read_block = ports_read_block,
    .valid = 1 | 2,
    .impl = 1 | 2,
};

/* -- DMA -- */

static bool dma_zeros(struct fw_cfg *fw, uint64_t addr, uint32_t len)
{
    static const uint8_t zeros[4096];

    if (len > DMA_ZEROS_MAX) {
        return false;
    }
    while (len) {
        uint32_t n = len < sizeof(zeros) ? len : (uint32_t)sizeof(zeros);

        if (!ram_write(fw->board->mem, addr, zeros, n)) {
            return false;
        }
        addr += n;
        len -= n;
    }
    return true;
}

static bool dma_read(struct fw_cfg *fw, uint64_t addr, uint32_t len)
{
    const uint8_t *data;
    uint32_t n = rest(fw, &data);
    uint64_t end;

    n = n < len ? n : len;
    if (__builtin_add_overflow(addr, (uint64_t)len, &end)) {
        return false;
    }
    if (n && !ram_write(fw->board->mem, addr, data, n)) {
        return false;
    }
    fw->state.offset += n;
    return dma_zeros(fw, addr + n, len - n);
}

static void dma_skip(struct fw_cfg *fw, uint32_t len)
{
    const uint8_t *data;
    uint32_t n = rest(fw, &data);

    fw->state.offset += n < len ? n : len;
}

/* Fetch the command once, do it, put the answer in its control word. */
static void dma_run(struct fw_cfg *fw, uint64_t at)
{
    struct {
        uint32_t control, length;
        uint64_t address;
    } cmd;
    uint32_t control, length, answer;
    uint64_t address;
    bool ok = true;

    _Static_assert(sizeof(cmd) == DMA_COMMAND_SIZE, "as the guest lays it out");
    if (!ram_read(fw->board->mem, at, &cmd, sizeof(cmd))) {
        answer = GUINT32_TO_BE(DMA_ERROR);
        (void)ram_write(fw->board->mem, at, &answer, sizeof(answer));
        return;
    }
    control = GUINT32_FROM_BE(cmd.control);
    length = GUINT32_FROM_BE(cmd.length);
    address = GUINT64_FROM_BE(cmd.address);
    if (control & DMA_SELECT) {
        select_key(fw, (uint16_t)(control >> 16));
    }
    if (control & DMA_READ) {
        ok = dma_read(fw, address, length);
    } else if (control & DMA_WRITE) {
        ok = false;
    } else if (control & DMA_SKIP) {
        dma_skip(fw, length);
    }
    answer = GUINT32_TO_BE(ok ? 0 : DMA_ERROR);
    (void)ram_write(fw->board->mem, at, &answer, sizeof(answer));
}

static uint64_t dma_port_read(void *opaque, uint64_t offset, unsigned width)
{
    uint64_t value = 0;

    (void)opaque;
    for (unsigned i = 0; i < width; i++) {
        value |= (uint64_t)(uint8_t)dma_signature[(offset + i) & 7] << (8 * i);
    }
    return value;
}

static void dma_port_write(void *opaque, uint64_t offset, unsigned width, uint64_t value)
{
    struct fw_cfg *fw = opaque;
    uint32_t half = GUINT32_SWAP_LE_BE((uint32_t)value);

    if (width != 4) {
        return;
    }
    if (offset == 0) {
        fw->state.dma_high = half;
    } else if (offset == 4) {
        uint64_t at = (uint64_t)fw->state.dma_high << 32 | half;

        fw->state.dma_high = 0;
        dma_run(fw, at);
    }
}

static const struct region_ops dma_ops = {
    .read = dma_port_read,
    .write = dma_port_write,
    .impl = 1 | 2 | 4,
};

/* -- life -- */

static void reset(struct device *d)
{
    memset(&self(d)->state, 0, sizeof(struct fw_cfg_state));
}

static const char *check(const void *state)
{
    const struct fw_cfg_state *s = state;

    return s->offset > FW_CFG_ITEM_MAX ? "offset" : s->pad[0] || s->pad[1] ? "pad" : NULL;
}

static void unrealize(struct device *d)
{
    struct fw_cfg *fw = self(d);

    space_unmap(&fw->ports);
    space_unmap(&fw->dma);
    space_synchronize();
    for (unsigned i = 0; i < KEYS; i++) {
        g_free(fw->items[0][i].data);
        g_free(fw->items[1][i].data);
    }
    fw->board->fw_cfg = NULL;
}

static bool realize(struct device *d, struct board *b, GError **error)
{
    struct fw_cfg *fw = self(d);
    static const char signature[4] = {'Q', 'E', 'M', 'U'};

    fw->board = b;
    fw->ports = (struct region){
        .name = "fw_cfg", .dev = d, .opaque = fw, .ops = &ports_ops, .size = 2, .prio = PRIO_FIXED};
    fw->dma = (struct region){.name = "fw_cfg-dma",
                              .dev = d,
                              .opaque = fw,
                              .ops = &dma_ops,
                              .size = 8,
                              .prio = PRIO_FIXED};
    d->regions = g_slist_append(d->regions, &fw->ports);
    d->regions = g_slist_append(d->regions, &fw->dma);
    fw_cfg_add_bytes(fw, FW_CFG_SIGNATURE, signature, sizeof(signature));
    fw_cfg_add_u32(fw, FW_CFG_ID, ID_TRADITIONAL | ID_DMA);
    write_directory(fw);
    if (!space_map(b->ports, &fw->ports, SELECTOR_PORT, error) ||
        !space_map(b->ports, &fw->dma, DMA_PORT, error)) {
        unrealize(d);
        return false;
    }
    b->fw_cfg = fw;
    return true;
}

static const struct state_field fw_cfg_fields[] = {
    STATE_FIELD(struct fw_cfg_state, offset),
    STATE_FIELD(struct fw_cfg_state, dma_high),
    STATE_FIELD(struct fw_cfg_state, key),
    STATE_ARRAY(struct fw_cfg_state, pad),
    STATE_END,
};

static const struct state_layout fw_cfg_layout = {
    .name = "fw_cfg",
    .version = 1,
    .min_version = 1,
    .size = sizeof(struct fw_cfg_state),
    .fields = fw_cfg_fields,
    .check = check,
};

const struct device_class fw_cfg_class = {
    .name = "fw_cfg",
    .desc = "Firmware configuration",
    .bus = BUS_BOARD,
    .size = sizeof(struct fw_cfg),
    .state_offset = offsetof(struct fw_cfg, state),
    .state = &fw_cfg_layout,
    .realize = realize,
    .reset = reset,
    .unrealize = unrealize,
};

struct fw_cfg *fw_cfg_new(struct board *b, GError **error)
{
    struct device *d = device_new(&fw_cfg_class, NULL);

    return device_realize(d, b, error) ? self(d) : NULL;
}

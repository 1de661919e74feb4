/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text console: what a guest sends to its serial port, on a screen of any size. */
#include "chardev/terminal.h"
#include "core/console.h"
#include "tests/fuzz/board.h"

static void reply(void *opaque, const void *buf, uint32_t len)
{
    (void)buf;
    *(uint32_t *)opaque += len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct surface_cells seen;
    struct fuzz_in in = {data, len};
    uint32_t answered = 0;
    struct terminal *t = terminal_new(in8(&in), in8(&in), reply, &answered);

    terminal_write(t, in.p, (uint32_t)MIN(in.left, 65536));
    terminal_cells(t, terminal_scroll(t, CONSOLE_FOLLOW, (int8_t)in8(&in)), &seen);
    if (seen.columns > SURFACE_MAX_COLUMNS || seen.rows > SURFACE_MAX_ROWS ||
        seen.cursor_x >= seen.columns || seen.cursor_y >= seen.rows) {
        abort();
    }
    terminal_free(t);
    return 0;
}

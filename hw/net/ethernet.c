/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IEEE 802.3 helpers: see ethernet.h. The CRC works on four bytes at a time with four tables. */
#include "hw/net/ethernet.h"

#include "core/device.h"

#include <string.h>

#define CRC_POLYNOMIAL UINT32_C(0xedb88320) /* 802.3 clause 3.2.9, bit-reversed */

static uint32_t crc_table[4][256];

void eth_init(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;

        for (int bit = 0; bit < 8; bit++) {
            c = c & 1 ? c >> 1 ^ CRC_POLYNOMIAL : c >> 1;
        }
        crc_table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++) {
        for (int n = 1; n < 4; n++) {
            uint32_t c = crc_table[n - 1][i];

            crc_table[n][i] = c >> 8 ^ crc_table[0][c & 0xff];
        }
    }
}

uint32_t eth_crc(const uint8_t *data, uint32_t len)
{
    uint32_t c = UINT32_MAX;

    for (; len >= 4; len -= 4, data += 4) {
        uint32_t v;

        memcpy(&v, data, sizeof(v)); /* hosts are little endian */
        c ^= v;
        c = crc_table[3][c & 0xff] ^ crc_table[2][c >> 8 & 0xff] ^ crc_table[1][c >> 16 & 0xff] ^
            crc_table[0][c >> 24];
    }
    for (; len; len--, data++) {
        c = c >> 8 ^ crc_table[0][(c ^ *data) & 0xff];
    }
    return c;
}

uint8_t eth_hash(const uint8_t address[ETH_ADDRESS])
{
    uint32_t c = eth_crc(address, ETH_ADDRESS);
    uint32_t hash = 0;

    for (unsigned bit = 0; bit < 6; bit++) { /* our register is mirrored: bit 31 is bit 0 here */
        hash = hash << 1 | (c >> bit & 1);
    }
    return (uint8_t)hash;
}

static bool address_taken(const char *text)
{
    GPtrArray *list = device_list();

    for (guint i = 0; i < list->len; i++) {
        g_autofree char *other = device_get(g_ptr_array_index(list, i), "mac");

        if (g_strcmp0(other, text) == 0) {
            return true;
        }
    }
    return false;
}

void eth_default_address(uint8_t address[ETH_ADDRESS])
{
    static const uint8_t zero[ETH_ADDRESS];

    if (memcmp(address, zero, sizeof(zero)) != 0) {
        return;
    }
    for (unsigned n = 0x56; n <= 0xff; n++) {
        char text[18];

        g_snprintf(text, sizeof(text), "52:54:00:12:34:%02x", n);
        if (n == 0xff || !address_taken(text)) {
            memcpy(address, (const uint8_t[]){0x52, 0x54, 0x00, 0x12, 0x34, (uint8_t)n}, 6);
            return;
        }
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every Ethernet adapter needs of IEEE 802.3: lengths, addresses, the frame check sequence. */
#ifndef HW_NET_ETHERNET_H
#define HW_NET_ETHERNET_H

#include <stdbool.h>
#include <stdint.h>

#define ETH_ADDRESS 6u
#define ETH_HEADER 14u
#define ETH_FCS 4u
/* Without FCS: the shortest legal frame, the longest, and the longest with an 802.1Q tag. */
#define ETH_MIN 60u
#define ETH_MAX 1514u
#define ETH_MAX_TAGGED 1518u

/*
 * The CRC register after len bytes, before the final inversion; the FCS is its complement, sent
 * least significant byte first. Leaf.
 */
uint32_t eth_crc(const uint8_t *data, uint32_t len);

/* Bits 31 to 26 of the CRC as the chips' multicast filters number it. */
uint8_t eth_hash(const uint8_t address[ETH_ADDRESS]);

/* Call from realize(): makes the CRC's table. */
void eth_init(void);

/*
 * Fill in an address that the user left at zero: 52:54:00:12:34:56, or the first one after it that
 * no device made before has. Loop thread.
 */
void eth_default_address(uint8_t address[ETH_ADDRESS]);

#endif

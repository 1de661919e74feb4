/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 reassembly in front of libslirp, whose own has been a source of memory errors for years: in
 * 4.7.0 one frame, a last fragment that comes first, ends the process. libslirp sees whole datagrams
 * only. Bounded: IPFRAG_SLOTS datagrams at a time, the oldest gives way; each lives 15 s; overlapping
 * fragments cost the datagram (as RFC 5722 has it for IPv6).
 */
#ifndef NET_IPFRAG_H
#define NET_IPFRAG_H

#include <stdbool.h>
#include <stdint.h>

#define IPFRAG_SLOTS 4u
#define IPFRAG_FRAME_MAX (14u + 65535u)

struct ipfrag;

struct ipfrag *ipfrag_new(void);
void ipfrag_free(struct ipfrag *t);

/* Is this Ethernet frame of at least 60 bytes an IPv4 fragment, whatever else is wrong with it? */
bool ipfrag_is_fragment(const uint8_t *frame);

/*
 * Take a fragment. Returns the whole frame when it was the last one missing, valid until the next
 * call, with its length in *out; else NULL.
 */
const uint8_t *ipfrag_add(struct ipfrag *t, const uint8_t *frame, uint32_t len, int64_t now_us,
                          uint32_t *out);

#endif

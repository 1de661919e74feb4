/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PC speaker as a source of sound: see pcspk.c. */
#ifndef HW_AUDIO_PCSPK_H
#define HW_AUDIO_PCSPK_H

#include "core/audio.h"
#include "hw/timer/i8254_counter.h"

#define PCSPK_FRAMES 32768u /* kept: 680 ms, more than the mixer catches up with */

/* Port 61h, "NMI status and control": 82371SB (290550-002) section 2.5.4.2. */
#define SC_GATE2 0x01
#define SC_SPEAKER 0x02
#define SC_REFRESH 0x10
#define SC_OUT2 0x20
#define SC_REFRESH_TICKS 18 /* of the 8254's clock: 15.1 us */

/* No part of the guest's state. The lock of whoever has the port is held. */
struct pcspk {
    struct audio_source source;
    bool follows;               /* somebody listens, and there was something to hear of late */
    uint64_t first;             /* frame, the first that is kept */
    uint64_t tick;              /* heard up to here */
    int64_t wave;               /* output of the high pass */
    int32_t last;               /* its input: the level of the frame before `first` */
    uint8_t high[PCSPK_FRAMES]; /* ticks at which the level was high, of each frame */
};

/* The device has it: opaque is for `ops`, whose render() is pcspk_render() at its end. */
void pcspk_init(struct pcspk *s, struct device *dev, const struct audio_source_ops *ops,
                void *opaque, struct clock *clock);
void pcspk_exit(struct pcspk *s);

/*
 * Until tick `t`, counter 2 was as c says and the speaker was connected, or not. Before every change
 * of either.
 */
void pcspk_until(struct pcspk *s, const struct i8254_counter *c, bool on, uint64_t t);

/* From tick `t` on, they are so. After every change, and when somebody begins to listen. */
void pcspk_from(struct pcspk *s, const struct i8254_counter *c, bool on, uint64_t t);

/* The state is another: it sounds, or may, as render() will find. */
void pcspk_settle(struct pcspk *s);

/* For render(), when the present has been told by pcspk_until(). */
bool pcspk_render(struct pcspk *s, const struct i8254_counter *c, bool on, uint64_t first,
                  int32_t *mix);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The 16550A itself, for the glue in serial.c. The device's lock is held in all of these. */
#ifndef HW_CHAR_UART_H
#define HW_CHAR_UART_H

#include "hw/char/serial.h"

enum {
    REG_DATA, /* RBR, THR; DLL with DLAB */
    REG_IER,  /* DLM with DLAB */
    REG_IIR,  /* FCR when written */
    REG_LCR,
    REG_MCR,
    REG_LSR,
    REG_MSR,
    REG_SCR,
    UART_REGS,
};

#define IER_ERBFI 0x01u
#define IER_ETBEI 0x02u
#define IER_ELSI 0x04u
#define IER_EDSSI 0x08u

#define IIR_MODEM 0x00u
#define IIR_NONE 0x01u
#define IIR_THRE 0x02u
#define IIR_DATA 0x04u
#define IIR_LINE 0x06u
#define IIR_TIMEOUT 0x0cu
#define IIR_FIFO 0xc0u

#define FCR_ENABLE 0x01u
#define FCR_CLEAR_RX 0x02u
#define FCR_CLEAR_TX 0x04u
#define FCR_STORED 0xc9u /* enable, DMA mode, trigger */

#define LCR_STB 0x04u
#define LCR_PEN 0x08u
#define LCR_BREAK 0x40u
#define LCR_DLAB 0x80u

#define MCR_DTR 0x01u
#define MCR_RTS 0x02u
#define MCR_OUT1 0x04u
#define MCR_OUT2 0x08u
#define MCR_LOOP 0x10u
#define MCR_STORED 0x1fu

#define LSR_DR 0x01u
#define LSR_OE 0x02u
#define LSR_FE 0x08u
#define LSR_BI 0x10u
#define LSR_THRE 0x20u
#define LSR_TEMT 0x40u
#define LSR_FIFO_ERROR 0x80u
#define LSR_ERRORS 0x1eu

#define MSR_CTS 0x10u
#define MSR_DSR 0x20u
#define MSR_RI 0x40u
#define MSR_DCD 0x80u
#define MSR_LEVELS 0xf0u
#define MSR_TERI 0x04u
#define MSR_DELTAS 0x0fu

static inline bool uart_fifo_on(const struct serial_state *s)
{
    return s->fcr & FCR_ENABLE;
}

/* Characters that each direction holds. */
static inline uint32_t uart_depth(const struct serial_state *s)
{
    return uart_fifo_on(s) ? SERIAL_FIFO : 1;
}

extern const struct region_ops uart_ops;
extern const struct line_guest_ops uart_line_ops;

void uart_reset(struct serial *d);
void uart_settle(struct serial *d);
void uart_timeout(void *opaque); /* timer: four character times of silence */
void uart_retry(void *opaque);   /* timer: offer again what the line did not take */

#endif

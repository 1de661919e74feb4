/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of the MC146818A, and dates in them; for mc146818.c alone: see rtc_bytes.c. */
#ifndef HW_TIMER_RTC_BYTES_H
#define HW_TIMER_RTC_BYTES_H

#include <stdint.h>

#define REG_SECOND 0x00
#define REG_SECOND_ALARM 0x01
#define REG_MINUTE 0x02
#define REG_MINUTE_ALARM 0x03
#define REG_HOUR 0x04
#define REG_HOUR_ALARM 0x05
#define REG_WEEKDAY 0x06
#define REG_DAY 0x07
#define REG_MONTH 0x08
#define REG_YEAR 0x09
#define REG_A 0x0a
#define REG_B 0x0b
#define REG_C 0x0c
#define REG_D 0x0d
#define REG_CENTURY 0x32
#define REG_CENTURY_PS2 0x37

#define A_RS 0x0f
#define A_DV_RESET 0x60
#define A_UIP 0x80
#define B_24H 0x02
#define B_BINARY 0x04
#define B_SQWE 0x08
#define B_UIE 0x10
#define B_AIE 0x20
#define B_PIE 0x40
#define B_SET 0x80
#define C_UF 0x10
#define C_AF 0x20
#define C_PF 0x40
#define C_IRQF 0x80
#define C_FLAGS (C_UF | C_AF | C_PF)
#define D_VRT 0x80

#define HOUR_PM 0x80
#define ALARM_ANY 0xc0

/* Put a time, in seconds since 1970, into the time bytes, in the format that register B names. */
void rtc_show(uint8_t *cmos, int64_t second);

/* The time that the time bytes name; what is out of range carries on. */
int64_t rtc_shown(const uint8_t *cmos);

/* Seconds from a moment to the next alarm, 1 to 86400; 0 when its bytes name no time of day. */
int64_t rtc_alarm_in(const uint8_t *cmos, int64_t second);

#endif

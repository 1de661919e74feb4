/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Gregorian calendar, without host time zones: see calendar.c. */
#ifndef HW_TIMER_CALENDAR_H
#define HW_TIMER_CALENDAR_H

#include <stdint.h>

struct calendar {
    int64_t year;
    uint32_t month;   /* 1 to 12 */
    uint32_t day;     /* 1 to 31 */
    uint32_t weekday; /* 1 = Sunday to 7 */
    uint32_t hour, minute, second;
};

/* Any number of seconds since 1970 to a date. */
struct calendar calendar_from_seconds(int64_t seconds);

/* A date to seconds since 1970. Fields beyond their range carry on; weekday is not looked at. */
int64_t calendar_to_seconds(const struct calendar *c);

#endif

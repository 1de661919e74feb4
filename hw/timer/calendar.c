/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Days and dates. Years are numbered astronomically (year 0 exists); 400 years are 146097 days, so
 * everything is worked out inside one such cycle.
 */
#include "hw/timer/calendar.h"

#define DAYS_400 INT64_C(146097)
#define DAYS_TO_1970 INT64_C(719528) /* from 1 January of year 0 */
#define DAY INT64_C(86400)

static const uint16_t days_before_month[13] = {0,   31,  59,  90,  120, 151, 181,
                                               212, 243, 273, 304, 334, 365};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* y in 0 to 399, counted from a year that 400 divides. */
static int64_t is_leap(int64_t y)
{
    return y % 4 == 0 && (y % 100 != 0 || y == 0);
}

static int64_t days_before_year(int64_t y)
{
    return y == 0 ? 0 : y * 365 + (y - 1) / 4 - (y - 1) / 100 + 1;
}

/* Month m from 0 to 12. */
static int64_t days_before(int64_t y, uint32_t m)
{
    return days_before_month[m] + (m >= 2 ? is_leap(y) : 0);
}

struct calendar calendar_from_seconds(int64_t seconds)
{
    int64_t day = floor_div(seconds, DAY);
    uint32_t of_day = (uint32_t)(seconds - day * DAY);
    int64_t days = day + DAYS_TO_1970;
    int64_t cycle = floor_div(days, DAYS_400);
    int64_t left = days - cycle * DAYS_400;
    int64_t y = left / 365;
    uint32_t m = 0;

    if (days_before_year(y) > left) {
        y--;
    }
    left -= days_before_year(y);
    while (days_before(y, m + 1) <= left) {
        m++;
    }
    return (struct calendar){
        .year = cycle * 400 + y,
        .month = m + 1,
        .day = (uint32_t)(left - days_before(y, m)) + 1,
        .weekday = (uint32_t)(day + 4 - floor_div(day + 4, 7) * 7) + 1, /* 1970 began a Thursday */
        .hour = of_day / 3600,
        .minute = of_day / 60 % 60,
        .second = of_day % 60,
    };
}

int64_t calendar_to_seconds(const struct calendar *c)
{
    int64_t months = (int64_t)c->month - 1;
    int64_t year = c->year + floor_div(months, 12);
    uint32_t m = (uint32_t)(months - floor_div(months, 12) * 12);
    int64_t cycle = floor_div(year, 400);
    int64_t y = year - cycle * 400;
    int64_t days = cycle * DAYS_400 + days_before_year(y) + days_before(y, m) + c->day - 1;

    return (days - DAYS_TO_1970) * DAY + (int64_t)c->hour * 3600 + (int64_t)c->minute * 60 +
           c->second;
}

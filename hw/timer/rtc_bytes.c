/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time, date and alarm in the bytes of the MC146818A: BCD or binary, 12 or 24 hours, "don't care".
 * Datasheet ADI-1026, "Time, calendar, and alarm locations". See mc146818.c for the chip.
 */
#include "hw/timer/rtc_bytes.h"

#include "hw/timer/calendar.h"

#include <stdbool.h>

#define DAY 86400

static uint8_t encode(const uint8_t *cmos, uint32_t v)
{
    v %= 100;
    return (uint8_t)(cmos[REG_B] & B_BINARY ? v : v % 10 | v / 10 << 4);
}

static uint32_t decode(const uint8_t *cmos, uint8_t v)
{
    return cmos[REG_B] & B_BINARY ? v : (uint32_t)(v >> 4) * 10 + (v & 15);
}

static uint8_t encode_hour(const uint8_t *cmos, uint32_t h)
{
    if (cmos[REG_B] & B_24H) {
        return encode(cmos, h);
    }
    return (uint8_t)(encode(cmos, h % 12 ? h % 12 : 12) | (h >= 12 ? HOUR_PM : 0));
}

static uint32_t decode_hour(const uint8_t *cmos, uint8_t v)
{
    if (cmos[REG_B] & B_24H) {
        return decode(cmos, v);
    }
    return decode(cmos, v & (uint8_t)~HOUR_PM) % 12 + (v & HOUR_PM ? 12 : 0);
}

void rtc_show(uint8_t *cmos, int64_t second)
{
    struct calendar c = calendar_from_seconds(second);
    uint32_t year = (uint32_t)(c.year < 0 ? 0 : c.year);

    cmos[REG_SECOND] = encode(cmos, c.second);
    cmos[REG_MINUTE] = encode(cmos, c.minute);
    cmos[REG_HOUR] = encode_hour(cmos, c.hour);
    cmos[REG_WEEKDAY] = encode(cmos, c.weekday);
    cmos[REG_DAY] = encode(cmos, c.day);
    cmos[REG_MONTH] = encode(cmos, c.month);
    cmos[REG_YEAR] = encode(cmos, year % 100);
    cmos[REG_CENTURY] = encode(cmos, year / 100);
}

int64_t rtc_shown(const uint8_t *cmos)
{
    struct calendar c = {
        .year = (int64_t)decode(cmos, cmos[REG_CENTURY]) * 100 + decode(cmos, cmos[REG_YEAR]),
        .month = decode(cmos, cmos[REG_MONTH]),
        .day = decode(cmos, cmos[REG_DAY]),
        .hour = decode_hour(cmos, cmos[REG_HOUR]),
        .minute = decode(cmos, cmos[REG_MINUTE]),
        .second = decode(cmos, cmos[REG_SECOND]),
    };

    return calendar_to_seconds(&c);
}

/* Does an alarm byte that asks for `want` let `value` pass? */
static bool alarm_hit(uint8_t byte, uint32_t want, uint32_t value)
{
    return byte >= ALARM_ANY || want == value;
}

int64_t rtc_alarm_in(const uint8_t *cmos, int64_t second)
{
    uint8_t bs = cmos[REG_SECOND_ALARM];
    uint8_t bm = cmos[REG_MINUTE_ALARM];
    uint8_t bh = cmos[REG_HOUR_ALARM];
    uint32_t as = decode(cmos, bs), am = decode(cmos, bm), ah = decode_hour(cmos, bh);
    int64_t rest = second % DAY;
    uint32_t from = (uint32_t)(rest < 0 ? rest + DAY : rest);
    uint32_t t = from + 1;

    if ((bs < ALARM_ANY && as > 59) || (bm < ALARM_ANY && am > 59) || (bh < ALARM_ANY && ah > 23)) {
        return 0;
    }
    while (t < from + DAY) { /* at most 25 + 60 + 60 steps: each field is skipped whole */
        if (!alarm_hit(bh, ah, t / 3600 % 24)) {
            t += 3600 - t % 3600;
        } else if (!alarm_hit(bm, am, t / 60 % 60)) {
            t += 60 - t % 60;
        } else if (!alarm_hit(bs, as, t % 60)) {
            t++;
        } else {
            break;
        }
    }
    return t - from < DAY ? t - from : DAY;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What it costs to keep the figures of an exit (core/stats.h): batches of what a vCPU's thread does for
 * them at each, timed as tests/bench/guests do, for the stopwatch to read.
 */
#include "core/stats.h"

#include <stdio.h>
#include <x86intrin.h>

#define BATCHES 32
#define COUNT 20000u

int main(void)
{
    stats_open(1);
    stats_thread(0);
    for (int b = 0; b < BATCHES; b++) {
        unsigned long long begin = __rdtsc();

        for (unsigned i = 0; i < COUNT; i++) {
            stats_returned();
            stats_touch(STATS_FIRST + i % 4);
            stats_answered(1);
        }
        printf("@exit_figures %llx %x\n", (unsigned long long)__rdtsc() - begin, COUNT);
    }
    return 0;
}

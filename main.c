/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmx-dm: starts and stops, nothing else. */
#include "core/loop.h"
#include "core/report.h"
#include "core/space.h"
#include "monitor/monitor.h"
#include "system/daemon.h"
#include "system/display.h"
#include "system/machine.h"
#include "system/options.h"
#include "system/vm.h"

#include <malloc.h>
#include <stdlib.h>

static void changed(void *opaque)
{
    (void)opaque;
    display_status_changed();
}

/* Everything behind the options; false with an error. */
static bool start(struct options *o, struct machine **m, GError **error)
{
    if (!display_check(o, error)) {
        return false;
    }
    *m = machine_new(o, error);
    /* Displays run the loop until they are there: who commands the machine comes after that, or a quit
     * would be lost and query-vnc know nothing. */
    if (!*m || !display_open(o, *m, error) || !monitor_open(*m, error) ||
        !daemon_pidfile(o->pidfile, error)) {
        return false;
    }
    vm_on_change(changed, NULL);
    daemon_signals();
    daemon_ready();
    return true;
}

int main(int argc, char **argv)
{
    struct options options;
    struct machine *machine = NULL;
    GError *error = NULL;

    /* One heap: a heap of its own would cost each thread memory and start-up, for nothing, since
     * none of ours allocates where it matters. */
    mallopt(M_ARENA_MAX, 1);
    switch (options_parse(&options, argc, argv, &error)) {
    case OPTIONS_DONE:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        report("%s", error->message);
        return EXIT_FAILURE;
    case OPTIONS_RUN:
        break;
    }
    if (options.daemonize && !daemon_fork(&error)) {
        report("%s", error->message);
        return EXIT_FAILURE;
    }
    loop_init();
    space_reader_register();
    if (!start(&options, &machine, &error)) {
        report("%s", error->message);
        daemon_failed();
        if (machine) {
            machine_free(machine);
        }
        daemon_remove_pidfile();
        return EXIT_FAILURE;
    }
    if (!options.stopped) {
        vm_cont();
    }
    loop_run();
    display_close();
    monitor_close();
    machine_free(machine);
    daemon_remove_pidfile();
    return vm_exit_code();
}

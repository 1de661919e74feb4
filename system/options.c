/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: see options.h. One table holds every option, its handler and its help. */
#include "system/options.h"

#include "core/trace.h"
#include "system/display.h"
#include "system/options_priv.h"
#include "system/version.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_RAM (UINT64_C(128) << 20)

struct option {
    const char *name;
    const char *arg; /* NULL: takes none */
    bool (*set)(struct options *o, const char *name, const char *arg, GError **error);
    const char *help; /* NULL: another spelling of the option before */
};

static bool fail(GError **error, const char *option, const char *arg, const char *want)
{
    g_set_error(error, KEYVAL_ERROR, 0, "%s %s: %s", option, arg, want);
    return false;
}

/* -- machine -- */

static bool opt_m(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "size", error);
    bool ok = kv != NULL && keyval_take_size(kv, "size", 1 << 20, &o->ram_size, error) &&
              keyval_finish(kv, error);

    if (ok && (o->ram_size < (1 << 20) || o->ram_size > (UINT64_C(1) << 40))) {
        ok = fail(error, name, arg, "expected 1M to 1T");
    }
    o->ram_size &= ~(RAM_PAGE - 1);
    keyval_free(kv);
    return ok;
}

static bool opt_smp(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "cpus", error);
    uint64_t n = 0, sockets = 1, cores = 1, threads = 1, max = 0;
    bool ok = kv != NULL && keyval_take_uint(kv, "cpus", 1, ACCEL_MAX_CPUS, &n, error) &&
              keyval_take_uint(kv, "sockets", 1, ACCEL_MAX_CPUS, &sockets, error) &&
              keyval_take_uint(kv, "cores", 1, ACCEL_MAX_CPUS, &cores, error) &&
              keyval_take_uint(kv, "threads", 1, ACCEL_MAX_CPUS, &threads, error) &&
              keyval_take_uint(kv, "maxcpus", 1, ACCEL_MAX_CPUS, &max, error) &&
              keyval_finish(kv, error);

    if (ok && n == 0) {
        n = sockets * cores * threads;
    }
    if (ok && (n > ACCEL_MAX_CPUS || (max && max < n))) {
        ok = fail(error, name, arg, "at most 8 CPUs, and maxcpus not below cpus");
    }
    o->cpus = (unsigned)n;
    keyval_free(kv);
    return ok;
}

static bool opt_cpu(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)name;
    (void)error;
    o->cpu_model = arg; /* the backend knows the models */
    return true;
}

static bool opt_boot(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "order", error);
    uint64_t splash = 0;
    bool strict = false;
    const char *order = NULL;
    bool ok = kv != NULL;

    if (ok) {
        order = keyval_take_last(kv, "order");
        ok = keyval_take_bool(kv, "menu", &o->boot_menu, error) &&
             keyval_take_bool(kv, "strict", &strict, error) &&
             keyval_take_uint(kv, "splash-time", 0, 65535, &splash, error) &&
             keyval_finish(kv, error);
    }
    if (ok && order) {
        if (order[0] == 0 || strlen(order) > 3 || strspn(order, "acdn") != strlen(order)) {
            ok = fail(error, name, arg,
                      "expected up to three of a (floppy), c (disk), d (CD), n (network)");
        }
        g_free(o->boot_order);
        o->boot_order = g_strdup(order);
    }
    o->boot_splash_ms = (unsigned)splash;
    keyval_free(kv);
    return ok;
}

/* -- screen -- */

static bool opt_vga(struct options *o, const char *name, const char *arg, GError **error)
{
    o->vga_set = true;
    o->vga = strcmp(arg, "std") == 0;
    return o->vga || strcmp(arg, "none") == 0 || fail(error, name, arg, "expected std or none");
}

static bool opt_nographic(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)name;
    (void)arg;
    (void)error;
    o->display = o->display == DISPLAY_TERM ? DISPLAY_TERM : DISPLAY_NONE; /* refused later */
    o->nographic = true;
    return true;
}

/* -- kept for the wiring -- */

static bool opt_save(struct options *o, const char *name, const char *arg, GError **error)
{
    struct saved_option s = {.name = name, .arg = arg};

    (void)error;
    g_array_append_val(o->saved, s);
    return true;
}

static bool opt_net(struct options *o, const char *name, const char *arg, GError **error)
{
    if (strcmp(arg, "none") == 0) {
        o->no_net = true;
        return true;
    }
    return opt_save(o, name, arg, error);
}

/* -- simple ones -- */

static bool opt_text(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)error;
    *(strcmp(name, "-k") == 0 ? &o->keymap : &o->bios) = arg;
    return true;
}

static bool opt_linux(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)error;
    *(name[1] == 'k' ? &o->kernel : name[1] == 'i' ? &o->initrd : &o->append) = arg;
    return true;
}

static bool opt_L(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)name;
    (void)error;
    g_ptr_array_add(o->firmware_dirs, (gpointer)arg);
    return true;
}

static bool opt_uuid(struct options *o, const char *name, const char *arg, GError **error)
{
    o->uuid = arg;
    return g_uuid_string_is_valid(arg) ||
           fail(error, name, arg, "expected a UUID as 550e8400-e29b-41d4-a716-446655440000");
}

static bool opt_name(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "guest", error);
    const char *guest = kv ? keyval_take_last(kv, "guest") : NULL;
    bool threads = false;
    bool ok;

    g_free(o->name);
    o->name = g_strdup(guest);
    ok = kv != NULL && keyval_take_bool(kv, "debug-threads", &threads, error) &&
         keyval_finish(kv, error);
    keyval_free(kv);
    return ok;
}

static bool opt_pidfile(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)name;
    (void)error;
    o->pidfile = arg;
    return true;
}

static bool opt_qtest(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)error;
    if (strcmp(name, "-qtest-log") == 0) {
        o->qtest_log = arg;
    } else {
        o->qtest = arg;
    }
    return true;
}

static bool opt_trace(struct options *o, const char *name, const char *arg, GError **error)
{
    struct keyval *kv = keyval_parse(name, arg, "file", error);
    bool ok = kv != NULL;

    if (ok) {
        g_free(o->trace);
        g_free(o->pcspk_audiodev);
        o->trace = g_strdup(keyval_take_last(kv, "file"));
        ok = keyval_take_size(kv, "size", 1, &o->trace_size, error) && keyval_finish(kv, error);
    }
    if (ok && (!o->trace || !o->trace[0])) {
        ok = fail(error, name, arg, "expected file=PATH");
    }
    keyval_free(kv);
    return ok;
}

static bool opt_flag(struct options *o, const char *name, const char *arg, GError **error)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {
        {"-S", &o->stopped},
        {"-no-reboot", &o->no_reboot},
        {"-daemonize", &o->daemonize},
        {"-no-shutdown", &o->no_shutdown},
        {"-nodefaults", &o->nodefaults},
        {"-no-acpi", &o->no_acpi},
        {"-no-hpet", &o->no_hpet},
        {"-full-screen", &o->full_screen},
    };

    (void)arg;
    (void)error;
    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        if (strcmp(flags[i].name, name) == 0) {
            *flags[i].flag = true;
        }
    }
    return true;
}

static bool opt_nothing(struct options *o, const char *name, const char *arg, GError **error)
{
    (void)o;
    (void)name;
    (void)arg;
    (void)error;
    return true;
}

static const struct option table[] = {
    {"-M",
     "pc[,accel=A][,kernel-irqchip=on|split|off][,acpi=on|off][,hpet=on|off][,vmport=on|off]\n"
     "           [,pcspk-audiodev=ID]",
     options_machine, "the board; there is one"},
    {"-machine", "...", options_machine, NULL},
    {"-accel", "kvm|qtest[,kernel-irqchip=on|split|off]", options_accel,
     "hypervisor behind the board (default kvm)"},
    {"-enable-kvm", NULL, options_enable_kvm, NULL},
    {"-no-acpi", NULL, opt_flag, "no ACPI: no tables, no power management"},
    {"-no-hpet", NULL, opt_flag, "no high precision event timer"},
    {"-m", "SIZE", opt_m, "guest RAM in MiB, or with suffix M, G (default 128)"},
    {"-smp", "N", opt_smp, "number of CPUs, 1 to 8"},
    {"-cpu", "MODEL[,+FEATURE][,-FEATURE]", opt_cpu, "CPU model; -cpu help lists them"},
    {"-bios", "FILE", opt_text, "BIOS image (default bios-256k.bin of SeaBIOS)"},
    {"-L", "DIR", opt_L, "look for firmware in DIR first"},
    {"-boot", "[order=]LETTERS[,menu=on|off][,splash-time=MS]", opt_boot,
     "boot from a floppy, c disk, d CD, n network"},
    {"-kernel", "FILE", opt_linux, "boot this Linux kernel (bzImage) without a disk"},
    {"-initrd", "FILE", opt_linux, "with this initial RAM disk"},
    {"-append", "TEXT", opt_linux, "with this command line"},
    {"-hda", "FILE", opt_save, "raw image as the first disk"},
    {"-hdb", "FILE", opt_save, NULL},
    {"-hdc", "FILE", opt_save, NULL},
    {"-hdd", "FILE", opt_save, NULL},
    {"-drive", "file=FILE[,format=raw][,if=ide|none][,index=N][,readonly=on]...", opt_save,
     "a disk, with all its options"},
    {"-serial", "DEV", opt_save,
     "next serial port (vc, stdio, pty, file:, unix:, tcp:, null, none)"},
    {"-debugcon", "DEV", opt_save,
     "port 0xe9 as a debug console (SeaBIOS: see -device isa-debugcon)"},
    {"-audiodev", "none|sdl|wav,id=ID[,path=FILE]", opt_save,
     "who hears the machine (default: its viewers)"},
    {"-chardev", "BACKEND,id=ID[,...]", opt_save,
     "a character back end: stdio, file, null, pty, socket, pipe"},
    {"-device", "MODEL[,PROPERTY=VALUE...]", opt_save,
     "plug in a device; -device help lists them, -device MODEL,help its properties"},
    {"-netdev", "user|stream|dgram|socket|tap|bridge|hubport|null,id=ID[,...]", opt_save,
     "a network back end; the man page has the words of each"},
    {"-nic", "BACKEND|none[,model=M][,mac=..]...", opt_net,
     "a network card and its back end in one; model=help lists the cards"},
    {"-net", "nic[,model=M]|BACKEND[,...]|none", opt_net, "the old spelling of the same"},
    {"-redir", "[tcp|udp]:HOSTPORT:[GUEST]:GUESTPORT", opt_save,
     "the older spelling of hostfwd= for the first user network"},
    {"-object", "filter-dump,id=ID,netdev=ID,file=FILE[,...]", opt_save,
     "the frames of a network into a pcap file; or secret,id=ID,data=TEXT|file=FILE"},
    {"-display",
     "sdl|term|vnc=ADDRESS|none[,window-close=off|on|ask][,full-screen=on][,scale=...][,...]",
     display_parse, "the screen; the man page has the window's other words"},
    {"-vnc", ":N|HOST:N|unix:PATH|none[,password=on][,websocket=on|PORT][,...]", vnc_option,
     "the screen for VNC clients, by default of this host"},
    {"-k", "LAYOUT", opt_text,
     "the guest's keyboard, where characters have to become keys (en-us)"},
    {"-vga", "std|none", opt_vga, "the display adapter"},
    {"-nographic", NULL, opt_nographic, "no screen; COM1 on this terminal"},
    {"-curses", NULL, display_parse, "the same as -display term"},
    {"-full-screen", NULL, opt_flag, NULL},
    {"-name", "NAME", opt_name, "name of the guest, for the window title"},
    {"-uuid", "UUID", opt_uuid, "UUID of the machine"},
    {"-fw_cfg", "[name=]opt/NAME,file=FILE|string=TEXT", opt_save,
     "a file for the guest's firmware"},
    {"-rtc", "[base=utc|localtime|DATE][,clock=host|vm]", rtc_option, "the real-time clock"},
    {"-mon", "[chardev=]ID[,mode=readline|control]", opt_save, "a monitor on a chardev"},
    {"-monitor", "DEV", opt_save, "the monitor, as people use it, on a back end as of -serial"},
    {"-qmp", "DEV", opt_save, "the same for programs, QMP"},
    {"-qmp-pretty", "DEV", opt_save, NULL},
    {"-S", NULL, opt_flag, "do not start until told so by QMP's cont"},
    {"-no-reboot", NULL, opt_flag, "end instead of rebooting"},
    {"-no-shutdown", NULL, opt_flag, "stop instead of ending when the guest powers off"},
    {"-pidfile", "FILE", opt_pidfile, "write the process id to FILE"},
    {"-daemonize", NULL, opt_flag, "go to the background once the machine is ready"},
    {"-nodefaults", NULL, opt_flag, "no screen, serial port or network card unless asked for"},
    {"-no-user-config", NULL, opt_nothing, NULL},
    {"-qtest", "DEV", opt_qtest, "a test drives the board (with -accel qtest)"},
    {"-qtest-log", "FILE", opt_qtest, NULL},
    {"-trace", "[file=]PATH[,size=BYTES]", opt_trace,
     "record what the guest and its devices say to each other, for vmx-dm-trace(1)"},
    {"-version", NULL, NULL, "print the version"},
    {"-help", NULL, NULL, "print this help"},
};

const char *const *options_names(void)
{
    static const char *names[G_N_ELEMENTS(table) + 1];

    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        names[i] = table[i].name;
    }
    return names;
}

void options_help(void)
{
    printf("vmx-dm " VMX_DM_VERSION ": the device model of a PC, behind a hypervisor\n"
           "usage: vmx-dm [options] [disk image]\n\n");
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        const struct option *t = &table[i];
        g_autofree char *left = g_strdup_printf("%s %s", t->name, t->arg ? t->arg : "");

        if (!t->help) {
            continue;
        }
        if (strlen(left) <= 26) {
            printf("  %-26s %s\n", left, t->help);
        } else {
            printf("  %s\n  %-26s %s\n", left, "", t->help);
        }
    }
    printf("\nSee the man page vmx-dm(1) for each option's words, and for examples.\n");
}

static void defaults(struct options *o)
{
    *o = (struct options){
        .ram_size = DEFAULT_RAM,
        .cpus = 1,
        .vga = true,
        .trace_size = TRACE_SIZE_DEFAULT,
    };
    o->given = g_ptr_array_new_with_free_func(g_free);
    o->accels = g_ptr_array_new_with_free_func(g_free);
    o->firmware_dirs = g_ptr_array_new();
    o->saved = g_array_new(FALSE, TRUE, sizeof(struct saved_option));
}

static bool unknown(const char *word, GError **error)
{
    const char *near = keyval_nearest(word, options_names());

    g_set_error(error, KEYVAL_ERROR, 0, "unknown option %s%s%s%s; see vmx-dm -help", word,
                near ? ", did you mean " : "", near ? near : "", near ? "?" : "");
    return false;
}

static const struct option *find(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strcmp(table[i].name, word) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

enum options_verdict options_parse(struct options *o, int argc, char **argv, GError **error)
{
    defaults(o);
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const struct option *t;

        if (word[0] != '-') { /* a bare word is the first disk */
            opt_save(o, "-hda", word, NULL);
            g_ptr_array_add(o->given, g_strconcat("-hda ", word, NULL));
            continue;
        }
        if (word[1] == '-') { /* --option is the same */
            word++;
        }
        if (options_answered(word, argv[i + 1])) {
            return OPTIONS_DONE;
        }
        t = find(word);
        if (!t) {
            unknown(argv[i], error);
            return OPTIONS_BAD;
        }
        if (t->arg && i + 1 >= argc) {
            g_set_error(error, KEYVAL_ERROR, 0, "%s: needs an argument: %s", word, t->arg);
            return OPTIONS_BAD;
        }
        if (!t->set(o, t->name, t->arg ? argv[++i] : NULL, error)) {
            return OPTIONS_BAD;
        }
        g_ptr_array_add(o->given,
                        t->arg ? g_strconcat(t->name, " ", argv[i], NULL) : g_strdup(t->name));
    }
    if (!o->kernel && (o->initrd || o->append)) {
        fail(error, o->initrd ? "-initrd" : "-append", o->initrd ? o->initrd : o->append,
             "needs a -kernel");
        return OPTIONS_BAD;
    }
    return OPTIONS_RUN;
}

void options_clear(struct options *o)
{
    g_ptr_array_free(o->accels, TRUE);
    g_ptr_array_free(o->firmware_dirs, TRUE);
    g_array_free(o->saved, TRUE);
    g_ptr_array_free(o->given, TRUE);
    g_free(o->boot_order);
    g_free(o->name);
    g_free(o->trace);
    vnc_options_clear(&o->vnc);
    g_free(o->pcspk_audiodev);
}

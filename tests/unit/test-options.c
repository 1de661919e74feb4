/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: what words mean, which are refused and in what terms. */
#include "system/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct options o;

/* Words in one string, separated by single spaces. */
static enum options_verdict parse(const char *line, GError **error)
{
    static char **words; /* options borrow from it */
    g_autofree char *whole = g_strconcat("vmx-dm ", line, NULL);

    g_strfreev(words);
    words = g_strsplit(whole, " ", -1);
    return options_parse(&o, (int)g_strv_length(words), words, error);
}

static void good(const char *line)
{
    g_autoptr(GError) error = NULL;
    enum options_verdict v = parse(*line ? line : "-nodefaults", &error);

    g_assert_no_error(error);
    g_assert_cmpint(v, ==, OPTIONS_RUN);
}

/* Refused, in words that hold all of `says`. */
static void bad(const char *line, const char *says)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) parts = g_strsplit(says, "|", -1);

    g_assert_cmpint(parse(line, &error), ==, OPTIONS_BAD);
    g_assert_nonnull(error);
    for (int i = 0; parts[i]; i++) {
        if (!strstr(error->message, parts[i])) {
            g_error("%s: \"%s\" does not say \"%s\"", line, error->message, parts[i]);
        }
    }
    options_clear(&o);
}

static void test_defaults(void)
{
    good("");
    g_assert_cmpuint(o.ram_size, ==, UINT64_C(128) << 20);
    g_assert_cmpuint(o.cpus, ==, 1);
    g_assert_true(o.vga);
    g_assert_false(o.vga_set);
    g_assert_cmpint(o.window_close, ==, VIEW_CLOSE_DETACH);
    g_assert_cmpint(o.display, ==, DISPLAY_DEFAULT);
    g_assert_cmpuint(o.accels->len, ==, 0);
    g_assert_null(o.boot_order);
    options_clear(&o);
}

static void test_machine(void)
{
    good("-M pc,accel=kvm:qtest,kernel-irqchip=split,acpi=off,hpet=off");
    g_assert_cmpuint(o.accels->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(o.accels, 0), ==, "kvm");
    g_assert_cmpstr(g_ptr_array_index(o.accels, 1), ==, "qtest");
    g_assert_true(o.irqchip_set);
    g_assert_cmpint(o.irqchip, ==, 1);
    g_assert_true(o.no_acpi);
    g_assert_true(o.no_hpet);
    options_clear(&o);

    good("-no-acpi -no-hpet -machine acpi=on,hpet=on"); /* the last word counts */
    g_assert_false(o.no_acpi);
    g_assert_false(o.no_hpet);
    options_clear(&o);

    good("--accel qtest,kernel-irqchip=off -enable-kvm"); /* two dashes are one */
    g_assert_cmpstr(g_ptr_array_index(o.accels, 0), ==, "qtest");
    g_assert_cmpstr(g_ptr_array_index(o.accels, 1), ==, "kvm");
    g_assert_cmpint(o.irqchip, ==, 2);
    options_clear(&o);

    bad("-M q35", "q35|pc");
    bad("-M pc,usb=on", "usb");
    bad("-accel tcg", "tcg|qtest");
    bad("-M pc,accel=kvm:hax", "hax");
    bad("-accel qtest,kernel-irqchip=maybe", "kernel-irqchip|split");
    bad("-M pc,acpi=perhaps", "acpi");
}

static void test_sizes(void)
{
    static const struct {
        const char *line;
        uint64_t size;
    } sizes[] = {
        {"-m 1", UINT64_C(1) << 20},       {"-m 64", UINT64_C(64) << 20},
        {"-m 64M", UINT64_C(64) << 20},    {"-m 3G", UINT64_C(3) << 30},
        {"-m size=2G", UINT64_C(2) << 30}, {"-m 5121K", UINT64_C(5121) << 10 & ~UINT64_C(4095)},
        {"-m 1T", UINT64_C(1) << 40},      {"-m 16 -m 32", UINT64_C(32) << 20},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
        good(sizes[i].line);
        g_assert_cmpuint(o.ram_size, ==, sizes[i].size);
        options_clear(&o);
    }
    bad("-m 0", "-m");
    bad("-m 2T", "1T");
    bad("-m 512K", "1M");
    bad("-m -5", "-m");
    bad("-m lots", "-m");
    bad("-m 99999999999999999999", "-m");
    bad("-m 64,slots=2", "slots");
    bad("-m", "-m: needs an argument");
}

static void test_cpus(void)
{
    good("-smp 4 -cpu qemu64,-x2apic");
    g_assert_cmpuint(o.cpus, ==, 4);
    g_assert_cmpstr(o.cpu_model, ==, "qemu64,-x2apic");
    options_clear(&o);
    good("-smp sockets=2,cores=2,threads=2");
    g_assert_cmpuint(o.cpus, ==, 8);
    options_clear(&o);
    good("-smp 2,maxcpus=2");
    options_clear(&o);
    bad("-smp 0", "-smp");
    bad("-smp 9", "8");
    bad("-smp sockets=8,cores=8", "8");
    bad("-smp 4,maxcpus=2", "maxcpus");
}

static void test_boot(void)
{
    good("-boot order=nc,menu=on,splash-time=250,strict=off");
    g_assert_cmpstr(o.boot_order, ==, "nc");
    g_assert_true(o.boot_menu);
    g_assert_cmpuint(o.boot_splash_ms, ==, 250);
    options_clear(&o);
    good("-boot c -boot d"); /* the later one */
    g_assert_cmpstr(o.boot_order, ==, "d");
    options_clear(&o);
    bad("-boot x", "floppy");
    bad("-boot order=", "-boot");
    bad("-boot acdn", "-boot");
    bad("-boot c,splash-time=65536", "splash-time");
    bad("-boot c,once=d", "once");

    good("-kernel bzImage -initrd rd -append quiet");
    g_assert_cmpstr(o.kernel, ==, "bzImage");
    g_assert_cmpstr(o.initrd, ==, "rd");
    g_assert_cmpstr(o.append, ==, "quiet");
    options_clear(&o);
    bad("-append quiet", "-append|-kernel");
    bad("-initrd rd", "-initrd|-kernel");
}

static void test_rtc(void)
{
    good("-rtc base=localtime,clock=vm");
    g_assert_true(o.rtc_localtime);
    g_assert_true(o.rtc_guest_clock);
    options_clear(&o);
    good("-rtc 1998-05-11T12:00:00");
    g_assert_cmpint(o.rtc_base_ns, ==, INT64_C(894888000) * 1000000000);
    options_clear(&o);
    good("-rtc base=1998-05-11,clock=host");
    g_assert_cmpint(o.rtc_base_ns, ==, INT64_C(894844800) * 1000000000);
    options_clear(&o);
    good("-rtc base=utc");
    g_assert_false(o.rtc_localtime);
    g_assert_cmpint(o.rtc_base_ns, ==, 0);
    options_clear(&o);
    bad("-rtc base=yesterday", "localtime");
    bad("-rtc base=1998-13-11", "localtime");
    bad("-rtc clock=rt", "clock=vm");
    bad("-rtc base=utc,driftfix=slew", "driftfix");
}

static void test_screen(void)
{
    good("-display sdl,full-screen=on,window-close=ask,scale=integer,grab-mod=rctrl,status=off,"
         "audio=on,show-cursor=on,confine=off,key-delay=40,alt-codes=dos -vga none -k de");
    g_assert_cmpint(o.display, ==, DISPLAY_SDL);
    g_assert_true(o.full_screen);
    g_assert_cmpint(o.window_close, ==, VIEW_CLOSE_ASK);
    g_assert_cmpstr(o.display_word[DISPLAY_SCALE], ==, "integer");
    g_assert_cmpstr(o.display_word[DISPLAY_GRAB_MOD], ==, "rctrl");
    g_assert_cmpstr(o.display_word[DISPLAY_STATUS], ==, "off");
    g_assert_cmpstr(o.display_word[DISPLAY_AUDIO], ==, "on");
    g_assert_cmpstr(o.display_word[DISPLAY_SHOW_CURSOR], ==, "on");
    g_assert_cmpstr(o.display_word[DISPLAY_ALT_CODES], ==, "dos");
    g_assert_cmpstr(o.display_word[DISPLAY_CONFINE], ==, "off");
    g_assert_cmpuint(o.display_key_ms, ==, 40);
    g_assert_cmpstr(o.keymap, ==, "de");
    g_assert_false(o.vga);
    g_assert_true(o.vga_set);
    options_clear(&o);
    good("-display sdl,integer=on");
    g_assert_cmpstr(o.display_word[DISPLAY_SCALE], ==, "integer");
    g_assert_null(o.display_word[DISPLAY_STATUS]);
    options_clear(&o);
    good("-display sdl,scale=1:1");
    options_clear(&o);
    good("-nographic");
    g_assert_true(o.nographic);
    g_assert_cmpint(o.display, ==, DISPLAY_NONE);
    options_clear(&o);
    good("-display none -full-screen -vga std");
    g_assert_cmpint(o.display, ==, DISPLAY_NONE);
    g_assert_true(o.full_screen);
    options_clear(&o);
    bad("-display gtk", "gtk|sdl");
    bad("-display sdl,gl=on", "gl");
    bad("-display sdl,scale=9", "expected one of fit, integer, free, 1:1");
    bad("-display sdl,status=maybe", "status");
    bad("-display sdl,key-delay=1", "key-delay");
    bad("-vga qxl", "std");
}

static void test_vnc(void)
{
    good("-vnc :1");
    g_assert_true(o.vnc.on);
    g_assert_null(o.vnc.host);
    g_assert_cmpuint(o.vnc.port, ==, 5901);
    g_assert_cmpuint(o.vnc.to, ==, 5901);
    g_assert_false(o.vnc.websocket || o.vnc.password || o.vnc.power);
    g_assert_true(o.vnc.lock_sync);
    g_assert_cmpstr(o.vnc.share, ==, "allow-exclusive");
    g_assert_cmpstr(o.vnc.id, ==, "default");
    g_assert_cmpint(o.display, ==, DISPLAY_DEFAULT);
    options_clear(&o);
    good("-k de-ch -vnc 0.0.0.0:0,to=9,password=on,websocket=on,share=ignore,power-control=on,"
         "key-delay-ms=0,id=screen,lock-key-sync=off");
    g_assert_cmpstr(o.keymap, ==, "de-ch");
    g_assert_cmpstr(o.vnc.host, ==, "0.0.0.0");
    g_assert_cmpuint(o.vnc.port, ==, 5900);
    g_assert_cmpuint(o.vnc.to, ==, 5909);
    g_assert_true(o.vnc.websocket && o.vnc.password && o.vnc.power);
    g_assert_false(o.vnc.lock_sync);
    g_assert_cmpuint(o.vnc.websocket_port, ==, 5700);
    g_assert_cmpint(o.vnc.key_delay_ms, ==, 0);
    g_assert_cmpstr(o.vnc.share, ==, "ignore");
    g_assert_cmpstr(o.vnc.id, ==, "screen");
    options_clear(&o);
    good("-display vnc=[::1]:3,websocket=192.0.2.1:8080,password-secret=s");
    g_assert_cmpint(o.display, ==, DISPLAY_NONE);
    g_assert_cmpstr(o.vnc.host, ==, "::1");
    g_assert_cmpstr(o.vnc.websocket_host, ==, "192.0.2.1");
    g_assert_cmpuint(o.vnc.websocket_port, ==, 8080);
    g_assert_cmpstr(o.vnc.secret, ==, "s");
    g_assert_true(o.vnc.password);
    options_clear(&o);
    good("-vnc unix:/run/s,websocket=5701 -display sdl");
    g_assert_cmpstr(o.vnc.unix_path, ==, "/run/s");
    g_assert_cmpuint(o.vnc.websocket_port, ==, 5701);
    g_assert_cmpint(o.display, ==, DISPLAY_SDL);
    options_clear(&o);
    good("-vnc none");
    g_assert_true(o.vnc.given && !o.vnc.on);
    options_clear(&o);
    bad("-vnc 5", "expected :DISPLAY");
    bad("-vnc :60000", "expected :DISPLAY");
    bad("-vnc :-1", "expected :DISPLAY");
    bad("-vnc a:b:1", "expected :DISPLAY");
    bad("-vnc unix:", "expected :DISPLAY");
    bad("-vnc password=on", "expected :DISPLAY");
    bad("-vnc unix:s,websocket=on", "not with unix:");
    bad("-vnc :1,websocket=0", "websocket=0");
    bad("-vnc :1,websocket=99999", "websocket=99999");
    bad("-vnc :1,share=all", "share=all");
    bad("-vnc :1,key-delay-ms=-1", "key-delay-ms");
    bad("-vnc :1,tls-creds=t", "tls-creds= is not there");
    bad("-vnc :1,sasl=on", "sasl= is not there");
    bad("-vnc :1,reverse=on", "reverse= is not there");
    bad("-vnc :1,pasword=on", "password");
    bad("-vnc :1 -vnc :2", "one VNC server");
}

static void test_life(void)
{
    good("-S -no-reboot -no-shutdown -daemonize -nodefaults -no-user-config -pidfile p "
         "-name guest=lab,debug-threads=on -uuid 550e8400-e29b-41d4-a716-446655440000 "
         "-bios b.bin -L one -L two -qtest unix:s -qtest-log l -trace t,size=1M");
    g_assert_true(o.stopped && o.no_reboot && o.no_shutdown && o.daemonize && o.nodefaults);
    g_assert_cmpstr(o.pidfile, ==, "p");
    g_assert_cmpstr(o.name, ==, "lab");
    g_assert_cmpstr(o.bios, ==, "b.bin");
    g_assert_cmpuint(o.firmware_dirs->len, ==, 2);
    g_assert_cmpstr(g_ptr_array_index(o.firmware_dirs, 0), ==, "one");
    g_assert_cmpstr(o.qtest, ==, "unix:s");
    g_assert_cmpstr(o.qtest_log, ==, "l");
    g_assert_cmpstr(o.trace, ==, "t");
    g_assert_cmpuint(o.trace_size, ==, 1 << 20);
    options_clear(&o);
    bad("-uuid 550e8400", "UUID");
    bad("-trace size=1M", "-trace");
    bad("-name a,debug-threads=7", "debug-threads");
}

/* Objects are kept in order for those who make them, each taken once. */
static void test_saved(void)
{
    static const char *const disks[] = {"-hda", "-drive", NULL};
    static const char *const nets[] = {"-nic", "-net", NULL};
    const struct saved_option *s;

    good("first.img -nic user -drive file=x -net none -hda last.img");
    g_assert_true(o.no_net);
    s = options_next(&o, disks);
    g_assert_cmpstr(s->name, ==, "-hda");
    g_assert_cmpstr(s->arg, ==, "first.img");
    g_assert_cmpstr(options_next(&o, disks)->arg, ==, "file=x");
    g_assert_cmpstr(options_next(&o, nets)->arg, ==, "user");
    g_assert_null(options_next(&o, nets));
    g_assert_cmpstr(options_next(&o, disks)->arg, ==, "last.img");
    g_assert_null(options_next(&o, disks));
    options_clear(&o);
}

static void test_unknown(void)
{
    bad("-no-rebot", "-no-rebot|-no-reboot"); /* what was meant */
    bad("-m 64 -zzzzzzzz", "-zzzzzzzz|-help");
    bad("-usb", "-usb");
}

/* Every option has a line of help, and nothing in the table is there twice. */
static void test_names(void)
{
    const char *const *names = options_names();

    for (int i = 0; names[i]; i++) {
        g_assert_cmpint(names[i][0], ==, '-');
        for (int k = 0; k < i; k++) {
            g_assert_cmpstr(names[i], !=, names[k]);
        }
    }
}

static void test_answers(gconstpointer line)
{
    if (g_test_subprocess()) {
        bool done = parse(line, NULL) == OPTIONS_DONE;

        fflush(stdout);
        exit(done ? 0 : 1);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
}

static void answers(const char *name, const char *line)
{
    g_autofree char *path = g_strconcat("/options/answers/", name, NULL);

    g_test_add_data_func(path, line, test_answers);
}

static void test_says(void)
{
    if (g_test_subprocess()) {
        parse("-device ne2k_isa,help", NULL);
        parse("-device help", NULL);
        parse("-nic user,model=help", NULL);
        parse("-machine help", NULL);
        parse("-help", NULL);
        fflush(stdout);
        exit(0);
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stdout("*iobase*isa-serial*ide-hd*ne2k_isa*i440FX*usage:*-no-reboot*");
}

/* Questions about what there is not are no questions: the one who makes devices will complain. */
static void test_no_answer(void)
{
    good("-device nosuch,help");
    options_clear(&o);
    good("-device isa-serial,index=1");
    options_clear(&o);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/defaults", test_defaults);
    g_test_add_func("/options/machine", test_machine);
    g_test_add_func("/options/sizes", test_sizes);
    g_test_add_func("/options/cpus", test_cpus);
    g_test_add_func("/options/boot", test_boot);
    g_test_add_func("/options/rtc", test_rtc);
    g_test_add_func("/options/screen", test_screen);
    g_test_add_func("/options/vnc", test_vnc);
    g_test_add_func("/options/life", test_life);
    g_test_add_func("/options/saved", test_saved);
    g_test_add_func("/options/unknown", test_unknown);
    g_test_add_func("/options/names", test_names);
    g_test_add_func("/options/says", test_says);
    g_test_add_func("/options/no-answer", test_no_answer);
    answers("help", "-m 64 -h");
    answers("version", "-version");
    answers("accel", "-accel help");
    answers("cpu", "-cpu help");
    answers("netdev", "-netdev help");
    return g_test_run();
}

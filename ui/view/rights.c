/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See rights.h. The lists are long as the libraries under SDL are many, and load what they need when
 * they need it: Xlib, Mesa and its drivers, libwayland, ALSA, PulseAudio, PipeWire, input methods.
 * What one of them asks for beside it, it has to do without, as on a system that lacks it.
 */
#include "ui/view/rights.h"

#include "core/confine.h"
#include "core/report.h"

#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FDS 1024

#define READ CONFINE_READ
#define DEVICE (CONFINE_READ | CONFINE_WRITE)

static const struct confine_path of_system[] = {
    /* libraries and what belongs to them */
    {"/usr", READ},
    {"/lib", READ},
    {"/lib64", READ},
    {"/opt", READ},
    {"/nix/store", READ},
    {"/gnu/store", READ},
    {"/run/opengl-driver", READ},
    /* of /etc no more than this: it holds secrets, too, which root can read */
    {"/etc/ld.so.cache", READ},
    {"/etc/ld.so.preload", READ},
    {"/etc/alternatives", READ},
    {"/etc/X11", READ},
    {"/etc/alsa", READ},
    {"/etc/asound.conf", READ},
    {"/etc/pulse", READ},
    {"/etc/pipewire", READ},
    {"/etc/machine-id", READ},
    {"/etc/drirc", READ},
    {"/etc/glvnd", READ},
    {"/etc/egl", READ},
    {"/etc/fonts", READ},
    {"/etc/gtk-3.0", READ},
    {"/etc/xdg", READ},
    {"/etc/dconf", READ},
    {"/etc/locale.alias", READ},
    {"/etc/localtime", READ},
    {"/etc/timezone", READ},
    {"/etc/passwd", READ},
    {"/etc/group", READ},
    {"/etc/nsswitch.conf", READ},
    {"/etc/host.conf", READ},
    {"/etc/hosts", READ},
    {"/etc/resolv.conf", READ},
    {"/etc/gai.conf", READ},
    {"/etc/services", READ},
    /* what there is of hardware */
    {"/proc/self", READ},
    {"/proc/cpuinfo", READ},
    {"/proc/meminfo", READ},
    {"/proc/stat", READ},
    {"/proc/version", READ},
    {"/proc/filesystems", READ},
    {"/proc/devices", READ},
    {"/proc/modules", READ},
    {"/proc/driver", READ},
    {"/proc/asound", READ},
    {"/proc/sys/kernel", READ},
    {"/proc/sys/vm/overcommit_memory", READ},
    {"/sys/bus", READ},
    {"/sys/class", READ},
    {"/sys/dev", READ},
    {"/sys/devices", READ},
    {"/run/udev", READ},
    /* and the hardware; shared memory has a name where a sound server is an old one */
    {"/dev/null", DEVICE},
    {"/dev/zero", DEVICE},
    {"/dev/full", DEVICE},
    {"/dev/random", READ},
    {"/dev/urandom", READ},
    {"/dev/dri", DEVICE},
    {"/dev/dxg", DEVICE},
    {"/dev/snd", DEVICE},
    {"/dev/dsp", DEVICE},
    {"/dev/mixer", DEVICE},
    {"/dev/shm", DEVICE | CONFINE_CREATE},
};

static const char *const of_home[] = {
    ".Xauthority", ".Xdefaults", ".XCompose", ".xkb",          ".drirc",
    ".icons",      ".fonts",     ".asoundrc", ".pulse-cookie",
};
static const char *const of_config[] = {
    "alsa", "dconf", "fontconfig", "gtk-3.0", "ibus", "pipewire", "pulse", "xkb",
};
static const char *const of_data[] = {"fonts", "icons"};

/* Variables by which the user says where one of these is; some name several, with ':' between. */
static const char *const of_user[] = {
    "XAUTHORITY",
    "XENVIRONMENT",
    "XCOMPOSEFILE",
    "XLOCALEDIR",
    "XCURSOR_PATH",
    "XKB_CONFIG_ROOT",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "LD_LIBRARY_PATH",
    "LIBGL_DRIVERS_PATH",
    "GBM_BACKENDS_PATH",
    "__EGL_VENDOR_LIBRARY_DIRS",
    "__EGL_VENDOR_LIBRARY_FILENAMES",
    "ALSA_CONFIG_PATH",
    "ALSA_PLUGIN_DIR",
    "PULSE_CLIENTCONFIG",
    "PULSE_CONFIG_PATH",
    "PULSE_COOKIE",
    "PULSE_RUNTIME_PATH",
    "PIPEWIRE_CONFIG_DIR",
    "PIPEWIRE_MODULE_DIR",
    "SPA_PLUGIN_DIR",
    "LOCPATH",
    "GCONV_PATH",
    "TZDIR",
};

static void add(GArray *paths, char *path, unsigned may)
{
    struct confine_path p = {path, may};

    g_array_append_val(paths, p);
}

static void add_below(GArray *paths, const char *dir, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(paths, g_build_filename(dir, names[i], NULL), READ);
    }
}

static void add_named(GArray *paths, const char *variable)
{
    const char *value = g_getenv(variable);
    g_auto(GStrv) all = value ? g_strsplit(value, ":", -1) : NULL;

    for (char **one = all; one && *one; one++) {
        if (g_path_is_absolute(*one) && strspn(*one, "/") != strlen(*one)) {
            add(paths, g_strdup(*one), READ);
        }
    }
}

/* SDL can play into a file, if its user tells it to. */
static void add_sound_file(GArray *paths)
{
    const char *driver = g_getenv("SDL_AUDIODRIVER"), *file = g_getenv("SDL_DISKAUDIOFILE");

    if (driver && strstr(driver, "disk")) {
        add(paths, g_path_get_dirname(file ? file : "sdlaudio.raw"), DEVICE | CONFINE_CREATE);
    }
}

static void add_nvidia(GArray *paths)
{
    GDir *dir = g_dir_open("/dev", 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_prefix(name, "nvidia")) {
            add(paths, g_build_filename("/dev", name, NULL), DEVICE);
        }
    }
    if (dir) {
        g_dir_close(dir);
    }
}

static void free_path(void *p)
{
    g_free((char *)((struct confine_path *)p)->path);
}

static GArray *list_paths(void)
{
    GArray *paths = g_array_new(TRUE, FALSE, sizeof(struct confine_path));
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");

    g_array_set_clear_func(paths, free_path);
    for (size_t i = 0; i < G_N_ELEMENTS(of_system); i++) {
        add(paths, g_strdup(of_system[i].path), of_system[i].may);
    }
    add_below(paths, g_get_home_dir(), of_home, G_N_ELEMENTS(of_home));
    add_below(paths, g_get_user_config_dir(), of_config, G_N_ELEMENTS(of_config));
    add_below(paths, g_get_user_data_dir(), of_data, G_N_ELEMENTS(of_data));
    for (size_t i = 0; i < G_N_ELEMENTS(of_user); i++) {
        add_named(paths, of_user[i]);
    }
    if (runtime && g_path_is_absolute(runtime)) { /* sockets need no leave, the directory does */
        add(paths, g_build_filename(runtime, "pulse", NULL), READ);
    }
    add_nvidia(paths);
    add_sound_file(paths);
    return paths;
}

void rights_drop_files(void)
{
    static const unsigned families[] = {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, 0};
    g_autoptr(GArray) paths = list_paths();
    const struct confine_host c = {
        .fds = FDS,
        .capable = true, /* of root, to whom another user has lent his display */
        .paths = (const struct confine_path *)(void *)paths->data,
        .families = families,
    };

    if (!confine_host(&c)) {
        report("this kernel has no seccomp; it runs less confined");
    }
}

/* PULSE_SERVER: "{machine}unix:/path tcp:host:port", or "/path", or "host". */
static bool sound_is_elsewhere(void)
{
    const char *value = g_getenv("PULSE_SERVER");
    g_auto(GStrv) all = value ? g_strsplit(value, " ", -1) : NULL;

    for (char **one = all; one && *one; one++) {
        const char *after = **one == '{' ? strchr(*one, '}') : NULL, *at = after ? after + 1 : *one;

        if (*at && *at != '/' && !g_str_has_prefix(at, "unix:")) {
            return true;
        }
    }
    return false;
}

void rights_drop_network(bool sound)
{
    static const unsigned here[] = {AF_UNIX, 0}, anywhere[] = {AF_UNIX, AF_INET, AF_INET6, 0};
    const struct confine_host c = {
        .fds = FDS,
        .families = !sound                 ? NULL
                    : sound_is_elsewhere() ? anywhere
                                           : here,
    };

    confine_host(&c);
}

/* libwayland is told by a number which descriptor it has. */
static int wayland_fd(void)
{
    const char *value = g_getenv("WAYLAND_SOCKET");
    int fd = value ? atoi(value) : -1;

    return fd > STDERR_FILENO ? fd : -1;
}

void rights_seal(int keep)
{
    int others[] = {MIN(keep, wayland_fd()), MAX(keep, wayland_fd())};
    unsigned first = STDERR_FILENO + 1;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nothing >= 0) { /* what is typed on the terminal is not for us */
        dup2(nothing, STDIN_FILENO);
        dup2(nothing, STDOUT_FILENO);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (others[i] >= (int)first) {
            if (others[i] > (int)first) {
                close_range(first, (unsigned)others[i] - 1, 0);
            }
            first = (unsigned)others[i] + 1;
        }
    }
    close_range(first, ~0u, 0);
}

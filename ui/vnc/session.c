/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection, in a process of its own: see vnc.h. libvncserver blocks where its client is slow,
 * which delays nobody else. What is sent is encoded from a copy of the screen, as encoders look at
 * pixels more than once and the guest draws meanwhile. The machine sends what changed when the client
 * has asked for more, and not before.
 */
#include "core/confine.h"
#include "core/loop.h"
#include "ui/client/remote.h"
#include "ui/vnc/extension.h"
#include "ui/vnc/vnc.h"

#include <errno.h>
#include <poll.h>
#include <rfb/rfb.h>
#include <rfb/rfbregion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CLIENT_WAIT_MS 60000 /* for one that neither reads nor finishes its sentence */
#define WRONG_PASSWORD_US 1500000
#define SURFACE_WAIT_MS 2000
#define HTTP_HEADER_MAX 4000 /* as libvncserver takes it */
#define DEFAULT_WIDTH 640
#define DEFAULT_HEIGHT 480
#define XVP_SHUTDOWN 2
#define XVP_RESET 4

static struct {
    struct vnc_session s;
    rfbScreenInfoPtr screen;
    rfbClientPtr client;
    bool entered, initialized, shared;
    bool has_surface;
    bool asked;  /* READY is with the machine */
    bool inside; /* of libvncserver */
} session;

static _Noreturn void end(void)
{
    _exit(EXIT_SUCCESS); /* its sockets close: both sides see it */
}

/* -- the copy of the screen -- */

static void set_format(rfbScreenInfoPtr screen)
{
    rfbPixelFormat *f = &screen->serverFormat;

    f->depth = 24;
    f->redShift = 16;
    f->greenShift = 8;
    f->blueShift = 0;
}

static void set_size(uint32_t width, uint32_t height)
{
    char *old = session.screen->frameBuffer;

    rfbNewFramebuffer(session.screen, g_malloc0((size_t)width * height * 4), (int)width,
                      (int)height, 8, 3, 4);
    set_format(session.screen);
    if (session.client) {
        session.screen->setTranslateFunction(session.client);
    }
    g_free(old);
}

/* A client that can not follow sees what fits into the size that it knows. */
static void resized(void *opaque, const struct surface *s)
{
    rfbScreenInfoPtr screen = session.screen;
    bool follows = !session.client || session.client->state != RFB_NORMAL ||
                   session.client->useNewFBSize || session.client->useExtDesktopSize;

    (void)opaque;
    session.has_surface = true;
    if ((int)s->width == screen->width && (int)s->height == screen->height) {
        return;
    }
    if (follows) {
        set_size(s->width, s->height);
    } else {
        memset(screen->frameBuffer, 0, (size_t)screen->paddedWidthInBytes * (size_t)screen->height);
        rfbMarkRectAsModified(screen, 0, 0, screen->width, screen->height);
    }
}

static void damaged(void *opaque, const struct surface_rect *r)
{
    const struct surface *s = surface_current();
    rfbScreenInfoPtr screen = session.screen;
    uint32_t right = MIN(MIN(s->width, (uint32_t)screen->width), r->x + r->width);
    uint32_t bottom = MIN(MIN(s->height, (uint32_t)screen->height), r->y + r->height);

    (void)opaque;
    if (r->x >= right || r->y >= bottom) {
        return;
    }
    for (uint32_t y = r->y; y < bottom; y++) {
        const uint8_t *from = (const uint8_t *)s->pixels + (size_t)y * s->stride;

        memcpy(screen->frameBuffer + (size_t)y * (size_t)screen->paddedWidthInBytes + r->x * 4,
               from + r->x * 4, (right - r->x) * 4);
    }
    rfbMarkRectAsModified(screen, (int)r->x, (int)r->y, (int)right, (int)bottom);
}

static const struct surface_view_ops view = {.resized = resized, .damaged = damaged};

/* -- what the first process decides -- */

static bool ask(const struct vnc_ask *a, int *fd)
{
    struct vnc_answer answer = {0};
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec iov = {&answer, sizeof(answer)};
    struct msghdr msg = {.msg_iov = &iov,
                         .msg_iovlen = 1,
                         .msg_control = &control,
                         .msg_controllen = sizeof(control)};
    const struct cmsghdr *c;

    *fd = -1;
    if (send(session.s.control, a, sizeof(*a), MSG_NOSIGNAL) < 0 ||
        recvmsg(session.s.control, &msg, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(answer)) {
        end();
    }
    c = CMSG_FIRSTHDR(&msg);
    if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof(int))) {
        memcpy(fd, CMSG_DATA(c), sizeof(*fd));
    }
    return answer.yes != 0;
}

static void serve_client(void);

static void frame(void)
{
    session.asked = false;
    serve_client();
}

static void status(const char *text)
{
    (void)text;
}

static void machine_ended(bool said)
{
    (void)said;
    end();
}

static void leds(uint8_t lights)
{
    keys_leds(lights);
    extension_leds(session.client, lights);
}

static void follows(bool absolute)
{
    pointer_absolute(absolute);
    extension_pointer(session.client, absolute);
}

static const struct remote_ops ops = {
    .frame = frame, .status = status, .end = machine_ended, .leds = leds, .pointer = follows};

static gboolean too_late(void *opaque)
{
    *(bool *)opaque = true;
    return G_SOURCE_REMOVE;
}

/* Become a viewer: the screen's size must be known before the client hears of it. */
static bool enter(const struct vnc_ask *a)
{
    enum view_close close_kind;
    g_autofree char *name = NULL;
    bool late = false;
    unsigned timer;
    int fd;

    if (!ask(a, &fd) || fd < 0) {
        return false;
    }
    name = remote_open(fd, &ops, &close_kind, NULL);
    if (!name) {
        end();
    }
    session.entered = true;
    surface_view_add(&view, NULL);
    timer = g_timeout_add(SURFACE_WAIT_MS, too_late, &late);
    while (!session.has_surface && !late) {
        loop_iterate(true);
    }
    if (!late) {
        g_source_remove(timer);
    }
    remote_shown(true);
    return true;
}

static rfbBool check_password(rfbClientPtr cl, const char *response, int len)
{
    struct vnc_ask a = {.type = VNC_ENTER};

    if (len != (int)sizeof(a.response) || session.entered) {
        return FALSE;
    }
    memcpy(a.challenge, cl->authChallenge, sizeof(a.challenge));
    memcpy(a.response, response, sizeof(a.response));
    if (!enter(&a)) {
        g_usleep(WRONG_PASSWORD_US); /* of nobody else's time */
        return FALSE;
    }
    return TRUE;
}

/*
 * The client's wish to be alone, which libvncserver keeps to itself: its next byte, or the first of
 * its next frame (RFC 6455, 5.2).
 */
static void peek_shared(void)
{
    uint8_t b[7];
    ssize_t n = recv(session.s.client, b, sizeof(b), MSG_PEEK | MSG_DONTWAIT);

    if (!session.s.websocket && n >= 1) {
        session.shared = b[0] != 0;
    } else if (session.s.websocket && n == (ssize_t)sizeof(b) && (b[1] & 0x80)) {
        session.shared = b[6] != b[2];
    }
}

static void initialized(void)
{
    struct vnc_ask a = {.type = VNC_INITIALIZED, .shared = session.shared};
    int fd;

    if (!session.entered || !ask(&a, &fd)) {
        end();
    }
    session.initialized = true;
}

/* -- the client -- */

static void add_key(rfbBool down, rfbKeySym keysym, rfbClientPtr cl)
{
    (void)cl;
    keys_keysym(down, keysym);
}

static void add_pointer(int buttons, int x, int y, rfbClientPtr cl)
{
    (void)cl;
    pointer_event((uint32_t)buttons, x, y, (uint32_t)session.screen->width,
                  (uint32_t)session.screen->height);
}

static rfbBool xvp(rfbClientPtr cl, uint8_t version, uint8_t code)
{
    (void)cl;
    (void)version;
    if (code == XVP_SHUTDOWN) {
        remote_command(VIEW_POWERDOWN);
    } else if (code == XVP_RESET) {
        remote_command(VIEW_RESET);
    }
    return code == XVP_SHUTDOWN || code == XVP_RESET;
}

/* Guests draw their own pointer; the client's is as small as can be seen on any ground. */
static rfbCursorPtr dot(rfbClientPtr cl)
{
    static char pixels[] = "     "
                           " xxx "
                           " xxx "
                           " xxx "
                           "     ";
    static char mask[] = "xxxxx"
                         "xxxxx"
                         "xxxxx"
                         "xxxxx"
                         "xxxxx";
    static rfbCursorPtr cursor;

    (void)cl;
    if (!cursor) {
        cursor = rfbMakeXCursor(5, 5, pixels, mask);
        cursor->cleanup = cursor->cleanupMask = cursor->cleanupSource = FALSE;
        cursor->xhot = cursor->yhot = 2;
        cursor->foreRed = cursor->foreGreen = cursor->foreBlue = 0;
        cursor->backRed = cursor->backGreen = cursor->backBlue = 0xffff;
    }
    return cursor;
}

/* libvncserver takes to WebSockets by itself; they are for the port that was asked for. */
static enum rfbNewClientAction accept_client(rfbClientPtr cl)
{
    return (cl->wsctx != NULL) == session.s.websocket && !cl->sslctx ? RFB_CLIENT_ACCEPT
                                                                     : RFB_CLIENT_REFUSE;
}

static void gone(rfbClientPtr cl)
{
    (void)cl;
    end();
}

/* The client asked for what is not there yet: now the machine may tell. */
static void want_more(void)
{
    const rfbClientRec *cl = session.client;

    if (!session.asked && cl->state == RFB_NORMAL && !sraRgnEmpty(cl->requestedRegion)) {
        session.asked = true;
        remote_ready();
    }
}

static void serve_client(void)
{
    if (!session.client || session.inside) {
        return;
    }
    session.inside = true;
    if (session.client->state == RFB_INITIALISATION) {
        peek_shared();
    }
    rfbProcessEvents(session.screen, 0);
    if (session.client->state == RFB_NORMAL && !session.initialized) {
        initialized();
    }
    want_more();
    session.inside = false;
}

static gboolean readable(int fd, GIOCondition cond, void *opaque)
{
    (void)fd;
    (void)cond;
    (void)opaque;
    serve_client();
    return G_SOURCE_CONTINUE;
}

/* The first process has gone, or wants us to. */
static gboolean control_readable(int fd, GIOCondition cond, void *opaque)
{
    (void)fd;
    (void)cond;
    (void)opaque;
    end();
}

/*
 * libvncserver reads a WebSocket's header at once or gives it up after a tenth of a second: wait until
 * all of it is there.
 */
static void await_header(void)
{
    static char b[HTTP_HEADER_MAX];
    struct pollfd p = {.fd = session.s.client, .events = POLLIN};
    ssize_t n = 0, before = 0;

    while (!memmem(b, (size_t)n, "\r\n\r\n", 4)) {
        poll(&p, 1, -1);
        n = recv(session.s.client, b, sizeof(b), MSG_PEEK);
        if (n <= 0 || n == (ssize_t)sizeof(b) || memcmp(b, "GET ", (size_t)MIN(n, 4)) != 0) {
            end();
        }
        if (n == before) { /* poll() says what was there before */
            g_usleep(20000);
        }
        before = n;
    }
}

/* -- begin -- */

/* libvncserver makes challenges of random(), which it seeds with time and process. */
static void make_unpredictable(void)
{
    static char state[256];

    initstate(1, state, sizeof(state));
    if (getrandom(state + 4, sizeof(state) - 4, 0) != (ssize_t)sizeof(state) - 4) {
        end();
    }
}

static void give_up_rights(void)
{
    static const unsigned short calls[] = {
        SYS_getpeername, SYS_setsockopt, SYS_select, SYS_pselect6, SYS_uname, 0,
    };
    const struct confine c = {.memory = UINT64_C(1) << 29, .fds = 128, .calls = calls};

    confine(&c);
}

static void open_screen(void)
{
    static char *some_password[] = {"", NULL};
    rfbScreenInfoPtr screen = rfbGetScreen(NULL, NULL, DEFAULT_WIDTH, DEFAULT_HEIGHT, 8, 3, 4);
    g_autofree char *title = NULL;

    if (!screen) {
        end();
    }
    session.screen = screen;
    title = session.s.cfg->name[0] ? g_strdup_printf("%s - vmx-dm", session.s.cfg->name)
                                   : g_strdup("vmx-dm");
    screen->desktopName = g_steal_pointer(&title);
    screen->frameBuffer = NULL;
    screen->cursor = NULL;
    screen->getCursorPtr = dot;
    screen->alwaysShared = TRUE;
    screen->deferUpdateTime = 0;
    screen->deferPtrUpdateTime = 0;
    screen->maxClientWait = CLIENT_WAIT_MS;
    screen->permitFileTransfer = FALSE;
    screen->kbdAddEvent = add_key;
    screen->ptrAddEvent = add_pointer;
    screen->newClientHook = accept_client;
    screen->xvpHook = session.s.cfg->power ? xvp : NULL;
    screen->passwordCheck = check_password;
    screen->authPasswdData = session.s.cfg->password ? some_password : NULL;
    rfbMaxClientWait = CLIENT_WAIT_MS;
    set_size(DEFAULT_WIDTH, DEFAULT_HEIGHT);
}

_Noreturn void session_run(const struct vnc_session *s)
{
    const struct vnc_ask nothing = {.type = VNC_ENTER};
    rfbClientPtr client;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    session.s = *s;
    loop_init();
    make_unpredictable();
    give_up_rights();
    keys_open(s->cfg);
    extension_open();
    open_screen();
    if (s->websocket) {
        await_header();
    }
    if (!s->cfg->password && !enter(&nothing)) {
        end();
    }
    client = rfbNewClient(session.screen, s->client);
    if (!client) {
        end();
    }
    client->clientGoneHook = gone;
    session.client = client;
    loop_watch(s->client, G_IO_IN | G_IO_HUP | G_IO_ERR, readable, NULL);
    loop_watch(s->control, G_IO_IN | G_IO_HUP | G_IO_ERR, control_readable, NULL);
    serve_client();
    loop_run();
    end();
}

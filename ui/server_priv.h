/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the viewers' server share. Loop thread. */
#ifndef UI_SERVER_PRIV_H
#define UI_SERVER_PRIV_H

#include "core/console.h"
#include "ui/server.h"

struct viewer_cells;

struct viewer {
    int fd;
    unsigned watch;
    unsigned wants;          /* OR of enum view_want */
    struct view_start start; /* of one that we started; no program: it came by itself */
    unsigned id;             /* of one that we started */
    bool there;              /* its window is */
    bool shown, ready, cells_ready;
    bool held; /* it has pressed something, and may hold it */
    bool surface_due, status_due, leds_due, pointer_due, stats_due, consoles_due;
    unsigned rect_count;
    struct surface_rect rects[VIEW_RECTS];
    struct viewer_cells *cells;    /* what it has been told of the text screen, or NULL */
    const struct console *console; /* it has turned to; NULL: the guest's screen */
    uint64_t console_top;          /* first line that it is shown */
};

struct view_server {
    struct view_config cfg;
    GPtrArray *viewers;
    unsigned timer, timer_ms, still;
    bool viewing; /* hears of the surface */
    uint8_t leds; /* as last told */
    bool absolute;
    char *path; /* of the listening socket */
    int listener;
    unsigned listener_watch;
    char *failure; /* of a viewer that had no window */
};

extern struct view_server view_server;

/* Take over the socket. NULL: there are too many. */
struct viewer *viewer_add(int fd);
void viewer_drop(struct viewer *v);
/* "`what`, the guest runs on", and how to look at it again. */
void viewer_say_gone(const struct view_start *viewer, const char *what);
bool viewer_is_there(const struct viewer *v);
/* A message, with a descriptor unless that is -1. False: the socket has no room now. */
bool viewer_send(struct viewer *v, const struct view_message *m, int fd);

/* -- server_audio.c -- */
/* Listen, or no longer: viewers have come or gone, or want something else. */
void sound_look(void);

/* -- server_cells.c -- */
/* Look at the text screen, if anybody wants it. True: it has changed. */
bool cells_look(void);
/* Tell the viewer what it wants to know of it and does not; what finds no room stays due. */
void cells_flush(struct viewer *v);
/* What it was told is of another screen. */
void cells_forget(struct viewer *v);
/* It shall see another part of it. */
void cells_again(struct viewer *v);

/* -- server_console.c -- */
void consoles_open(void);
void consoles_close(void);
/* Their names. False: the socket has no room. */
bool consoles_tell(struct viewer *v);
void consoles_serve(struct viewer *v, const struct view_message *m);

/* -- server.c -- */
/* Send what is due, in order; what the socket has no room for stays due. */
void viewer_flush(struct viewer *v);

#endif

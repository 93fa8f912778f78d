/*
 * The reply of an exchange, wherever it comes from: the engine's, or one of the router's own. Pure.
 */
#ifndef STANDPY_ROUTER_REPLY_H
#define STANDPY_ROUTER_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "download.h"
#include "field_list.h"
#include "own_body.h"
#include "slice.h"
#include "step.h"

enum reply_state {
    REPLY_NONE,  /* there is no head yet */
    REPLY_HEAD,  /* the engine's head is here, and nothing has gone to the client */
    REPLY_WHOLE, /* all of it is here, and nothing has gone to the client */
    REPLY_FLOWS, /* the client is taking it, and more comes from the engine */
    REPLY_ENDS,  /* the client is taking it, and all of it is here */
    REPLY_CUT,   /* it will never be whole: cut the client off */
};

struct reply {
    enum reply_state state;   /* set by reply.c alone */
    int status;               /* 0: none yet */
    struct own_body own;      /* the body, if the router made it */
    const char *allow;        /* for that; NULL: no such field */
    const char *realm;        /* for that: of HTTP Basic; NULL: Bearer */
    unsigned retry_after;     /* for that, seconds; 0: no such field */
    struct field_list fields; /* of the engine's reply, except for Connection */
    char options[256];        /* of its Connection fields, separated by commas */
    int64_t length;           /* bytes of its body; -1: unknown */
    struct download download;
    uint64_t sent; /* bytes of the body that have gone to the client */
};

#define REPLY_EMPTY ((struct reply){.length = -1, .download = DOWNLOAD_EMPTY})

/* Frees what it holds. */
void reply_finish(struct reply *reply);

/* From the engine */

/* Keeps a field for the client, unless it is for one hop only. False: there are too many. */
bool reply_add_field(struct reply *reply, struct slice name, struct slice value);
/* The head is whole. */
void reply_head_ends(struct reply *reply, int64_t length);
/* The body is whole. */
void reply_ends(struct reply *reply);

/* From the router */

/* own is the body; sets status 200. */
void reply_with_own(struct reply *reply);
/* Makes a problem the reply, which must not be settled. */
void reply_with_refusal(struct reply *reply, const struct refusal *refusal, const char *request_id);
/* The reply will never be whole. */
void reply_cut(struct reply *reply);

/* To the client */

/* The client is taking it, or has taken it. */
bool reply_has_begun(const struct reply *reply);
/* Nothing that the engine sends can change it any more. */
bool reply_is_settled(const struct reply *reply);
/* It will not become another reply, and needs no more of the request's body: after an error the
 * transfer stops sending. */
bool reply_is_final(const struct reply *reply);
/* It may begin: a whole one that fits is sent in one piece, a larger one as it comes. */
bool reply_is_ready(const struct reply *reply);
/* All of its body if that is here and in one piece; else data is NULL. Borrowed. */
struct slice reply_body(const struct reply *reply);
/* The client begins to take it. */
void reply_begin(struct reply *reply);
/* All of reply_body is on its way: a client that leaves has nothing left to lose. */
void reply_taken(struct reply *reply, size_t length);

#endif

/*
 * Decides which fields of a client's request go on to the engine.
 */
#ifndef STANDPY_ROUTER_REQUEST_FIELDS_H
#define STANDPY_ROUTER_REQUEST_FIELDS_H

#include <stdbool.h>

#include "request_head.h"
#include "step.h"

struct transfer_fields; /* transfer.h */

/* The values that the router writes itself. Borrowed. */
struct own_fields {
    const char *request_id;
    const char *client; /* the client's address */
    const char *token;  /* that the engine requires; NULL: none */
    const char *prefix; /* for the WSGI application: the engine's name; NULL: it is for scripts */
    bool is_tls;        /* the client came by HTTPS */
    bool trusts;        /* X-Forwarded-… of the client are those of a proxy before the router */
};

/*
 * Adds the fields that go on, and the router's own. STEP_TAKE; or STEP_REFUSE, and *fields then
 * holds some of them, or is NULL if memory ran out.
 */
enum step request_fields_collect(struct transfer_fields **fields, const struct request_head *head,
                                 const struct own_fields *own, struct refusal *refusal);

/* Adds one field. False if memory runs out; *fields is then NULL. */
bool request_fields_add(struct transfer_fields **fields, const char *name, const char *value);

#endif

/*
 * Endpoints and tokens as users write them. Pure. LC_CTYPE must be one of UTF-8.
 */
#ifndef STANDPY_ENDPOINT_H
#define STANDPY_ENDPOINT_H

#include <stdbool.h>

#include "sentence.h"

struct endpoint {
    bool secure; /* https */
    char *host;  /* owned; lower case, as DNS has it, IPv6 without brackets */
    unsigned port;
    char *path; /* owned; that of the engine, without a slash at its end; "" without a router */
};

/*
 * Reads an endpoint; endpoint_finish frees it. False if it cannot be one: *why then says how to
 * write it, and the endpoint owns nothing.
 */
bool endpoint_parse(struct endpoint *endpoint, const char *text, struct sentence *why);
void endpoint_finish(struct endpoint *endpoint);

/*
 * The URL with `path` behind it ("" or "/execute"), without a port that is the scheme's own. The
 * caller frees it. NULL if memory runs out.
 */
char *endpoint_url(const struct endpoint *endpoint, const char *path);

/* What a router calls the engine: the last part of the path; "" without a router. Borrowed. */
const char *endpoint_engine(const struct endpoint *endpoint);

/* Whether a token can be one. *why never shows any of it. */
bool endpoint_check_token(const char *token, struct sentence *why);

#endif

/*
 * The head of an answer. Pure.
 */
#ifndef STANDPY_RESPONSE_H
#define STANDPY_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content_names.h"
#include "slice.h"

#define RESPONSE_HEAD_CAPACITY (2048 + CONTENT_NAMES_TEXT)

struct response {
    int status;
    struct slice content_type;
    const char *request_id;
    const char *fields;               /* more of them, each with its CRLF; NULL: none */
    const char *allow;                /* for a 405, else NULL */
    int retry_after;                  /* seconds; 0: no Retry-After */
    const struct content_names *kept; /* for StandPy-Kept; NULL: none */
    uint64_t content_length;
    bool keep;          /* the connection goes on */
    bool only_identity; /* for a 415: bodies must not be encoded (RFC 9110 §12.5.3) */
    bool authenticate;  /* for a 401: says how the client can authenticate */
    const char *realm;  /* likewise: by HTTP Basic, with any of the tokens as password; NULL: not */
};

/* Writes it with its empty line; returns its length in bytes. It always fits. */
size_t response_head(char head[RESPONSE_HEAD_CAPACITY], const struct response *response);

#endif
